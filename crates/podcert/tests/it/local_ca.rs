//! The local CA: created once, reused, and refused with a clear error if something is wrong with its files.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use podcert::diagnose::{Diagnose, ErrorClass, explain};
use podcert::signer::{LocalCa, Signer};
use podcert_testkit::{DAY, NOW, TestCa, memory, open_ca, open_ca_within};

use crate::support::{certificate, entries, publisher};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

fn pem(ca: &LocalCa) -> String {
    ca.trust().unwrap().pem()
}

#[test]
fn a_ca_is_created_once_and_reused() {
    let memory = memory();
    let state = memory.path().join("deep/state");
    let first = open_ca(&state).unwrap();
    assert_eq!(pem(&first), fs::read_to_string(first.certificate_path()).unwrap());
    assert_eq!(pem(&first), pem(&open_ca_within(&state, NOW + DAY, DAY).unwrap()));
    assert_ne!(pem(&first), pem(&open_ca(&memory.path().join("other")).unwrap()));
    assert_eq!(mode(&state), 0o700);
    assert_eq!(mode(&state.join("ca.key")), 0o600);
    assert_eq!(entries(&state), ["ca.crt", "ca.key", "lock"].map(str::to_owned).into());
}

#[test]
fn a_leaf_starts_a_minute_ago_and_does_not_outlive_its_ca() {
    let memory = memory();
    let ca = open_ca(memory.path()).unwrap();
    let leaf = certificate(&ca, &["a"]);
    assert_eq!((leaf.not_before(), leaf.not_after()), (NOW - Duration::from_secs(60), NOW + DAY));

    let test_ca = TestCa::valid(NOW - DAY, NOW + Duration::from_secs(3600));
    plant(memory.path(), test_ca.pem(), &test_ca.key_pem());
    let ca = open_ca(memory.path()).unwrap();
    assert_eq!(certificate(&ca, &["a"]).not_after(), NOW + Duration::from_secs(3600));
}

#[test]
fn serial_numbers_are_random() {
    let memory = memory();
    let ca = open_ca(memory.path()).unwrap();
    let serials = [certificate(&ca, &["a"]), certificate(&ca, &["a"])].map(|leaf| leaf.serial().to_owned());
    assert_ne!(serials[0], serials[1]);
    assert!(serials.iter().all(|serial| serial.len() == 32), "{serials:?}");
}

#[test]
fn threads_that_start_at_once_share_one_ca() {
    for _ in 0..20 {
        let memory = memory();
        let state = memory.path().join("state");
        let open = || pem(&open_ca(&state).unwrap());
        let pems: Vec<String> = thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(open)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(pems.iter().all(|it| it == &pems[0]));
    }
}

#[test]
fn processes_that_start_at_once_share_one_ca() {
    let memory = memory();
    let state = memory.path().join("state");
    let directories: Vec<_> = (0..12).map(|n| memory.path().join(format!("run{n}"))).collect();
    let spawn = |directory| {
        let mut command = Command::new(publisher());
        command.arg(directory).arg(&state).args(["keep", "a"]).stdout(Stdio::null()).spawn().unwrap()
    };
    let processes: Vec<_> = directories.iter().map(spawn).collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    let ca = fs::read(state.join("ca.crt")).unwrap();
    for directory in directories {
        assert_eq!(fs::read(directory.join("ca.crt")).unwrap(), ca);
    }
}

#[test]
fn a_lock_that_is_never_released_is_an_error_at_the_deadline() {
    let memory = memory();
    let path = memory.path().join("lock");
    let held = File::create(&path).unwrap();
    held.lock().unwrap();
    let error = open_ca_within(memory.path(), NOW, Duration::from_millis(300)).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Deadline);
    let text = explain(&error);
    assert!(text.contains(&path.display().to_string()) && text.contains("--deadline"), "{text}");
    assert_eq!(entries(memory.path()), ["lock".to_owned()].into());
    // Closing it is not enough: a test that starts a process at this moment shares the open file until its exec.
    held.unlock().unwrap();
    assert!(open_ca_within(memory.path(), NOW, Duration::ZERO).is_ok(), "free locks are taken at any time");
}

