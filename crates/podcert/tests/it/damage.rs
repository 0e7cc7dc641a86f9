//! Damage on disk is an error that names it and changes nothing; `--renew` repairs it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use podcert::provider::Outcome;
use podcert_testkit::{DAY, LeafBuilder, NOW, PodDirectory, Usage};

use crate::refusal::refusal;
use crate::support::request;

#[test]
fn a_damaged_file_is_an_error_until_it_is_renewed() {
    for (name, expected) in [("tls.crt", "truncated"), ("tls.key", "private key"), ("ca.crt", "truncated")] {
        let scene = PodDirectory::new();
        let path = scene.path().join("..data").join(name);
        let text = fs::read_to_string(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions();
        fs::remove_file(&path).unwrap();
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        fs::set_permissions(&path, mode).unwrap();
        let error = refusal(scene);
        assert!(error.contains(name) && error.contains(expected) && error.contains("--renew"), "{error}");
    }
}

#[test]
fn an_unreadable_file_is_an_error_until_it_is_renewed() {
    for name in ["tls.crt", "tls.key", "ca.crt", "source"] {
        let scene = PodDirectory::new();
        let path = scene.path().join("..data").join(name);
        fs::remove_file(&path).unwrap();
        // The only path that root cannot read as a file.
        fs::create_dir(&path).unwrap();
        let error = refusal(scene);
        assert!(error.contains(name) && error.contains("not a file") && error.contains("--renew"), "{error}");

        let scene = PodDirectory::new();
        fs::remove_file(scene.path().join("..data").join(name)).unwrap();
        let error = refusal(scene);
        assert!(error.contains(name) && error.contains("No such file"), "{error}");
    }
}

#[test]
fn an_unknown_origin_is_an_error_until_it_is_renewed() {
    let scene = PodDirectory::new();
    let path = scene.path().join("..data/source");
    fs::remove_file(&path).unwrap();
    fs::write(&path, "elsewhere\n").unwrap();
    let error = refusal(scene);
    assert!(error.contains("\"elsewhere\" is not a signer"), "{error}");
}

#[test]
fn a_key_that_others_can_read_is_an_error_with_its_file_and_mode() {
    for mode in [0o440, 0o404, 0o420, 0o644] {
        let scene = PodDirectory::new();
        let path = scene.path().join("tls.key");
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let expected =
            format!("{} can be read or written by others (mode {mode:04o}, not 0400)", path.display());
        let error = refusal(scene);
        assert!(error.contains(&expected), "{error}");
    }
}

#[test]
fn a_bad_certificate_is_an_error_until_it_is_renewed() {
    type Change = Box<dyn FnOnce(LeafBuilder) -> LeafBuilder>;
    let other_key = request(&["a"]);
    let changes: [(Change, &str); 5] = [
        (Box::new(LeafBuilder::ca), "is a CA certificate"),
        (Box::new(|leaf| leaf.usage(Usage::None)), "allows neither"),
        (Box::new(|leaf| leaf.usage(Usage::Client)), "allows only client"),
        (
            Box::new(|leaf| leaf.validity(NOW + Duration::from_secs(11), NOW + DAY)),
            "does not become valid until",
        ),
        (Box::new(move |leaf| leaf.public_key(other_key.public_key_der())), "belongs to a different key"),
    ];
    for (change, expected) in changes {
        let scene = PodDirectory::new();
        scene.plant(change);
        let error = refusal(scene);
        assert!(
            error.contains(expected) && error.contains("tls.crt") && error.contains("--renew"),
            "{error}"
        );
    }
}

#[test]
fn a_good_planted_certificate_is_kept() {
    let scene = PodDirectory::new();
    scene.plant(|leaf| leaf);
    assert_eq!(scene.obtain(&["a"], NOW).unwrap().outcome, Outcome::Kept);
}

#[test]
fn a_bundle_with_a_leaf_is_an_error_until_it_is_renewed() {
    let scene = PodDirectory::new();
    let ca = scene.test_ca();
    let leaf = ca.leaf().dns("a").sign();
    leaf.write(&scene.path().join("..data"), &leaf.chain_pem);
    let error = refusal(scene);
    assert!(
        error.contains("ca.crt is not a usable trust bundle") && error.contains("is not a CA"),
        "{error}"
    );
}
