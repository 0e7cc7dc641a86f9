//! Each check refuses what it should, and passes once only that is corrected.

use std::time::Duration;

use podcert::diagnose::{Diagnose, ErrorClass, explain};
use podcert::identity::Identity;
use podcert::request::KeyAlgorithm;
use podcert::request::SigningRequest;
use podcert::signer::Issued;
use podcert::verify::{Error, VerifiedCertificate, verify};
use podcert_testkit::{DAY, LeafBuilder, NOW, TestCa, Usage};
use rcgen::{KeyUsagePurpose, SanType};

use crate::support::{names, request, trust};

/// A good leaf for `a` and `b.example`.
pub(crate) fn good(ca: &TestCa, request: &SigningRequest) -> LeafBuilder {
    ca.leaf().public_key(request.public_key_der()).dns("a").dns("b.example")
}

/// Checks a leaf that is good except for one change.
fn check(change: impl FnOnce(LeafBuilder) -> LeafBuilder) -> Result<VerifiedCertificate, Error> {
    let ca = TestCa::new();
    let request = request(&["a", "b.example"]);
    let leaf = change(good(&ca, &request)).sign();
    verify(&request, &issued(leaf.chain_pem), &trust(&ca), NOW)
}

pub(crate) fn issued(chain_pem: String) -> Issued {
    Issued { chain_pem, ca_pem: None }
}

fn refusal(change: impl FnOnce(LeafBuilder) -> LeafBuilder) -> Error {
    let error = check(change).expect_err("it must be refused");
    assert_eq!(error.class(), ErrorClass::Data);
    error
}

#[test]
fn a_good_certificate_passes_with_its_properties() {
    let certificate = check(|leaf| leaf).unwrap();
    assert_eq!(certificate.names(), &names(&["a", "b.example"]));
    assert_eq!(certificate.not_before(), NOW - Duration::from_secs(3600));
    assert_eq!(certificate.not_after(), NOW + DAY);
    assert_eq!(certificate.fingerprint().len(), 64);
    assert!(!certificate.serial().is_empty());
    assert!(certificate.chain_pem().starts_with("-----BEGIN CERTIFICATE-----\n"));
    assert!(certificate.key_pem().expose().starts_with("-----BEGIN PRIVATE KEY-----\n"));
}

#[test]
fn an_extra_name_is_refused_with_the_requested_and_the_actual_names() {
    let error = explain(&refusal(|leaf| leaf.dns("c")));
    assert!(error.contains("asked for DNS:a, DNS:b.example, got DNS:a, DNS:b.example, DNS:c;"), "{error}");
}

#[test]
fn names_of_every_other_kind_and_form_are_refused() {
    let mail = SanType::Rfc822Name("a@b.example".try_into().unwrap());
    let other = SanType::OtherName((vec![1, 3, 6, 1, 4, 1, 311, 20, 2, 3], "a".into()));
    type Change = Box<dyn FnOnce(LeafBuilder) -> LeafBuilder>;
    let changes: [(Change, &str); 9] = [
        (Box::new(|leaf| leaf.name(mail)), "email:a@b.example"),
        (Box::new(|leaf| leaf.name(other)), "otherName 1.3.6.1.4.1.311.20.2.3"),
        (Box::new(|leaf| leaf.dns("a.")), "DNS:a."),
        (Box::new(|leaf| leaf.dns("*.example")), "DNS:*.example"),
        (Box::new(|leaf| leaf.dns("a\nb")), "DNS:a\\nb"),
        (Box::new(|leaf| leaf.dns("")), "DNS:,"),
        (Box::new(|leaf| leaf.ip("10.0.0.1")), "IP:10.0.0.1"),
        (Box::new(|leaf| leaf.uri("spiffe://a/b")), "URI:spiffe://a/b"),
        (Box::new(|leaf| (0..100).fold(leaf, |leaf, n| leaf.dns(&format!("n{n}")))), "DNS:n30"),
    ];
    for (change, expected) in changes {
        let error = refusal(change);
        assert!(matches!(error, Error::Names { .. }), "{error:?}");
        assert!(error.to_string().contains(expected), "{expected}: {error}");
    }
}

