//! The directory: its layout, who may use it, and that readers only see complete sets.

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use podcert::diagnose::{Diagnose, ErrorClass, explain};
use podcert::provider::Outcome;
use podcert::signer::{LocalCa, Origin};
use podcert::store::{Error, Store};
use podcert::support::clock::{Attempt, Deadline, SystemClock};
use podcert::verify;
use podcert_testkit::{NOW, PodDirectory, block_on, memory, open_ca, publish, publish_within};

use crate::support::{assert_tidy, certificate, entries, names};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_published_directory_holds_links_to_one_set() {
    let memory = memory();
    let ca = open_ca(&memory.path().join("state")).unwrap();
    let directory = memory.path().join("run");
    let store = Store::open(&directory).unwrap();
    assert!(store.current().unwrap().is_none());
    assert!(!directory.exists(), "nothing is written before there is something to publish");

    let certificate = certificate(&ca, &["a"]);
    publish(&store, &certificate).unwrap();
    assert_tidy(&directory);
    assert_eq!(mode(&directory), 0o700);
    assert_eq!(fs::read_link(store.key_path()).unwrap(), Path::new("..data/tls.key"));
    assert_eq!(fs::read_to_string(store.certificate_path()).unwrap(), certificate.chain_pem());
    assert_eq!(fs::read_to_string(store.trust_path()).unwrap(), certificate.trust().pem());
    assert_eq!(&fs::read_to_string(store.key_path()).unwrap(), certificate.key_pem().expose());
    assert_eq!(fs::read_to_string(directory.join("..data/source")).unwrap(), "local\n");
    assert_eq!(mode(&store.key_path()), 0o400);
    assert_eq!(mode(&store.certificate_path()), 0o444);
    assert_eq!(mode(&store.trust_path()), 0o444);
    assert_eq!(store.current().unwrap().unwrap().origin(), &Origin::Local);
}

#[test]
fn files_of_others_are_left_alone() {
    let memory = memory();
    let ca = open_ca(&memory.path().join("state")).unwrap();
    let store = Store::open(memory.path()).unwrap();
    fs::create_dir(memory.path().join("..2026_06_01")).unwrap();
    fs::write(memory.path().join("notes"), "").unwrap();
    let before = entries(memory.path());
    for name in ["a", "b"] {
        publish(&store, &certificate(&ca, &[name])).unwrap();
    }
    assert!(entries(memory.path()).is_superset(&before));
    assert_eq!(entries(memory.path()).len(), before.len() + 5);
}

#[test]
fn a_directory_with_files_of_others_is_refused() {
    type Fill = fn(&Path);
    let fills: [(Fill, &str); 5] = [
        (|directory| fs::write(directory.join("tls.crt"), "").unwrap(), "tls.crt is a file"),
        (|directory| fs::create_dir(directory.join("ca.crt")).unwrap(), "ca.crt is a file"),
        (
            |directory| symlink("/etc/key", directory.join("tls.key")).unwrap(),
            "tls.key is a link to /etc/key",
        ),
        (|directory| symlink("..2026_06_01", directory.join("..data")).unwrap(), "a link to ..2026_06_01"),
        (|directory| fs::create_dir(directory.join("..data")).unwrap(), "..data is not a link"),
    ];
    for (fill, expected) in fills {
        let memory = memory();
        fill(memory.path());
        let error = Store::open(memory.path()).unwrap_err();
        assert!(matches!(error, Error::Foreign { .. }));
        assert_eq!(error.class(), ErrorClass::Settings);
        assert!(explain(&error).contains(expected) && explain(&error).contains("--directory"), "{error}");
    }
}

#[test]
fn a_removed_link_comes_back_with_the_next_set() {
    let memory = memory();
    let ca = open_ca(&memory.path().join("state")).unwrap();
    let store = Store::open(&memory.path().join("run")).unwrap();
    publish(&store, &certificate(&ca, &["a"])).unwrap();
    fs::remove_file(store.key_path()).unwrap();
    assert!(store.current().unwrap().is_none());
    publish(&store, &certificate(&ca, &["a"])).unwrap();
    assert!(store.current().unwrap().is_some());
    assert_tidy(store.directory());
}

