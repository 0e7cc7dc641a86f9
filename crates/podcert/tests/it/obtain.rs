//! What is kept, what is replaced, what is an error, and that an error leaves everything as it was.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use podcert::exit::ExitClass;
use podcert::identity::Identity;
use podcert::obtain::{Error, Obtained, Outcome, Reason, obtain};
use podcert::settings::Settings;
use podcert::signer::{LocalCa, Signer};
use podcert_testkit::{LeafBuilder, NOW, TestCa, Usage, block_on};
use tempfile::TempDir;

use crate::support::{DAY, Scripted, assert_tidy, chain, entries, identity, memory, settings, trust};

/// A directory with a certificate for `a`, and the CA that signed it.
struct Scene {
    memory: TempDir,
    settings: Settings,
    ca: LocalCa,
}

impl Scene {
    fn new() -> Self {
        let memory = memory();
        let ca = LocalCa::open(&memory.path().join("state"), NOW).unwrap();
        let settings = settings(&memory.path().join("run"));
        let scene = Self { memory, settings, ca };
        assert_eq!(scene.obtain(&["a"], NOW).unwrap().outcome, Outcome::Issued(Reason::Missing));
        scene
    }

    fn obtain(&self, names: &[&str], now: Timestamp) -> Result<Obtained, Error> {
        block_on(obtain(&self.settings, &identity(names), &self.ca, now))
    }

    fn directory(&self) -> &Path {
        &self.settings.directory
    }

    fn test_ca(&self) -> TestCa {
        let state = self.memory.path().join("state");
        TestCa::load(&state.join("ca.crt"), &state.join("ca.key"))
    }

    /// Replaces the published certificate by a leaf of the same CA, good for `a` but for a change.
    fn plant(&self, change: impl FnOnce(LeafBuilder) -> LeafBuilder) {
        let ca = self.test_ca();
        change(ca.leaf().dns("a")).sign().write(&self.directory().join("..data"), ca.pem());
    }

    /// The error, after having checked that nothing was written and that `--renew` helps.
    fn refusal(mut self) -> String {
        let before = snapshot(self.directory());
        let error = self.obtain(&["a"], NOW).expect_err("it must be refused");
        assert_eq!(error.exit_class(), ExitClass::Data, "{error:?}");
        assert_eq!(snapshot(self.directory()), before);

        self.settings.renew = true;
        assert_eq!(self.obtain(&["a"], NOW).unwrap().outcome, Outcome::Issued(Reason::Renew));
        assert_tidy(self.directory());
        self.settings.renew = false;
        assert_eq!(self.obtain(&["a"], NOW).unwrap().outcome, Outcome::Kept);
        chain(&error)
    }
}

/// Every file of the published set.
fn snapshot(directory: &Path) -> Vec<(String, Option<Vec<u8>>)> {
    let set = directory.join(fs::read_link(directory.join("..data")).unwrap());
    let mut files: Vec<_> = entries(directory).into_iter().map(|name| (name, None)).collect();
    files.extend(entries(&set).into_iter().map(|name| (name.clone(), fs::read(set.join(name)).ok())));
    files
}

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
    scene.ca = LocalCa::open(&state, NOW).unwrap();
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
fn no_name_at_all_is_a_fault_of_the_settings() {
    let error = Scene::new().obtain(&[], NOW).unwrap_err();
    assert_eq!(error.exit_class(), ExitClass::Settings);
}

