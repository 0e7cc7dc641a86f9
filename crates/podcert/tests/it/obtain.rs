//! What is kept, what is replaced, what is an error, and that an error leaves everything as it was.

use std::fs;
use std::time::{Duration, Instant};

use podcert::csr::SigningRequest;
use podcert::exit::ExitClass;
use podcert::identity::Identity;
use podcert::obtain::{Error, Obtained, Outcome, Reason, obtain};
use podcert::signer::{LocalCa, Signer};
use podcert_testkit::{LeafBuilder, NOW, TestCa, Usage, block_on};
use tempfile::TempDir;

use crate::scene::{Scene, snapshot};
use crate::support::{DAY, Scripted, assert_tidy, entries, far_off, identity, memory, settings, trust};

#[test]
fn a_good_certificate_is_kept() {
    let scene = Scene::new();
    let before = snapshot(scene.directory());
    let kept = scene.obtain(&["a"], NOW + Duration::from_secs(3600)).unwrap();
    assert_eq!(kept.outcome, Outcome::Kept);
    assert_eq!(snapshot(scene.directory()), before);
    assert_eq!(kept.certificate.chain_pem().as_bytes(), fs::read(scene.directory().join("tls.crt")).unwrap());
}

#[test]
fn a_certificate_that_is_merely_out_of_date_is_replaced() {
    for (names, now, reason) in [
        (&["a", "b"], NOW, Reason::AnotherIdentity),
        (&["b", "b"], NOW, Reason::AnotherIdentity),
        (&["a", "a"], NOW + Duration::from_secs(16 * 3600), Reason::Due),
        (&["a", "a"], NOW + DAY * 2, Reason::Expired),
    ] {
        let scene = Scene::new();
        let old = fs::read(scene.directory().join("tls.crt")).unwrap();
        assert_eq!(scene.obtain(names, now).unwrap().outcome, Outcome::Issued(reason));
        assert_eq!(scene.obtain(names, now).unwrap().outcome, Outcome::Kept);
        assert_ne!(fs::read(scene.directory().join("tls.crt")).unwrap(), old);
        assert_tidy(scene.directory());
    }
}

#[test]
fn a_certificate_from_another_ca_is_replaced() {
    let mut scene = Scene::new();
    let state = scene.memory.path().join("another");
    scene.ca = LocalCa::open(&state, NOW, far_off()).unwrap();
    assert_eq!(scene.obtain(&["a"], NOW).unwrap().outcome, Outcome::Issued(Reason::AnotherCa));
    assert_eq!(scene.obtain(&["a"], NOW).unwrap().outcome, Outcome::Kept);
    let published = fs::read_to_string(scene.directory().join("ca.crt")).unwrap();
    assert_eq!(published, fs::read_to_string(state.join("ca.crt")).unwrap());
}

#[test]
fn a_key_is_never_used_twice() {
    let mut scene = Scene::new();
    scene.settings.renew = true;
    let old = fs::read(scene.directory().join("tls.key")).unwrap();
    scene.obtain(&["a"], NOW).unwrap();
    assert_ne!(fs::read(scene.directory().join("tls.key")).unwrap(), old);
}

#[test]
fn the_names_of_the_settings_are_added() {
    let mut scene = Scene::new();
    scene.settings.additional = Identity {
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
fn each_ip_address_is_a_dns_name_too_where_that_is_set() {
    let mut scene = Scene::new();
    scene.settings.additional.ip_addresses =
        ["10.0.0.1", "::ffff:10.0.0.2", "fd00::1"].map(|address| address.parse().unwrap()).into();
    let without = "DNS:a, IP:10.0.0.1, IP:10.0.0.2, IP:fd00::1";
    assert_eq!(scene.obtain(&["a"], NOW).unwrap().certificate.names().to_string(), without);
    scene.settings.ip_addresses_as_dns_names = true;
    let with = scene.obtain(&["a"], NOW).unwrap();
    assert_eq!(with.outcome, Outcome::Issued(Reason::AnotherIdentity));
    assert_eq!(
        with.certificate.names().to_string(),
        "DNS:10.0.0.1, DNS:10.0.0.2, DNS:a, DNS:fd00::1, IP:10.0.0.1, IP:10.0.0.2, IP:fd00::1"
    );
    assert_eq!(scene.obtain(&["a"], NOW).unwrap().outcome, Outcome::Kept);
}

#[test]
fn no_name_at_all_is_a_fault_of_the_settings() {
    let error = Scene::new().obtain(&[], NOW).unwrap_err();
    assert_eq!(error.exit_class(), ExitClass::Settings);
}

/// What a signer answers, when nothing is there yet.
fn answered(
    change: impl Fn(LeafBuilder) -> LeafBuilder + Send + Sync + 'static,
) -> (TempDir, Result<Obtained, Error>) {
    let memory = memory();
    let ca = TestCa::new();
    let signer = Scripted {
        trust: Some(trust(&ca)),
        ca_pem: None,
        answer: Box::new(move |request| {
            change(ca.leaf().dns("a").public_key(request.public_key_der())).sign().chain_pem
        }),
    };
    let result =
        block_on(obtain(&settings(&memory.path().join("run")), &identity(&["a"]), &signer, NOW, far_off()));
    (memory, result)
}

#[test]
fn what_a_signer_gets_wrong_is_not_published() {
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
        assert_eq!(result.unwrap_err().exit_class(), ExitClass::Data);
        assert!(entries(memory.path()).is_empty());
    }
}

#[test]
fn a_certificate_that_is_valid_in_a_second_is_waited_for() {
    let start = Instant::now();
    let (_memory, result) = answered(|leaf| leaf.validity(NOW + Duration::from_secs(1), NOW + DAY));
    assert_eq!(result.unwrap().certificate.not_before(), NOW + Duration::from_secs(1));
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a_signer_that_trusts_nobody_beforehand_must_tell_its_ca() {
    let memory = memory();
    let settings = settings(&memory.path().join("run"));
    let ca = TestCa::new();
    let ca_pem = ca.pem().to_owned();
    let answer = move |request: &SigningRequest| {
        ca.leaf().dns("a").public_key(request.public_key_der()).sign().chain_pem
    };
    let mut signer = Scripted { trust: None, ca_pem: None, answer: Box::new(answer) };
    let obtain = |signer: &Scripted| block_on(obtain(&settings, &identity(&["a"]), signer, NOW, far_off()));
    assert!(matches!(obtain(&signer), Err(Error::NoTrust { .. })));
    signer.ca_pem = Some("nonsense".to_owned());
    assert!(matches!(obtain(&signer), Err(Error::Trust(_))));
    assert!(entries(memory.path()).is_empty());
    signer.ca_pem = Some(ca_pem);
    assert!(obtain(&signer).is_ok());
    assert_eq!(obtain(&signer).unwrap().outcome, Outcome::Kept);
    assert!(signer.trust().is_none());
}
