//! What is kept, what is replaced, what is an error, and that an error changes nothing.

use std::fs;
use std::time::Duration;

use podcert::diagnose::{Diagnose, ErrorClass};
use podcert::identity::Identity;
use podcert::provider::{Error, Obtained, Outcome, Reason, obtain_signed};
use podcert::request::SigningRequest;
use podcert::signer::Signer;
use podcert::store::Store;
use podcert::support::clock::{Attempt, Clock};
use podcert::trust::TrustBundle;
use podcert_testkit::{
    DAY, LeafBuilder, ManualClock, NOW, PodDirectory, TestCa, Usage, block_on, identity, memory, obtain_at,
    open_ca, wanted,
};
use tempfile::TempDir;

use crate::refusal::snapshot;
use crate::support::{Scripted, assert_tidy, entries, trust};

#[test]
fn a_good_certificate_is_kept() {
    let scene = PodDirectory::new();
    let before = snapshot(&scene.path());
    let kept = scene.obtain(&["a"], NOW + Duration::from_secs(3600)).unwrap();
    assert_eq!(kept.outcome, Outcome::Kept);
    assert_eq!(snapshot(&scene.path()), before);
    assert_eq!(kept.certificate.chain_pem().as_bytes(), fs::read(scene.path().join("tls.crt")).unwrap());
}

#[test]
fn an_outdated_certificate_is_replaced() {
    for (names, now, reason) in [
        (&["a", "b"], NOW, Reason::AnotherIdentity),
        (&["b", "b"], NOW, Reason::AnotherIdentity),
        (&["a", "a"], NOW + Duration::from_secs(16 * 3600), Reason::Due),
        (&["a", "a"], NOW + DAY * 2, Reason::Expired),
    ] {
        let scene = PodDirectory::new();
        let old = fs::read(scene.path().join("tls.crt")).unwrap();
        assert_eq!(scene.obtain(names, now).unwrap().outcome, Outcome::Issued(reason));
        assert_eq!(scene.obtain(names, now).unwrap().outcome, Outcome::Kept);
        assert_ne!(fs::read(scene.path().join("tls.crt")).unwrap(), old);
        assert_tidy(&scene.path());
    }
}

#[test]
fn a_certificate_from_a_different_ca_is_replaced() {
    let mut scene = PodDirectory::new();
    let state = scene.memory.path().join("another");
    scene.ca = open_ca(&state).unwrap();
    assert_eq!(scene.obtain(&["a"], NOW).unwrap().outcome, Outcome::Issued(Reason::AnotherCa));
    assert_eq!(scene.obtain(&["a"], NOW).unwrap().outcome, Outcome::Kept);
    let published = fs::read_to_string(scene.path().join("ca.crt")).unwrap();
    assert_eq!(published, fs::read_to_string(state.join("ca.crt")).unwrap());
}

#[test]
fn a_key_is_never_used_twice() {
    let mut scene = PodDirectory::new();
    scene.wanted.renew = true;
    let old = fs::read(scene.path().join("tls.key")).unwrap();
    scene.obtain(&["a"], NOW).unwrap();
    assert_ne!(fs::read(scene.path().join("tls.key")).unwrap(), old);
}

#[test]
fn configured_names_are_added() {
    let mut scene = PodDirectory::new();
    scene.wanted.additional = Identity {
        dns_names: ["more.example".parse().unwrap()].into(),
        ip_addresses: ["::ffff:10.0.0.1".parse().unwrap()].into(),
        uris: ["spiffe://cluster.local/ns/a/sa/b".parse().unwrap()].into(),
    };
    let obtained = scene.obtain(&["a"], NOW).unwrap();
    assert_eq!(
        obtained.certificate.names().to_string(),
        "DNS:a, DNS:more.example, IP:10.0.0.1, URI:spiffe://cluster.local/ns/a/sa/b"
    );
}

#[test]
fn ip_addresses_become_dns_names_if_configured() {
    let mut scene = PodDirectory::new();
    scene.wanted.additional.ip_addresses =
        ["10.0.0.1", "::ffff:10.0.0.2", "fd00::1"].map(|address| address.parse().unwrap()).into();
    let without = "DNS:a, IP:10.0.0.1, IP:10.0.0.2, IP:fd00::1";
    assert_eq!(scene.obtain(&["a"], NOW).unwrap().certificate.names().to_string(), without);
    scene.wanted.ip_addresses_as_dns_names = true;
    let with = scene.obtain(&["a"], NOW).unwrap();
    assert_eq!(with.outcome, Outcome::Issued(Reason::AnotherIdentity));
    assert_eq!(
        with.certificate.names().to_string(),
        "DNS:10.0.0.1, DNS:10.0.0.2, DNS:a, DNS:fd00::1, IP:10.0.0.1, IP:10.0.0.2, IP:fd00::1"
    );
    assert_eq!(scene.obtain(&["a"], NOW).unwrap().outcome, Outcome::Kept);
}

#[test]
fn no_name_at_all_is_an_error_of_the_settings() {
    let error = PodDirectory::new().obtain(&[], NOW).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Settings);
}