#[test]
fn a_key_left_by_a_killed_process_is_replaced() {
    let memory = memory();
    let ca = open_ca(memory.path()).unwrap();
    let old = pem(&ca);
    fs::remove_file(ca.certificate_path()).unwrap();
    fs::write(memory.path().join("ca.tmp"), "half a ").unwrap();
    let new = open_ca(memory.path()).unwrap();
    assert_ne!(pem(&new), old);
    certificate(&new, &["a"]);
    assert!(!memory.path().join("ca.tmp").exists());
}

/// Replaces the CA's files.
fn plant(state: &Path, certificate: &str, key: &str) {
    fs::write(state.join("ca.crt"), certificate).unwrap();
    fs::write(state.join("ca.key"), key).unwrap();
    fs::set_permissions(state.join("ca.key"), Permissions::from_mode(0o600)).unwrap();
}

/// The error that these files cause. It is the same on every attempt, and nothing is changed.
fn refusal(certificate: &str, key: &str) -> String {
    let memory = memory();
    plant(memory.path(), certificate, key);
    let error = open_ca(memory.path()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Data);
    assert_eq!(fs::read_to_string(memory.path().join("ca.crt")).unwrap(), certificate);
    assert_eq!(entries(memory.path()).len(), 2);
    let error = explain(&error);
    assert!(error.contains(&memory.path().display().to_string()) && error.contains("new CA"), "{error}");
    error
}

#[test]
fn bad_files_of_the_ca_are_reported() {
    let ca = TestCa::new();
    let key = ca.key_pem();
    let leaf = ca.leaf().dns("a").sign();
    let expired = TestCa::valid(NOW - DAY * 2, NOW - DAY);
    let future = TestCa::valid(NOW + DAY, NOW + DAY * 2);
    for (certificate, key, expected) in [
        (leaf.chain_pem.as_str(), leaf.key_pem.as_str(), "is not a CA"),
        (expired.pem(), &expired.key_pem(), "no CA is valid at 2026-06-01T00:00:00Z"),
        (future.pem(), &future.key_pem(), "no CA is valid at 2026-06-01T00:00:00Z"),
        (&ca.pem()[..200], &key, "truncated"),
        ("", &key, "it does not contain a certificate"),
        (ca.pem(), &key[..100], "ca.key cannot be used"),
        (ca.pem(), "", "ca.key cannot be used"),
        (ca.pem(), &TestCa::new().key_pem(), "ca.key does not belong to"),
        (&[ca.pem(), TestCa::new().pem()].concat(), &key, "several CA certificates"),
    ] {
        let error = refusal(certificate, key);
        assert!(error.contains(expected), "{expected}: {error}");
    }
}

#[test]
fn a_ca_key_that_others_can_read_is_reported_with_its_mode() {
    let memory = memory();
    drop(open_ca(memory.path()).unwrap());
    for mode in [0o640, 0o604, 0o602] {
        fs::set_permissions(memory.path().join("ca.key"), Permissions::from_mode(mode)).unwrap();
        let error = open_ca(memory.path()).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Data);
        assert!(error.to_string().contains(&format!("(mode {mode:04o}, not 0600)")), "{error}");
    }
}

#[test]
fn a_ca_directory_that_others_can_write_to_is_reported() {
    let memory = memory();
    drop(open_ca(memory.path()).unwrap());
    for mode in [0o720, 0o702] {
        fs::set_permissions(memory.path(), Permissions::from_mode(mode)).unwrap();
        let error = open_ca(memory.path()).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Data);
        assert!(error.to_string().contains(&format!("(mode {mode:04o})")), "{error}");
    }
}

#[test]
fn unreadable_files_of_the_ca_are_reported() {
    for name in ["ca.crt", "ca.key"] {
        let memory = memory();
        drop(open_ca(memory.path()).unwrap());
        fs::remove_file(memory.path().join(name)).unwrap();
        fs::create_dir(memory.path().join(name)).unwrap();
        let error = open_ca(memory.path()).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Data);
        assert!(error.to_string().contains(&format!("{name} cannot be read")), "{error}");
    }
}
