//! Who signs, as it follows from what was typed. Nobody is asked.

use std::path::{Path, PathBuf};

use super::surroundings::Surroundings;
use super::{Faults, Source};
use crate::identity::Pod;
use crate::signer::cert_manager::IssuerRef;
use crate::store::Store;

/// What was typed about the source.
pub(super) struct Typed {
    pub(super) source: String,
    pub(super) issuer: Option<String>,
    pub(super) trust: Option<PathBuf>,
    pub(super) renew: bool,
}

impl Typed {
    /// The source. The pod is asked for where it matters, and only there.
    pub(super) fn into_source(
        self,
        directory: Option<&Path>,
        around: &Surroundings,
        faults: &mut Faults,
        pod: impl FnOnce(&mut Faults) -> Option<Pod>,
    ) -> Option<Source> {
        let issuer = self.issuer.as_deref().filter(|text| !text.is_empty());
        match (self.source.as_str(), issuer) {
            ("" | "auto" | "cert-manager", Some(issuer)) => {
                let issuer: Option<IssuerRef> =
                    issuer.parse().map_err(|problem| faults.usage(ISSUER, problem)).ok();
                let trust = self.trust(faults);
                let pod = pod(faults);
                Some(Source::CertManager { issuer: issuer?, pod: Box::new(pod?), trust: trust? })
            }
            ("cert-manager", None) => {
                faults.conflict(ISSUER, "--source cert-manager needs an issuer, as in ClusterIssuer/ca");
                None
            }
            ("local", issuer) => {
                if issuer.is_some() {
                    faults.conflict(ISSUER, "it means cert-manager, but --source (PODCERT_SOURCE) is local");
                }
                self.refuse_trust("the local CA is trusted by itself", faults);
                local(around, faults).filter(|_| issuer.is_none())
            }
            ("" | "auto", None) if !self.renew && directory.is_some_and(is_published) => {
                self.refuse_trust("what is published already has its own CAs; set --issuer too", faults);
                Some(Source::Published)
            }
            ("" | "auto", None) => {
                faults.conflict(
                    SOURCE,
                    "no source of certificates was chosen; set --issuer (PODCERT_ISSUER) for cert-manager, or, \
                     for development, --source local",
                );
                None
            }
            (other, _) => {
                faults.usage(SOURCE, format!("{other:?} is not a source; use auto, cert-manager or local"));
                None
            }
        }
    }

    /// The inner option tells whether a file was set at all.
    #[expect(clippy::option_option, reason = "the outer one is a fault")]
    fn trust(self, faults: &mut Faults) -> Option<Option<PathBuf>> {
        let trust = self.trust.filter(|path| !path.as_os_str().is_empty());
        if trust.as_ref().is_some_and(|path| !path.is_absolute()) {
            faults.usage(TRUST, "it is not an absolute path");
            return None;
        }
        Some(trust)
    }

    fn refuse_trust(&self, problem: &str, faults: &mut Faults) {
        if self.trust.as_ref().is_some_and(|path| !path.as_os_str().is_empty()) {
            faults.conflict(TRUST, problem);
        }
    }
}

fn local(around: &Surroundings, faults: &mut Faults) -> Option<Source> {
    let state_directory = around.places.state_directory();
    if state_directory.is_none() {
        faults.conflict(SOURCE, "the local CA has no place: set XDG_STATE_HOME or HOME to an absolute path");
    }
    state_directory.map(|state_directory| Source::Local { state_directory })
}

fn is_published(directory: &Path) -> bool {
    Store::open(directory).is_ok_and(|store| store.is_filled())
}

const ISSUER: &str = "--issuer (PODCERT_ISSUER)";
const SOURCE: &str = "--source (PODCERT_SOURCE)";
const TRUST: &str = "--trust (PODCERT_TRUST)";
