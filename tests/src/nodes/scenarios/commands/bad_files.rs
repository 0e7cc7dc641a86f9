//! Certificates, keys and CAs that are there but cannot be used: each is named and left as it is.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use podcert_testkit::TestCa;

use super::{exit_7, expect_refused, good, run, with};
use crate::nodes::credentials::good_leaf;
use crate::nodes::fixtures::now;
use crate::nodes::test_bed::TestBed;

pub(super) fn damaged(bed: &mut TestBed) {
    assert_eq!(run(bed, exit_7(good(bed))).0, Some(7));
    let (certificate, key, trust) = (file(bed, "tls.crt"), file(bed, "tls.key"), file(bed, "ca.crt"));
    let text = fs::read_to_string(&certificate).expect("a certificate");
    let other = good_leaf(&bed.ca(), "127.0.0.1").sign();
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
        expect_refused(bed, exit_7(good(bed)), 65, &["certificate/", "--renew"]);
        write(path, &intact);
        assert_eq!(run(bed, exit_7(good(bed))).0, Some(7));
    }
    write(&certificate, b"");
    let renewed = run(bed, exit_7(with(good(bed), ["--renew"])));
    assert_eq!(renewed.0, Some(7), "{}", renewed.1);
}

pub(super) fn readable(bed: &mut TestBed) {
    assert_eq!(run(bed, exit_7(good(bed))).0, Some(7));
    let set_mode =
        |path: &PathBuf, mode| fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
    let (key, ca_key) = (file(bed, "tls.key"), bed.path("state/podcert/ca.key"));
    set_mode(&key, 0o444);
    expect_refused(bed, exit_7(good(bed)), 65, &["tls.key", "read or written by others"]);
    set_mode(&key, 0o400);
    set_mode(&ca_key, 0o644);
    expect_refused(bed, exit_7(good(bed)), 65, &["ca.key", "read or written by others"]);
    set_mode(&ca_key, 0o600);
    assert_eq!(run(bed, exit_7(good(bed))).0, Some(7));
}

pub(super) fn bad_cas(bed: &mut TestBed) {
    let directory = bed.make_directory("state/podcert");
    let install = |certificate: &str, key: &str| {
        fs::write(directory.join("ca.crt"), certificate).expect("a CA");
        fs::write(directory.join("ca.key"), key).expect("a CA's key");
        fs::set_permissions(directory.join("ca.key"), Permissions::from_mode(0o600)).expect("a mode");
    };
    let ca = TestCa::new();
    let expired = TestCa::valid(now() - HOUR * 2, now() - HOUR);
    let leaf = good_leaf(&ca, "127.0.0.1").sign();
    for (certificate, key, message) in [
        (expired.pem(), expired.key_pem(), "no CA is valid at"),
        (&leaf.chain_pem, leaf.key_pem.clone(), "CA"),
        (ca.pem(), expired.key_pem(), "ca.key"),
        (ca.pem(), "not PEM".to_owned(), "ca.key"),
        ("not PEM", ca.key_pem(), "ca.crt"),
    ] {
        install(certificate, &key);
        expect_refused(bed, exit_7(good(bed)), 65, &["state/podcert", message]);
    }
    install(ca.pem(), &ca.key_pem());
    assert_eq!(run(bed, exit_7(good(bed))).0, Some(7));
}

/// A published file, without its links.
fn file(bed: &TestBed, name: &str) -> PathBuf {
    bed.path("certificate").join(name).canonicalize().expect("a published file")
}

/// In place, with the mode that it has.
fn write(path: &PathBuf, contents: &[u8]) {
    fs::write(path, contents).expect("root may write");
}

const HOUR: Duration = Duration::from_secs(60 * 60);