#[test]
fn damaged_text_on_disk_is_an_error_that_renew_mends() {
    for (name, told) in [("tls.crt", "cut off"), ("tls.key", "private key"), ("ca.crt", "cut off")] {
        let scene = Scene::new();
        let path = scene.directory().join("..data").join(name);
        let text = fs::read_to_string(&path).unwrap();
        let mode = fs::metadata(&path).unwrap().permissions();
        fs::remove_file(&path).unwrap();
        fs::write(&path, &text[..text.len() / 2]).unwrap();
        fs::set_permissions(&path, mode).unwrap();
        let error = scene.refusal();
        assert!(error.contains(name) && error.contains(told) && error.contains("--renew"), "{error}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_an_error_that_renew_mends() {
    for name in ["tls.crt", "tls.key", "ca.crt", "source"] {
        let scene = Scene::new();
        let path = scene.directory().join("..data").join(name);
        fs::remove_file(&path).unwrap();
        // Root may read everything but this.
        fs::create_dir(&path).unwrap();
        let error = scene.refusal();
        assert!(error.contains(name) && error.contains("not a file") && error.contains("--renew"), "{error}");

        let scene = Scene::new();
        fs::remove_file(scene.directory().join("..data").join(name)).unwrap();
        let error = scene.refusal();
        assert!(error.contains(name) && error.contains("No such file"), "{error}");
    }
}

#[test]
fn a_source_that_nobody_knows_is_an_error_that_renew_mends() {
    let scene = Scene::new();
    let path = scene.directory().join("..data/source");
    fs::remove_file(&path).unwrap();
    fs::write(&path, "elsewhere\n").unwrap();
    let error = scene.refusal();
    assert!(error.contains("\"elsewhere\" names no signer"), "{error}");
}

#[test]
fn a_key_that_others_can_read_is_an_error_that_names_file_and_mode() {
    for mode in [0o440, 0o404, 0o644] {
        let scene = Scene::new();
        let path = scene.directory().join("tls.key");
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        let told = format!("{} can be read by others (mode {mode:04o}, not 0400)", path.display());
        let error = scene.refusal();
        assert!(error.contains(&told), "{error}");
    }
}

#[test]
fn a_bad_certificate_on_disk_is_an_error_that_renew_mends() {
    type Change = Box<dyn FnOnce(LeafBuilder) -> LeafBuilder>;
    let other_key = crate::support::request(&["a"]);
    let changes: [(Change, &str); 5] = [
        (Box::new(LeafBuilder::ca), "is a CA certificate"),
        (Box::new(|leaf| leaf.usage(Usage::None)), "allows neither"),
        (Box::new(|leaf| leaf.usage(Usage::Client)), "allows only client"),
        (Box::new(|leaf| leaf.validity(NOW + Duration::from_secs(11), NOW + DAY)), "becomes valid only at"),
        (Box::new(move |leaf| leaf.public_key(other_key.public_key_der())), "belongs to another key"),
    ];
    for (change, told) in changes {
        let scene = Scene::new();
        scene.plant(change);
        let error = scene.refusal();
        assert!(error.contains(told) && error.contains("tls.crt") && error.contains("--renew"), "{error}");
    }
}

#[test]
fn a_good_planted_certificate_is_kept() {
    let scene = Scene::new();
    scene.plant(|leaf| leaf);
    assert_eq!(scene.obtain(&["a"], NOW).unwrap().outcome, Outcome::Kept);
}

#[test]
fn a_bundle_on_disk_with_an_entry_that_is_no_ca_is_an_error_that_renew_mends() {
    let scene = Scene::new();
    let ca = scene.test_ca();
    let leaf = ca.leaf().dns("a").sign();
    leaf.write(&scene.directory().join("..data"), &leaf.chain_pem);
    let error = scene.refusal();
    assert!(error.contains("ca.crt is not a trust bundle") && error.contains("is not a CA"), "{error}");
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
    let result = block_on(obtain(&settings(&memory.path().join("run")), &identity(&["a"]), &signer, NOW));
    (memory, result)
}

#[test]
fn what_a_signer_gets_wrong_is_not_published() {
    assert!(answered(|leaf| leaf).1.is_ok());
    let changes: [fn(LeafBuilder) -> LeafBuilder; 6] = [
        |leaf| leaf.dns("b"),
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
    let answer = move |request: &podcert::csr::SigningRequest| {
        ca.leaf().dns("a").public_key(request.public_key_der()).sign().chain_pem
    };
    let mut signer = Scripted { trust: None, ca_pem: None, answer: Box::new(answer) };
    let obtain = |signer: &Scripted| block_on(obtain(&settings, &identity(&["a"]), signer, NOW));
    assert!(matches!(obtain(&signer), Err(Error::NoTrust { .. })));
    signer.ca_pem = Some("nonsense".to_owned());
    assert!(matches!(obtain(&signer), Err(Error::Trust(_))));
    assert!(entries(memory.path()).is_empty());
    signer.ca_pem = Some(ca_pem);
    assert!(obtain(&signer).is_ok());
    assert_eq!(obtain(&signer).unwrap().outcome, Outcome::Kept);
    assert!(signer.trust().is_none());
}
