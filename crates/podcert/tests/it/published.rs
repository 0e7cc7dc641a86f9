//! A certificate that an init container has published, used by a container that has no source.

use std::fs;
use std::time::Duration;

use jiff::Timestamp;
use podcert::diagnose::{Diagnose, ErrorClass, explain};
use podcert::identity::Identity;
use podcert::provider::{Error, Obtained, Outcome, PublishedProvider, Source, obtain};
use podcert::request::Wanted;
use podcert::store::Store;
use podcert::support::clock::Attempt;
use podcert_testkit::{DAY, ManualClock, NOW, PodDirectory, block_on, identity};

/// Uses what is published as the source, for a program that needs these names.
fn use_it(directory: &PodDirectory, needed: &Identity, now: Timestamp) -> Result<Obtained, Error> {
    let wanted = Wanted { needed: needed.clone(), ..directory.wanted.clone() };
    let (clock, store) = (ManualClock::at(now), Store::open(&directory.path())?);
    let source = Source::Published(PublishedProvider);
    block_on(async { obtain(&source, &wanted, &store, &Attempt::new(&clock, DAY)).await })
}

#[test]
fn a_good_certificate_is_used_with_any_names() {
    let scene = PodDirectory::new();
    // The names that the program needs do not matter here: beam-mtls checks its host itself.
    let obtained = use_it(&scene, &identity(&["b"]), NOW).unwrap();
    assert_eq!(obtained.outcome, Outcome::Kept);
    assert_eq!(obtained.certificate.names().to_string(), "DNS:a");
    assert_eq!(
        obtained.certificate.key_pem().expose().as_bytes(),
        fs::read(scene.path().join("tls.key")).unwrap()
    );
}

#[test]
fn a_certificate_that_lacks_a_configured_name_is_an_error_with_both() {
    let mut scene = PodDirectory::new();
    scene.wanted.additional = identity(&["a", "b"]);
    let error = use_it(&scene, &identity(&[]), NOW).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Settings);
    assert!(explain(&error).contains("is for DNS:a, but the settings require DNS:a, DNS:b"), "{error}");
    scene.wanted.additional = identity(&["a"]);
    assert!(use_it(&scene, &identity(&[]), NOW).is_ok());
}

#[test]
fn missing_ip_addresses_as_dns_names_are_an_error_that_names_the_setting() {
    let mut scene = PodDirectory::new();
    scene.wanted.ip_addresses_as_dns_names = true;
    let use_it = |scene: &PodDirectory| use_it(scene, &identity(&[]), NOW);
    assert!(use_it(&scene).is_ok(), "it has no address");
    scene.plant(|leaf| leaf.ip("10.0.0.1").ip("fd00::1").dns("10.0.0.1"));
    let error = use_it(&scene).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Settings);
    let expected = "set --ip-addresses-as-dns-names (PODCERT_IP_ADDRESSES_AS_DNS_NAMES=true) where the certificate is obtained";
    assert!(explain(&error).contains(expected), "{error}");
    scene.plant(|leaf| leaf.ip("10.0.0.1").ip("fd00::1").dns("10.0.0.1").dns("fd00::1"));
    assert!(use_it(&scene).is_ok());
    scene.plant(|leaf| leaf.ip("10.0.0.1").dns("10.0.0.1").dns("10.0.0.2"));
    assert!(use_it(&scene).is_err(), "an address that is none of its own");
}

#[test]
fn an_expired_certificate_is_an_error_because_it_cannot_be_replaced() {
    let scene = PodDirectory::new();
    let due = NOW + Duration::from_secs(20 * 3600);
    assert!(use_it(&scene, &identity(&[]), due).is_ok());
    let error = use_it(&scene, &identity(&[]), NOW + DAY * 2).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Data);
    assert!(explain(&error).contains("expired"), "{error}");
}

#[test]
fn a_removed_certificate_is_an_error() {
    let scene = PodDirectory::new();
    fs::remove_file(scene.path().join("..data")).unwrap();
    let error = use_it(&scene, &identity(&[]), NOW).unwrap_err();
    assert!(explain(&error).contains("has been removed in the meantime"), "{error}");
}
