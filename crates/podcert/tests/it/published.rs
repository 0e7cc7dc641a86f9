//! What an init container has published, used by a container that asks nobody.

use std::fs;
use std::time::Duration;

use podcert::exit::{ExitClass, chain};
use podcert::obtain::Outcome;
use podcert::settings::Source;
use podcert::source::obtain_as_set;
use podcert_testkit::{NOW, block_on};

use crate::scene::Scene;
use crate::support::{DAY, identity};

/// A scene whose directory is the source.
fn published() -> Scene {
    let mut scene = Scene::new();
    scene.settings.source = Source::Published;
    scene
}

#[test]
fn what_is_good_is_used_whatever_its_names_are() {
    let scene = published();
    // Names of the binary's own do not matter here: beam-mtls checks its host itself.
    let obtained = block_on(obtain_as_set(&scene.settings, &identity(&["b"]), NOW)).unwrap();
    assert_eq!(obtained.outcome, Outcome::Kept);
    assert_eq!(obtained.certificate.names().to_string(), "DNS:a");
    assert_eq!(
        obtained.certificate.key_pem().expose().as_bytes(),
        fs::read(scene.directory().join("tls.key")).unwrap()
    );
}

#[test]
fn what_lacks_a_name_of_the_settings_is_an_error_that_tells_both() {
    let mut scene = published();
    scene.settings.additional = identity(&["a", "b"]);
    let error = block_on(obtain_as_set(&scene.settings, &identity(&[]), NOW)).unwrap_err();
    assert_eq!(error.exit_class(), ExitClass::Settings);
    assert!(chain(&error).contains("is for DNS:a, and the settings add DNS:a, DNS:b"), "{error}");
    scene.settings.additional = identity(&["a"]);
    assert!(block_on(obtain_as_set(&scene.settings, &identity(&[]), NOW)).is_ok());
}

#[test]
fn what_lacks_its_ip_addresses_as_dns_names_is_an_error_that_tells_the_setting_to_set() {
    let mut scene = published();
    scene.settings.ip_addresses_as_dns_names = true;
    let use_it = |scene: &Scene| block_on(obtain_as_set(&scene.settings, &identity(&[]), NOW));
    assert!(use_it(&scene).is_ok(), "it has no address");
    scene.plant(|leaf| leaf.ip("10.0.0.1").ip("fd00::1").dns("10.0.0.1"));
    let error = use_it(&scene).unwrap_err();
    assert_eq!(error.exit_class(), ExitClass::Settings);
    let told =
        "set --ip-addresses-as-dns-names (PODCERT_IP_ADDRESSES_AS_DNS_NAMES=true) where it is obtained";
    assert!(chain(&error).contains(told), "{error}");
    scene.plant(|leaf| leaf.ip("10.0.0.1").ip("fd00::1").dns("10.0.0.1").dns("fd00::1"));
    assert!(use_it(&scene).is_ok());
    scene.plant(|leaf| leaf.ip("10.0.0.1").dns("10.0.0.1").dns("10.0.0.2"));
    assert!(use_it(&scene).is_err(), "an address that is none of its own");
}

#[test]
fn what_has_expired_is_an_error_since_nobody_here_replaces_it() {
    let scene = published();
    let due = NOW + Duration::from_secs(20 * 3600);
    assert!(block_on(obtain_as_set(&scene.settings, &identity(&[]), due)).is_ok());
    let error = block_on(obtain_as_set(&scene.settings, &identity(&[]), NOW + DAY * 2)).unwrap_err();
    assert_eq!(error.exit_class(), ExitClass::Data);
    assert!(chain(&error).contains("expired"), "{error}");
}

#[test]
fn what_is_no_longer_there_is_an_error() {
    let scene = published();
    fs::remove_file(scene.directory().join("..data")).unwrap();
    let error = block_on(obtain_as_set(&scene.settings, &identity(&[]), NOW)).unwrap_err();
    assert!(chain(&error).contains("was removed meanwhile"), "{error}");
}
