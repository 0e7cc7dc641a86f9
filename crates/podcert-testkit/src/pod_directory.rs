//! A directory in which a certificate is published, to be looked at and spoiled.

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

/// A memory-backed directory `run` with a certificate for `a`, and in `state` the local CA that signed it.
pub struct PodDirectory {
    /// What holds both.
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

    /// Obtains a certificate for these DNS names at a time.
    pub fn obtain(&self, names: &[&str], now: Timestamp) -> Result<Obtained, Error> {
        obtain_at(self.path(), &identity(names), &self.wanted, &self.ca, now)
    }

    /// Where it is published.
    pub fn path(&self) -> PathBuf {
        self.memory.path().join("run")
    }

    /// The CA as one that signs what no CA should.
    pub fn test_ca(&self) -> TestCa {
        let state = self.memory.path().join("state");
        TestCa::load(&state.join("ca.crt"), &state.join("ca.key"))
    }

    /// Replaces the published certificate by a leaf of the same CA, good for `a` but for a change.
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

/// Obtains a certificate at a time.
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

/// A directory that is memory-backed, as a pod has it, if the system has one.
pub fn memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a directory")
}

/// A certificate of a day, without names of its own.
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

/// These DNS names.
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

/// The local CA in a directory, at [`NOW`].
pub fn open_ca(directory: &Path) -> Result<LocalCa, local::Error> {
    open_ca_within(directory, NOW, DEADLINE)
}

/// The same at a time, with so much patience.
pub fn open_ca_within(directory: &Path, now: Timestamp, patience: Duration) -> Result<LocalCa, local::Error> {
    let clock = ManualClock::at(now);
    block_on(async { LocalCa::open(directory, &Attempt::new(&clock, patience)).await })
}

/// What a CA answers at [`NOW`].
pub fn sign(ca: &LocalCa, request: &SigningRequest) -> Issued {
    let clock = ManualClock::at(NOW);
    block_on(async { ca.sign(request, &Attempt::new(&clock, DEADLINE)).await }).expect("signed")
}

/// Publishes a certificate.
pub fn publish(store: &Store, certificate: &VerifiedCertificate) -> Result<(), store::Error> {
    publish_within(store, certificate, DEADLINE)
}

/// The same, with so much patience.
pub fn publish_within(
    store: &Store,
    certificate: &VerifiedCertificate,
    patience: Duration,
) -> Result<(), store::Error> {
    let clock = ManualClock::at(NOW);
    block_on(async {
        store.publish(certificate, &Origin::Local, Attempt::new(&clock, patience).deadline).await
    })
}

/// A deadline that no test reaches.
const DEADLINE: Duration = Duration::from_secs(120);