/// A signer whose leaves are good except for a change.
fn scripted(change: impl Fn(LeafBuilder) -> LeafBuilder + Send + Sync + 'static) -> Scripted {
    let ca = TestCa::new();
    Scripted {
        trust: Some(trust(&ca)),
        ca_pem: None,
        answer: Box::new(move |request| {
            change(ca.leaf().dns("a").public_key(request.public_key_der())).sign().chain_pem
        }),
    }
}

/// The outcome of its response, if nothing is published yet.
fn answered(
    change: impl Fn(LeafBuilder) -> LeafBuilder + Send + Sync + 'static,
) -> (TempDir, Result<Obtained, Error>) {
    let memory = memory();
    let run = memory.path().join("run");
    let result = obtain_at(&run, &identity(&["a"]), &wanted(), &scripted(change), NOW);
    (memory, result)
}

#[test]
fn a_wrong_response_of_the_signer_is_not_published() {
    assert!(answered(|leaf| leaf).1.is_ok());
    let changes: [fn(LeafBuilder) -> LeafBuilder; 7] = [
        |leaf| leaf.dns("b"),
        |leaf| leaf.dns("10.0.0.1"),
        |leaf| leaf.ca(),
        |leaf| leaf.usage(Usage::Server),
        |leaf| leaf.self_signed(),
        |leaf| leaf.validity(NOW + Duration::from_secs(11), NOW + DAY),
        |leaf| leaf.validity(NOW - DAY * 2, NOW - DAY),
    ];
    for change in changes {
        let (memory, result) = answered(change);
        assert_eq!(result.unwrap_err().class(), ErrorClass::Data);
        assert!(entries(memory.path()).is_empty());
    }
}

#[test]
fn a_certificate_that_becomes_valid_in_a_second_is_awaited() {
    let memory = memory();
    let store = Store::open(&memory.path().join("run")).unwrap();
    let signer = scripted(|leaf| leaf.validity(NOW + Duration::from_secs(1), NOW + DAY));
    let clock = ManualClock::at(NOW);
    let (found, wanted) = (identity(&["a"]), wanted());
    let obtained =
        block_on(async { obtain_signed(&signer, &found, &wanted, &store, &Attempt::new(&clock, DAY)).await });
    assert_eq!(obtained.unwrap().certificate.not_before(), NOW + Duration::from_secs(1));
    assert!(clock.now() >= NOW + Duration::from_secs(1));
}

#[test]
fn a_signer_without_known_cas_must_return_one() {
    let memory = memory();
    let run = memory.path().join("run");
    let ca = TestCa::new();
    let ca_pem = ca.pem().to_owned();
    let answer = move |request: &SigningRequest| {
        ca.leaf().dns("a").public_key(request.public_key_der()).sign().chain_pem
    };
    let mut signer = Scripted { trust: None, ca_pem: None, answer: Box::new(answer) };
    let obtain = |signer: &Scripted| obtain_at(&run, &identity(&["a"]), &wanted(), signer, NOW);
    assert!(matches!(obtain(&signer), Err(Error::NoTrust { .. })));
    signer.ca_pem = Some("nonsense".to_owned());
    assert!(matches!(obtain(&signer), Err(Error::Trust(_))));
    assert!(entries(memory.path()).is_empty());
    signer.ca_pem = Some(ca_pem);
    assert!(obtain(&signer).is_ok());
    assert_eq!(obtain(&signer).unwrap().outcome, Outcome::Kept);
    assert!(signer.trust().is_none());
}

#[test]
fn a_ca_is_rolled_without_a_new_certificate_until_the_old_one_is_no_longer_trusted() {
    let memory = memory();
    let run = memory.path().join("run");
    let (old, new) = (TestCa::new(), TestCa::new());
    let bundle = |cas: &[&TestCa]| {
        let pem = cas.iter().map(|ca| ca.pem()).collect::<String>();
        Some(TrustBundle::parse(pem, NOW).unwrap())
    };
    let (old_trust, both, new_trust) = (bundle(&[&old]), bundle(&[&old, &new]), bundle(&[&new]));
    let signed_by = |ca: TestCa| {
        Box::new(move |request: &SigningRequest| {
            ca.leaf().dns("a").public_key(request.public_key_der()).sign().chain_pem
        })
    };
    let obtain = |signer: &Scripted| obtain_at(&run, &identity(&["a"]), &wanted(), signer, NOW).unwrap();

    let mut signer = Scripted { trust: old_trust, ca_pem: None, answer: signed_by(old) };
    let first = obtain(&signer);
    signer.trust = both;
    let second = obtain(&signer);
    assert_eq!(second.outcome, Outcome::TrustUpdated);
    assert_eq!(second.certificate.serial(), first.certificate.serial());
    let published = fs::read_to_string(run.join("ca.crt")).unwrap();
    assert_eq!(published, signer.trust.as_ref().unwrap().pem());
    assert_eq!(fs::read_to_string(run.join("tls.crt")).unwrap(), first.certificate.chain_pem());
    assert_eq!(obtain(&signer).outcome, Outcome::Kept);

    signer.answer = signed_by(new);
    assert_eq!(obtain(&signer).outcome, Outcome::Kept);
    signer.trust = new_trust;
    let third = obtain(&signer);
    assert_eq!(third.outcome, Outcome::Issued(Reason::AnotherCa));
    assert_ne!(third.certificate.serial(), first.certificate.serial());
    assert_tidy(&run);
}