#[test]
fn readers_see_whole_sets_while_a_writer_publishes_200_times() {
    let memory = memory();
    let ca = open_ca(&memory.path().join("state")).unwrap();
    let store = Store::open(&memory.path().join("run")).unwrap();
    let sets = [certificate(&ca, &["a"]), certificate(&ca, &["b"])];
    publish(&store, &sets[0]).unwrap();
    let (done, reads) = (AtomicBool::new(false), [AtomicUsize::new(0), AtomicUsize::new(0)]);

    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    // Verification is slow enough to miss a sweep: read often.
                    let read = || store.current().unwrap().expect("something is published all the time");
                    (0..50).for_each(|_| drop(read()));
                    let stored = read();
                    // This fails unless key, certificate and CA belong together.
                    let seen = ["a", "b"].map(|name| verify::existing(&stored, &names(&[name]), NOW).is_ok());
                    assert_ne!(seen[0], seen[1]);
                    reads[usize::from(seen[1])].fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        let both_read = || reads.iter().all(|count| count.load(Ordering::Relaxed) > 0);
        for turn in 1..=20_000 {
            publish(&store, &sets[turn % 2]).unwrap();
            // A busy machine may not let the readers run often enough to see both sets.
            if turn >= 200 && both_read() {
                break;
            }
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(reads.iter().all(|count| count.load(Ordering::Relaxed) > 0), "{reads:?}");
    assert_tidy(&memory.path().join("run"));
}

#[test]
fn several_writers_at_once_leave_one_whole_set() {
    let memory = memory();
    let ca = open_ca(&memory.path().join("state")).unwrap();
    let directory = memory.path().join("run");
    let sets = [certificate(&ca, &["a"]), certificate(&ca, &["b"]), certificate(&ca, &["c"])];
    thread::scope(|scope| {
        for set in &sets {
            scope.spawn(|| {
                let store = Store::open(&directory).unwrap();
                for _ in 0..20 {
                    publish(&store, set).unwrap();
                }
            });
        }
    });
    assert_tidy(&directory);
    let stored = Store::open(&directory).unwrap().current().unwrap().unwrap();
    let whole = ["a", "b", "c"].iter().filter(|name| verify::existing(&stored, &names(&[name]), NOW).is_ok());
    assert_eq!(whole.count(), 1);
}

#[test]
fn a_writer_waits_for_another_writer_until_its_deadline() {
    let memory = memory();
    let ca = open_ca(&memory.path().join("state")).unwrap();
    let directory = memory.path().join("run");
    fs::create_dir(&directory).unwrap();
    let (store, set) = (Store::open(&directory).unwrap(), certificate(&ca, &["a"]));
    let held = File::open(&directory).unwrap();
    held.lock().unwrap();
    let start = Instant::now();
    let error = publish_within(&store, &set, PAUSE).unwrap_err();
    assert!(start.elapsed() >= PAUSE);
    assert_eq!(error.class(), ErrorClass::Deadline);
    let expected = format!("the lock on {} was held by another process", directory.display());
    let text = explain(&error);
    assert!(text.contains(&expected) && text.contains("--deadline"), "{text}");
    assert!(entries(&directory).is_empty());

    thread::scope(|scope| {
        let publish = scope.spawn(|| publish(&store, &set));
        thread::sleep(PAUSE);
        assert!(!publish.is_finished());
        drop(held);
        publish.join().unwrap().unwrap();
    });
    assert_tidy(&directory);
}

/// On one thread, as in the programs: a waiting renewal must not keep a supervisor from handling signals.
#[test]
fn waiting_for_a_lock_does_not_block_the_thread() {
    let memory = memory();
    let ca = open_ca(&memory.path().join("state")).unwrap();
    let directory = memory.path().join("run");
    fs::create_dir(&directory).unwrap();
    let (store, set) = (Store::open(&directory).unwrap(), certificate(&ca, &["a"]));
    let held = File::open(&directory).unwrap();
    held.lock().unwrap();
    let wait = store.publish(&set, &Origin::Local, Deadline::after(LONG));
    let ticks = async {
        // Each step lets the other future continue; the last one releases the lock.
        for _ in 0..10 {
            tokio::time::sleep(PAUSE / 10).await;
            assert!(entries(&directory).is_empty());
        }
        drop(held);
    };
    let (published, ()) = block_on(async { tokio::join!(wait, ticks) });
    published.unwrap();
    assert_tidy(&directory);

    let state = memory.path().join("another");
    fs::create_dir(&state).unwrap();
    fs::set_permissions(&state, Permissions::from_mode(0o700)).unwrap();
    let held = File::create(state.join("lock")).unwrap();
    held.lock().unwrap();
    let attempt = Attempt::new(&SystemClock, LONG);
    let ticks = async {
        tokio::time::sleep(PAUSE).await;
        drop(held);
    };
    let (opened, ()) = block_on(async { tokio::join!(LocalCa::open(&state, &attempt), ticks) });
    assert!(opened.is_ok());
}

/// The directory of a volume with fsGroup: files inherit its group.
#[test]
fn on_a_volume_with_fsgroup_only_the_group_may_read_the_key_too() {
    let scene = PodDirectory::new();
    let directory = scene.path();
    fs::set_permissions(&directory, Permissions::from_mode(0o2775)).unwrap();
    // A set that was published before stays good.
    assert_eq!(scene.obtain(&["a"], NOW).unwrap().outcome, Outcome::Kept);
    assert!(matches!(scene.obtain(&["b"], NOW).unwrap().outcome, Outcome::Issued(_)));
    let key = directory.join("tls.key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o7777, 0o440);
    assert_eq!(fs::metadata(&key).unwrap().gid(), fs::metadata(&directory).unwrap().gid());
    assert_eq!(scene.obtain(&["b"], NOW).unwrap().outcome, Outcome::Kept);

    fs::set_permissions(&key, Permissions::from_mode(0o444)).unwrap();
    let error = scene.obtain(&["b"], NOW).unwrap_err().to_string();
    assert!(error.contains("(mode 0444, not 0440)"), "{error}");
}

/// Longer than any test takes.
const LONG: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(300);
