//! A directory with a published certificate, which tests can inspect and damage.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use podcert::identity::{Identity, Pod};
use podcert::provider::{Error, Obtained, Outcome, Reason, obtain_signed};
use podcert::request::{KeyAlgorithm, SigningRequest, Wanted};
use podcert::signer::Origin;
use podcert::signer::local::{self, LocalCa};
use podcert::signer::{Issued, Signer};
use podcert::store::{self, Store};
use podcert::support::clock::Attempt;
use podcert::verify::VerifiedCertificate;
use tempfile::TempDir;

use crate::{LeafBuilder, ManualClock, NOW, TestCa, block_on};

/// A day.
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A memory-backed directory with a certificate for `a` in `run`, and the local CA that signed it in `state`.
pub struct PodDirectory {
    /// The directory that contains both.
    pub memory: TempDir,
    /// What is wanted.
    pub wanted: Wanted,
    /// The CA.
    pub ca: LocalCa,
}

impl PodDirectory {
    /// Obtains the certificate.
    pub fn new() -> Self {
        let memory = memory();
        let ca = open_ca(&memory.path().join("state")).expect("a CA");
        let directory = Self { memory, wanted: wanted(), ca };
        assert_eq!(
            directory.obtain(&["a"], NOW).expect("obtained").outcome,
            Outcome::Issued(Reason::Missing)
        );
        directory
    }

    /// Obtains a certificate for these DNS names at this time.
    pub fn obtain(&self, names: &[&str], now: Timestamp) -> Result<Obtained, Error> {
        obtain_at(self.path(), &identity(names), &self.wanted, &self.ca, now)
    }

    /// The directory with the published certificate.
    pub fn path(&self) -> PathBuf {
        self.memory.path().join("run")
    }

    /// The CA as a [`TestCa`], which signs what no CA should.
    pub fn test_ca(&self) -> TestCa {
        let state = self.memory.path().join("state");
        TestCa::load(&state.join("ca.crt"), &state.join("ca.key"))
    }

    /// Replaces the published certificate with a leaf of the same CA for `a`, which is good except for a change.
    pub fn plant(&self, change: impl FnOnce(LeafBuilder) -> LeafBuilder) {
        let ca = self.test_ca();
        change(ca.leaf().dns("a")).sign().write(&self.path().join("..data"), ca.pem());
    }
}

impl Default for PodDirectory {
    fn default() -> Self {
        Self::new()
    }
}

/// Obtains a certificate at this time.
pub fn obtain_at<S: Signer>(
    directory: impl AsRef<Path>,
    found: &Identity,
    wanted: &Wanted,
    signer: &S,
    now: Timestamp,
) -> Result<Obtained, Error> {
    let store = Store::open(directory.as_ref())?;
    let clock = ManualClock::at(now);
    block_on(async { obtain_signed(signer, found, wanted, &store, &Attempt::new(&clock, DEADLINE)).await })
}

/// A memory-backed directory, as in a pod, if the system has one.
pub fn memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory")
}

/// A certificate with a lifetime of a day and no additional names.
pub fn wanted() -> Wanted {
    Wanted {
        additional: Identity::default(),
        needed: Identity::default(),
        ip_addresses_as_dns_names: false,
        duration: DAY,
        key_algorithm: KeyAlgorithm::EcdsaP256,
        renew: false,
    }
}

/// An identity with these DNS names.
pub fn identity(dns_names: &[&str]) -> Identity {
    let dns_names = dns_names.iter().map(|name| name.parse().expect("a DNS name")).collect();
    Identity { dns_names, ..Identity::default() }
}

/// The pod web-0 in namespace shop, which runs as service account web.
pub fn pod() -> Pod {
    Pod {
        namespace: "shop".parse().expect("a name"),
        name: "web-0".parse().expect("a name"),
        uid: "0b1e7a1c-34a5-4a0e-9d8d-0d4d5c2f9a11".parse().expect("a uid"),
        service_account: "web".parse().expect("a name"),
        ip_addresses: vec!["10.0.0.7".parse().expect("an address")],
        fqdn: None,
        cluster_domain: "cluster.local".parse().expect("a domain"),
        trust_domain: "cluster.local".parse().expect("a domain"),
    }
}

/// The local CA in a directory at [`NOW`].
pub fn open_ca(directory: &Path) -> Result<LocalCa, local::Error> {
    open_ca_within(directory, NOW, DEADLINE)
}

/// The local CA in a directory at this time, opened within a time limit.
pub fn open_ca_within(directory: &Path, now: Timestamp, limit: Duration) -> Result<LocalCa, local::Error> {
    let clock = ManualClock::at(now);
    block_on(async { LocalCa::open(directory, &Attempt::new(&clock, limit)).await })
}

/// What a CA returns for a request at [`NOW`].
pub fn sign(ca: &LocalCa, request: &SigningRequest) -> Issued {
    let clock = ManualClock::at(NOW);
    block_on(async { ca.sign(request, &Attempt::new(&clock, DEADLINE)).await }).expect("signed")
}

/// Publishes a certificate.
pub fn publish(store: &Store, certificate: &VerifiedCertificate) -> Result<(), store::Error> {
    publish_within(store, certificate, DEADLINE)
}

/// Publishes a certificate within a time limit.
pub fn publish_within(
    store: &Store,
    certificate: &VerifiedCertificate,
    limit: Duration,
) -> Result<(), store::Error> {
    let clock = ManualClock::at(NOW);
    block_on(async { store.publish(certificate, &Origin::Local, Attempt::new(&clock, limit).deadline).await })
}

/// A deadline that no test reaches.
const DEADLINE: Duration = Duration::from_secs(120);