#[test]
fn a_missing_name_is_refused() {
    let ca = TestCa::new();
    let request = request(&["a", "b.example"]);
    for (leaf, got) in [(ca.leaf(), "got none"), (ca.leaf().dns("a"), "got DNS:a;")] {
        let leaf = leaf.public_key(request.public_key_der()).sign();
        let error = verify(&request, &issued(leaf.chain_pem), &trust(&ca), NOW).unwrap_err();
        assert!(explain(&error).contains(got), "{}", explain(&error));
    }
}

#[test]
fn dns_names_are_compared_in_lower_case() {
    let ca = TestCa::new();
    let request = request(&["a", "b.example"]);
    let leaf = ca.leaf().public_key(request.public_key_der()).dns("A").dns("B.Example").sign();
    assert!(verify(&request, &issued(leaf.chain_pem), &trust(&ca), NOW).is_ok());
}

#[test]
fn an_ipv4_mapped_address_is_not_the_requested_address() {
    let ca = TestCa::new();
    let identity = Identity { ip_addresses: ["10.0.0.1".parse().unwrap()].into(), ..Identity::default() };
    let request = SigningRequest::new(identity.names().unwrap(), KeyAlgorithm::EcdsaP256, DAY).unwrap();
    let answer =
        |address| issued(ca.leaf().public_key(request.public_key_der()).ip(address).sign().chain_pem);
    assert!(verify(&request, &answer("10.0.0.1"), &trust(&ca), NOW).is_ok());
    let error = verify(&request, &answer("::ffff:10.0.0.1"), &trust(&ca), NOW).unwrap_err();
    assert!(error.to_string().contains("asked for IP:10.0.0.1, got IP:::ffff:10.0.0.1"), "{error}");
}

#[test]
fn a_certificate_for_a_different_key_is_refused() {
    let (mine, other) = (request(&["a", "b.example"]), request(&["a", "b.example"]));
    let ca = TestCa::new();
    let answer = issued(good(&ca, &other).sign().chain_pem);
    assert!(matches!(verify(&mine, &answer, &trust(&ca), NOW), Err(Error::KeyMismatch { .. })));
    assert!(verify(&other, &answer, &trust(&ca), NOW).is_ok());
}

