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
