//! The source that the settings name, opened and asked.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;

use crate::exit::ExitClass;
use crate::identity::Identity;
use crate::obtain::{self, Obtained, Outcome, obtain};
use crate::settings::{Settings, Source};
use crate::signer::{CertManager, LocalCa, local};
use crate::store::{self, Store};
use crate::trust::{self, TrustBundle};
use crate::{cluster, files, names, verify};

/// Obtains a certificate as the settings say: for `own` names, those of the settings, and in a cluster those of
/// the pod. It needs a runtime of tokio's with time and I/O.
pub async fn obtain_as_set(settings: &Settings, own: &Identity, now: Timestamp) -> Result<Obtained, Error> {
    // One for all that has to be waited for.
    let ends_at = Instant::now() + settings.deadline;
    let obtained = from_source(settings, own, now, ends_at).await?;
    Store::open(&settings.directory)?.owned_by(settings.owner.as_ref()).hand_over()?;
    Ok(obtained)
}

async fn from_source(
    settings: &Settings,
    own: &Identity,
    now: Timestamp,
    ends_at: Instant,
) -> Result<Obtained, Error> {
    match &settings.source {
        Source::CertManager { issuer, pod, trust } => {
            let trust = trust.as_deref().map(|path| read_trust(path, now)).transpose()?;
            let identity = pod.identity().and(own);
            let (pod, issuer) = (pod.as_ref().clone(), issuer.clone());
            let signer = CertManager::new(cluster::client()?, pod, issuer, trust, settings.deadline);
            Ok(obtain(settings, &identity, &signer, now, ends_at).await?)
        }
        Source::Local { state_directory } => {
            let signer = LocalCa::open(state_directory, now, ends_at)?;
            Ok(obtain(settings, own, &signer, now, ends_at).await?)
        }
        Source::Published => published(settings, now),
    }
}

/// What is there, if it is good and has the names that the settings add. Nobody here can replace it.
fn published(settings: &Settings, now: Timestamp) -> Result<Obtained, Error> {
    let store = Store::open(&settings.directory)?;
    let Some(stored) = store.current()? else {
        return Err(Error::Vanished { directory: settings.directory.clone() });
    };
    let certificate = verify::published(&stored, now)?;
    let has = certificate.names();
    let wanted = &settings.additional;
    let has_all = wanted.dns_names.is_subset(has.dns_names())
        && wanted.ip_addresses.iter().all(|address| has.ip_addresses().contains(&address.to_canonical()))
        && wanted.uris.is_subset(has.uris());
    if !has_all {
        let wanted = wanted.clone().names()?.to_string();
        return Err(Error::Lacks { directory: settings.directory.clone(), has: has.to_string(), wanted });
    }
    if settings.ip_addresses_as_dns_names && !has.has_ip_addresses_as_dns_names() {
        return Err(Error::LacksIpAddresses { directory: settings.directory.clone(), has: has.to_string() });
    }
    tracing::info!(
        source = %stored.origin(),
        names = %has,
        not_after = %certificate.not_after(),
        "using the certificate that is published"
    );
    Ok(Obtained { certificate, outcome: Outcome::Kept })
}

pub(crate) fn read_trust(path: &Path, now: Timestamp) -> Result<TrustBundle, Error> {
    let (text, _) = files::read(path).map_err(|source| Error::ReadTrust { path: path.to_owned(), source })?;
    TrustBundle::parse(&text, now).map_err(|source| Error::Trust { path: path.to_owned(), source })
}

/// A source that gave no certificate.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts explain the fields")]
pub enum Error {
    /// The API server cannot be asked.
    #[error(transparent)]
    Cluster(#[from] cluster::Error),
    /// What is published is for fewer names.
    #[error(
        "the certificate in {} is for {has}, and the settings add {wanted}; let whoever obtains it add them too",
        directory.display()
    )]
    Lacks { directory: PathBuf, has: String, wanted: String },
    /// What is published has addresses that peers will not find.
    #[error(
        "the certificate in {} is for {has}, and its IP addresses are needed as DNS names too; set \
         --ip-addresses-as-dns-names (PODCERT_IP_ADDRESSES_AS_DNS_NAMES=true) where it is obtained, as on the \
         init container",
        directory.display()
    )]
    LacksIpAddresses { directory: PathBuf, has: String },
    /// The local CA.
    #[error(transparent)]
    LocalCa(#[from] local::Error),
    /// The names of the settings.
    #[error(transparent)]
    Names(#[from] names::Error),
    /// No certificate was obtained.
    #[error(transparent)]
    Obtain(#[from] obtain::Error),
    /// What is published is not good.
    #[error(transparent)]
    Published(#[from] verify::Error),
    /// The CAs to trust cannot be read.
    #[error("{}, which --trust (PODCERT_TRUST) names, cannot be read; mount the CAs there", path.display())]
    ReadTrust { path: PathBuf, source: io::Error },
    /// The directory.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The CAs to trust are none.
    #[error("{}, which --trust (PODCERT_TRUST) names, cannot be used", path.display())]
    Trust { path: PathBuf, source: trust::Error },
    /// It was there when the settings were read.
    #[error("the certificate in {} was removed meanwhile; start again", directory.display())]
    Vanished { directory: PathBuf },
}

impl Error {
    /// The class that decides the exit code.
    pub fn exit_class(&self) -> ExitClass {
        match self {
            Self::Cluster(error) => error.exit_class(),
            Self::LocalCa(error) => error.exit_class(),
            Self::Names(error) => error.exit_class(),
            Self::Obtain(error) => error.exit_class(),
            Self::Published(error) => error.exit_class(),
            Self::Store(error) => error.exit_class(),
            Self::Trust { source, .. } => source.exit_class(),
            Self::Lacks { .. } | Self::LacksIpAddresses { .. } | Self::ReadTrust { .. } => {
                ExitClass::Settings
            }
            Self::Vanished { .. } => ExitClass::Data,
        }
    }
}