#[test]
fn both_usages_must_be_listed() {
    for (usage, expected) in [
        (Usage::None, "allows neither"),
        (Usage::Server, "allows only server authentication"),
        (Usage::Client, "allows only client authentication"),
    ] {
        let error = refusal(|leaf| leaf.usage(usage));
        assert!(matches!(error, Error::Usage { .. }) && error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_key_usage_without_signatures_is_refused_but_may_be_absent() {
    assert!(matches!(
        refusal(|leaf| leaf.with(|params| params.key_usages = vec![KeyUsagePurpose::KeyEncipherment])),
        Error::KeyUsage { .. }
    ));
    assert!(check(|leaf| leaf.with(|params| params.key_usages.clear())).is_ok());
}

#[test]
fn a_leaf_that_is_a_ca_is_refused() {
    assert!(matches!(refusal(LeafBuilder::ca), Error::Ca { .. }));
}

#[test]
fn an_expired_certificate_is_refused_with_its_end_and_the_time() {
    let second = Duration::from_secs(1);
    assert!(check(|leaf| leaf.validity(NOW - DAY, NOW)).is_ok());
    let error = refusal(|leaf| leaf.validity(NOW - DAY, NOW - second));
    assert!(matches!(error, Error::Expired { .. }));
    assert!(
        error.to_string().contains("expired at 2026-05-31T23:59:59Z, it is now 2026-06-01T00:00:00Z"),
        "{error}"
    );
}

#[test]
fn a_validity_that_starts_soon_can_be_awaited_but_not_a_later_one() {
    let ahead =
        |seconds| move |leaf: LeafBuilder| leaf.validity(NOW + Duration::from_secs(seconds), NOW + DAY);
    assert!(check(ahead(0)).is_ok());
    for seconds in [1, 10] {
        match refusal(ahead(seconds)) {
            Error::NotYetValid { wait, .. } => assert_eq!(wait, Duration::from_secs(seconds)),
            error => panic!("{error:?}"),
        }
    }
    assert!(matches!(refusal(ahead(11)), Error::TooFarAhead { .. }));
}

#[test]
fn a_certificate_of_an_unknown_ca_or_without_ca_is_refused() {
    let ca = TestCa::new();
    let request = request(&["a", "b.example"]);
    let answer = issued(good(&ca, &request).sign().chain_pem);
    // The same name, but a different key.
    let error = verify(&request, &answer, &trust(&TestCa::new()), NOW).unwrap_err();
    assert!(matches!(error, Error::Chain { .. }), "{error:?}");
    assert!(verify(&request, &answer, &trust(&ca), NOW).is_ok());
}

#[test]
fn a_chain_needs_its_intermediates() {
    let root = TestCa::new();
    let ca = root.intermediate().intermediate();
    let request = request(&["a", "b.example"]);
    let whole = good(&ca, &request).sign().chain_pem;
    let certificate = verify(&request, &issued(whole.clone()), &trust(&root), NOW).unwrap();
    assert_eq!(certificate.chain_pem(), whole);

    let end = "-----END CERTIFICATE-----\n";
    let parts: Vec<&str> = whole.split_inclusive(end).collect();
    assert_eq!(parts.len(), 3);
    for kept in [&parts[..1], &parts[..2], &[parts[0], parts[2]]] {
        let error = verify(&request, &issued(kept.concat()), &trust(&root), NOW).unwrap_err();
        assert!(matches!(error, Error::Chain { .. }), "{error:?}");
    }
}

#[test]
fn text_that_is_not_a_chain_is_refused() {
    let ca = TestCa::new();
    let request = request(&["a", "b.example"]);
    let chain_pem = good(&ca, &request).sign().chain_pem;
    let many = chain_pem.repeat(11);
    let long = format!("{chain_pem}{}", "#".repeat(64 * 1024));
    for (text, expected) in [
        ("", "it does not contain a certificate"),
        (
            "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
            "it does not contain a certificate",
        ),
        (&chain_pem[..chain_pem.len() - 2], "truncated"),
        (&chain_pem[..chain_pem.len() / 2], "truncated"),
        (&chain_pem.replacen('M', "!", 1), "not valid PEM"),
        ("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "not a usable X.509 certificate"),
        (&many, "11 certificates, but at most 10 are read"),
        (&long, "bytes, but at most 65536 are read"),
    ] {
        let error = verify(&request, &issued(text.to_owned()), &trust(&ca), NOW).unwrap_err();
        assert!(explain(&error).contains(expected), "{expected}: {}", explain(&error));
    }
}

#[test]
fn every_truncation_of_a_chain_is_refused_without_a_panic() {
    let ca = TestCa::new();
    let request = request(&["a", "b.example"]);
    let chain_pem = good(&ca, &request).sign().chain_pem;
    // Without the last newline it is still complete.
    for length in 0..chain_pem.len() - 1 {
        assert!(
            verify(&request, &issued(chain_pem[..length].to_owned()), &trust(&ca), NOW).is_err(),
            "{length}"
        );
    }
}

#[test]
fn text_between_certificates_is_not_published() {
    let ca = TestCa::new();
    let request = request(&["a", "b.example"]);
    let chain_pem = good(&ca, &request).sign().chain_pem;
    let noisy = format!("# issued by\n{chain_pem}-----BEGIN JUNK-----\nAAAA\n-----END JUNK-----\n");
    let certificate = verify(&request, &issued(noisy), &trust(&ca), NOW).unwrap();
    assert_eq!(certificate.chain_pem(), chain_pem);
}

#[test]
fn a_certificate_that_signed_itself_is_refused() {
    // Its key cannot be ours, because we sign only the request.
    assert!(matches!(refusal(LeafBuilder::self_signed), Error::KeyMismatch { .. }));
}
