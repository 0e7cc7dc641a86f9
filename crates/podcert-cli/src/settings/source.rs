//! The source of certificates, as it follows from what was set. The API server is not asked.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use podcert::diagnose;
use podcert::identity::Pod;
use podcert::provider::{CertManagerProvider, LocalProvider, PublishedProvider, Source};
use podcert::signer::cert_manager::IssuerRef;
use podcert::store::Store;

use super::ambient::Ambient;
use super::value::AbsolutePath;
use super::{Faults, Recorded};

/// What `--source` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// The source follows from the other settings.
    Auto,
    /// cert-manager.
    CertManager,
    /// A CA on this machine.
    Local,
}

/// What was set about the source.
pub(super) struct SourceSettings<'a> {
    pub(super) kind: Result<SourceKind, Recorded>,
    pub(super) issuer: Result<Option<IssuerRef>, Recorded>,
    pub(super) trust: Result<Option<AbsolutePath>, Recorded>,
    pub(super) renew: bool,
    pub(super) directory: Option<&'a Path>,
}

impl SourceSettings<'_> {
    /// The source. The pod is resolved only for a source that needs it.
    pub(super) fn resolve(
        self,
        ambient: &Ambient,
        faults: &mut Faults,
        pod: impl FnOnce(&mut Faults) -> Result<Pod, Recorded>,
    ) -> Result<Source, Recorded> {
        // An issuer that is wrong is an issuer all the same: what follows from it is checked too.
        let has_issuer = !matches!(self.issuer, Ok(None));
        match (self.kind?, has_issuer) {
            (SourceKind::Auto | SourceKind::CertManager, true) => {
                let pod = pod(faults);
                let Some(issuer) = self.issuer? else { return Err(Recorded) };
                let trust = self.trust?.map(|path| path.0);
                Ok(Source::CertManager(Box::new(CertManagerProvider { issuer, pod: pod?, trust })))
            }
            (SourceKind::CertManager, false) => Err(faults.conflict(
                "issuer",
                "--source cert-manager needs an issuer",
                "set it, as in ClusterIssuer/ca",
            )),
            (SourceKind::Local, _) => {
                let no_trust = self.refuse_trust("the local CA is always trusted", "unset it", faults);
                let local = local(ambient, faults);
                if has_issuer {
                    let source = faults.name("source");
                    return Err(faults.conflict(
                        "issuer",
                        format!("it means cert-manager, but {source} is local"),
                        "unset one of them",
                    ));
                }
                no_trust.and(local)
            }
            (SourceKind::Auto, false) if !self.renew && self.directory.is_some_and(is_published) => {
                let problem = "the published certificate has its own CAs";
                self.refuse_trust(problem, "set --issuer too", faults)?;
                Ok(Source::Published(PublishedProvider))
            }
            (SourceKind::Auto, false) => {
                let issuer = faults.name("issuer");
                Err(faults.conflict(
                    "source",
                    "no source of certificates was chosen",
                    format!("set {issuer} for cert-manager, or, for development, --source local"),
                ))
            }
        }
    }

    fn refuse_trust(&self, problem: &str, remedy: &str, faults: &mut Faults) -> Result<(), Recorded> {
        match self.trust {
            Ok(None) => Ok(()),
            Ok(Some(_)) => Err(faults.conflict("trust", problem, remedy)),
            Err(recorded) => Err(recorded),
        }
    }
}

impl FromStr for SourceKind {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Self, UnknownSource> {
        match text {
            "" | "auto" => Ok(Self::Auto),
            "cert-manager" => Ok(Self::CertManager),
            "local" => Ok(Self::Local),
            _ => Err(UnknownSource { text: text.to_owned() }),
        }
    }
}

/// A text that names no source.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a source")]
pub struct UnknownSource {
    text: String,
}

diagnose!(UnknownSource {
    Self { .. } => Usage("use auto, cert-manager or local"),
});

fn local(ambient: &Ambient, faults: &mut Faults) -> Result<Source, Recorded> {
    let state_directory: Option<PathBuf> = ambient.xdg.state_directory();
    let state_directory = state_directory.ok_or_else(|| {
        faults.conflict(
            "source",
            "there is no directory for the local CA",
            "set XDG_STATE_HOME or HOME to an absolute path",
        )
    })?;
    Ok(Source::Local(LocalProvider { state_directory }))
}

fn is_published(directory: &Path) -> bool {
    Store::open(directory).is_ok_and(|store| store.is_filled())
}
