//! The process is killed before each of its file-system calls in turn. In every case a reader sees the complete old set or
//! the complete new one, and the next publication works and cleans up.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;

use podcert::store::Store;
use podcert::verify;
use podcert_testkit::{NOW, memory, open_ca, publish};

use crate::support::{assert_tidy, certificate, names, publisher, run};

/// The calls that change files, by strace's names, with a question mark before those that not every architecture has.
const CALLS: [&str; 14] = [
    "openat",
    "mkdirat",
    "?mkdir",
    "write",
    "fsync",
    "fchmod",
    "?chmod",
    "flock",
    "symlinkat",
    "?symlink",
    "?rename",
    "?renameat",
    "unlinkat",
    "?unlink",
];

#[test]
fn a_kill_at_any_call_leaves_the_old_or_the_new_set() {
    let mut seen = [0, 0];
    let calls = kill_at_each_call(
        |directory, state| {
            let ca = open_ca(state).unwrap();
            publish(&Store::open(directory).unwrap(), &certificate(&ca, &["old"])).unwrap();
        },
        |published| match published.expect("one set is always there") {
            "old" => seen[0] += 1,
            _ => seen[1] += 1,
        },
    );
    // The links already exist: four files written, two directories synced, one link renamed, one set swept.
    assert!(calls >= 25, "{calls}");
    assert!(seen[0] >= 15 && seen[1] >= 5, "{seen:?}");
}

#[test]
fn a_kill_during_the_first_publication_leaves_nothing_or_the_new_set() {
    let mut seen = [0, 0];
    let calls = kill_at_each_call(
        |_, _| {},
        |published| match published {
            None => seen[0] += 1,
            Some(_) => seen[1] += 1,
        },
    );
    // The CA is created as well.
    assert!(calls >= 40, "{calls}");
    assert!(seen[0] >= 35 && seen[1] >= 1, "{seen:?}");
}

/// Returns at how many calls the process was killed. strace counts each kind of call separately.
fn kill_at_each_call(prepare: impl Fn(&Path, &Path), mut check: impl FnMut(Option<&str>)) -> usize {
    let mut kills = 0;
    for call in CALLS {
        for count in 1.. {
            let memory = memory();
            let (directory, state) = (memory.path().join("run"), memory.path().join("state"));
            prepare(&directory, &state);
            let mut command = Command::new("strace");
            command.args(["-f", "-o", "/dev/null", "-e", &format!("trace={call}")]);
            command.args(["-e", &format!("inject={call}:signal=SIGKILL:when={count}")]);
            command.arg(publisher()).args([&directory, &state]).args(["renew", "new"]);
            let output = run(&mut command, "strace");
            let finished = output.status.success();
            assert!(finished || output.status.signal() == Some(9), "{call} {count}: {output:?}");
            let seen = published(&directory);

            let again =
                Command::new(publisher()).args([&directory, &state]).args(["renew", "new"]).output().unwrap();
            assert!(again.status.success(), "after a kill at {call} {count}: {again:?}");
            assert_eq!(published(&directory), Some("new"));
            assert_tidy(&directory);
            if finished {
                break;
            }
            check(seen);
            kills += 1;
        }
    }
    kills
}

/// Which set a reader sees. It panics unless the set is complete.
fn published(directory: &Path) -> Option<&'static str> {
    let store = Store::open(directory).unwrap();
    let stored = store.current().unwrap()?;
    for path in [store.certificate_path(), store.key_path(), store.trust_path()] {
        assert!(path.exists(), "{} is missing", path.display());
    }
    let good = |name: &&str| verify::existing(&stored, &names(&[name]), NOW).is_ok();
    Some(["old", "new"].into_iter().find(good).expect("a complete set"))
}
