//! Certificates, keys and CAs that are there but cannot be used: each is named and left as it is.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use libtest_mimic::Trial;
use podcert_testkit::TestCa;

use super::super::{InScene, trial};
use super::{exit_7, expect_refused, good, run, with};
use crate::beam::bench::{Bench, now};
use crate::beam::credentials::good_leaf;
use crate::beam::scene::Scene;

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let scenarios: [(&str, InScene); 3] = [
        ("certificates that are damaged", damaged),
        ("keys that others can read", readable),
        ("local CAs that cannot sign", bad_cas),
    ];
    scenarios.map(|(name, scenario)| trial(bench, format!("run/{name}"), scenario)).into()
}

fn damaged(scene: &mut Scene) {
    assert_eq!(run(scene, exit_7(good(scene))).0, Some(7));
    let (certificate, key, trust) = (file(scene, "tls.crt"), file(scene, "tls.key"), file(scene, "ca.crt"));
    let text = fs::read_to_string(&certificate).expect("a certificate");
    let other = good_leaf(&scene.ca(), "127.0.0.1").sign();
    for (path, damage) in [
        (&certificate, String::new()),
        (&certificate, "not PEM\n".to_owned()),
        (&certificate, text[..text.len() / 2].to_owned()),
        (&certificate, other.chain_pem.clone()),
        (&key, other.key_pem.clone()),
        (&key, "not PEM\n".to_owned()),
        (&trust, "not PEM\n".to_owned()),
        (&trust, String::new()),
    ] {
        let intact = fs::read(path).expect("a file");
        write(path, damage.as_bytes());
        expect_refused(scene, exit_7(good(scene)), 65, &["certificate/", "--renew"]);
        write(path, &intact);
        assert_eq!(run(scene, exit_7(good(scene))).0, Some(7));
    }
    write(&certificate, b"");
    let renewed = run(scene, exit_7(with(good(scene), ["--renew"])));
    assert_eq!(renewed.0, Some(7), "{}", renewed.1);
}

fn readable(scene: &mut Scene) {
    assert_eq!(run(scene, exit_7(good(scene))).0, Some(7));
    let set_mode =
        |path: &PathBuf, mode| fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
    let (key, ca_key) = (file(scene, "tls.key"), scene.path("state/podcert/ca.key"));
    set_mode(&key, 0o444);
    expect_refused(scene, exit_7(good(scene)), 65, &["tls.key", "read or written by others"]);
    set_mode(&key, 0o400);
    set_mode(&ca_key, 0o644);
    expect_refused(scene, exit_7(good(scene)), 65, &["ca.key", "read or written by others"]);
    set_mode(&ca_key, 0o600);
    assert_eq!(run(scene, exit_7(good(scene))).0, Some(7));
}

fn bad_cas(scene: &mut Scene) {
    let directory = scene.make_directory("state/podcert");
    let install = |certificate: &str, key: &str| {
        fs::write(directory.join("ca.crt"), certificate).expect("a CA");
        fs::write(directory.join("ca.key"), key).expect("a CA's key");
        fs::set_permissions(directory.join("ca.key"), Permissions::from_mode(0o600)).expect("a mode");
    };
    let ca = TestCa::new();
    let expired = TestCa::valid(now() - HOUR * 2, now() - HOUR);
    let leaf = good_leaf(&ca, "127.0.0.1").sign();
    for (certificate, key, told) in [
        (expired.pem(), expired.key_pem(), "no CA is valid at"),
        (&leaf.chain_pem, leaf.key_pem.clone(), "CA"),
        (ca.pem(), expired.key_pem(), "ca.key"),
        (ca.pem(), "not PEM".to_owned(), "ca.key"),
        ("not PEM", ca.key_pem(), "ca.crt"),
    ] {
        install(certificate, &key);
        expect_refused(scene, exit_7(good(scene)), 65, &["state/podcert", told]);
    }
    install(ca.pem(), &ca.key_pem());
    assert_eq!(run(scene, exit_7(good(scene))).0, Some(7));
}

/// A published file, behind its links.
fn file(scene: &Scene, name: &str) -> PathBuf {
    scene.path("certificate").join(name).canonicalize().expect("a published file")
}

/// In place, with the mode that it has.
fn write(path: &PathBuf, contents: &[u8]) {
    fs::write(path, contents).expect("root may write");
}

const HOUR: Duration = Duration::from_secs(60 * 60);
