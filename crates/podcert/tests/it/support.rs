//! Helpers that several tests share.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use podcert::names::SubjectNames;
use podcert::request::KeyAlgorithm;
use podcert::request::SigningRequest;
use podcert::signer::{self, Issued, LocalCa, Origin, Signer};
use podcert::support::clock::Attempt;
use podcert::trust::TrustBundle;
use podcert::verify::{VerifiedCertificate, verify};
use podcert_testkit::{DAY, NOW, TestCa, identity, sign};

pub(crate) fn names(dns_names: &[&str]) -> SubjectNames {
    identity(dns_names).names().unwrap()
}

pub(crate) fn request(dns_names: &[&str]) -> SigningRequest {
    SigningRequest::new(names(dns_names), KeyAlgorithm::EcdsaP256, DAY).unwrap()
}

pub(crate) fn trust(ca: &TestCa) -> TrustBundle {
    TrustBundle::parse(ca.pem(), NOW).unwrap()
}

/// A verified certificate from the local CA.
pub(crate) fn certificate(ca: &LocalCa, dns_names: &[&str]) -> VerifiedCertificate {
    let request = request(dns_names);
    let issued = sign(ca, &request);
    verify(&request, &issued, ca.trust().unwrap(), NOW).unwrap()
}

/// The names in a directory.
pub(crate) fn entries(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Asserts that a directory contains one set and no leftovers.
pub(crate) fn assert_tidy(directory: &Path) {
    let set = fs::read_link(directory.join("..data")).unwrap().into_os_string().into_string().unwrap();
    let expected = ["..data", &set, "ca.crt", "tls.crt", "tls.key"].map(str::to_owned);
    assert_eq!(entries(directory), BTreeSet::from(expected));
}

/// The example that publishes in a separate process.
pub(crate) fn publisher() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let path = test.parent().and_then(Path::parent).unwrap().join("examples/publish");
    assert!(path.exists(), "{} is missing: run `cargo build -p podcert --examples`", path.display());
    path
}

/// Runs a command that must exist: a test that cannot run fails.
pub(crate) fn run(command: &mut Command, package: &str) -> Output {
    match command.output() {
        Ok(output) => output,
        Err(error) => {
            panic!("{:?} cannot be run ({error}): install Debian's {package}", command.get_program())
        }
    }
}

type Answer = dyn Fn(&SigningRequest) -> String + Send + Sync;

/// A signer that responds with what a test makes of the request.
pub(crate) struct Scripted {
    pub(crate) trust: Option<TrustBundle>,
    pub(crate) ca_pem: Option<String>,
    pub(crate) answer: Box<Answer>,
}

impl Signer for Scripted {
    fn origin(&self) -> Origin {
        Origin::Local
    }

    fn trust(&self) -> Option<&TrustBundle> {
        self.trust.as_ref()
    }

    async fn sign(&self, request: &SigningRequest, _attempt: &Attempt<'_>) -> Result<Issued, signer::Error> {
        Ok(Issued { chain_pem: (self.answer)(request), ca_pem: self.ca_pem.clone() })
    }
}
