//! What a trust bundle may contain, and what its CAs allow.

use std::time::Duration;

use podcert::trust::{self, TrustBundle};
use podcert::verify::{Error, verify};
use podcert_testkit::{DAY, NOW, TestCa};
use rcgen::{BasicConstraints, IsCa, KeyUsagePurpose};

use crate::support::{request, trust};
use crate::verify::{good, issued};

#[test]
fn cas_that_are_not_valid_now_are_ignored_unless_none_is_valid() {
    let good = TestCa::new();
    let expired = TestCa::valid(NOW - DAY * 2, NOW - DAY);
    let future = TestCa::valid(NOW + DAY, NOW + DAY * 2);
    let all = [expired.pem(), good.pem(), future.pem(), good.pem()].concat();
    assert_eq!(TrustBundle::parse(&all, NOW).unwrap().pem(), good.pem());

    let error = TrustBundle::parse([expired.pem(), future.pem()].concat(), NOW).unwrap_err();
    assert!(matches!(error, trust::Error::NoneValid { .. }));
    assert!(error.to_string().contains("from 2026-05-30T00:00:00Z to 2026-05-31T00:00:00Z"), "{error}");
}

#[test]
fn a_bundle_contains_only_cas() {
    let ca = TestCa::new();
    let leaf = ca.leaf().dns("a").sign().chain_pem;
    let error = TrustBundle::parse(&(ca.pem().to_owned() + &leaf), NOW).unwrap_err();
    assert!(matches!(error, trust::Error::NotACa { position: 2, .. }), "{error:?}");
    let signs_nothing = TestCa::with(|params| params.key_usages = vec![KeyUsagePurpose::DigitalSignature]);
    assert!(matches!(TrustBundle::parse(signs_nothing.pem(), NOW), Err(trust::Error::NotACa { .. })));
    let long = ca.pem().to_owned() + &"#".repeat(1024 * 1024);
    for text in [
        "",
        &long,
        "hello",
        &ca.pem()[..300],
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        let error = TrustBundle::parse(text, NOW).unwrap_err();
        assert!(matches!(error, trust::Error::Pem(_) | trust::Error::NotACertificate { .. }), "{error:?}");
    }
}

#[test]
fn a_ca_that_never_expires_is_trusted() {
    let end = "9999-12-31T23:59:59Z";
    let ca = TestCa::with(|params| {
        params.not_after = rcgen::date_time_ymd(9999, 12, 31) + (DAY - Duration::from_secs(1))
    });
    let request = request(&["a", "b.example"]);
    let answer = issued(good(&ca, &request).sign().chain_pem);
    assert!(verify(&request, &answer, &trust(&ca), NOW).is_ok(), "{end}");
}

#[test]
fn a_ca_is_checked_again_when_it_is_used() {
    let ca = TestCa::valid(NOW - DAY, NOW + Duration::from_secs(60));
    let request = request(&["a", "b.example"]);
    let answer = issued(good(&ca, &request).sign().chain_pem);
    let bundle = trust(&ca);
    assert!(verify(&request, &answer, &bundle, NOW).is_ok());
    let error = verify(&request, &answer, &bundle, NOW + Duration::from_secs(61)).unwrap_err();
    assert!(matches!(error, Error::Chain { .. }), "{error:?}");
}

#[test]
fn a_path_longer_than_the_root_allows_is_refused() {
    let constrained =
        |length| TestCa::with(|params| params.is_ca = IsCa::Ca(BasicConstraints::Constrained(length)));
    for (length, passes) in [(0, false), (1, true)] {
        let root = constrained(length);
        let request = request(&["a", "b.example"]);
        let answer = issued(good(&root.intermediate(), &request).sign().chain_pem);
        assert_eq!(verify(&request, &answer, &trust(&root), NOW).is_ok(), passes, "{length}");
    }
}

#[test]
fn bytes_after_a_certificate_are_refused() {
    let ca = TestCa::new();
    let with_bytes_after = |text: &str| {
        let parsed = pem::parse(text).unwrap();
        pem::encode(&pem::Pem::new(parsed.tag(), [parsed.contents(), &[0]].concat()))
    };
    let error = TrustBundle::parse(with_bytes_after(ca.pem()), NOW).unwrap_err();
    assert!(matches!(error, trust::Error::NotACertificate { position: 1 }), "{error:?}");

    let request = request(&["a", "b.example"]);
    let answer = issued(with_bytes_after(&good(&ca, &request).sign().chain_pem));
    let error = verify(&request, &answer, &trust(&ca), NOW).unwrap_err();
    assert!(matches!(error, Error::NotACertificate { .. }), "{error:?}");
}
