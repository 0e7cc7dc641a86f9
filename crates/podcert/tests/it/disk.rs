//! Full or read-only disks, in a mount namespace of their own: exit code 73, the old files stay, and nothing else is left.

use std::path::Path;
use std::process::{Command, Output};

use podcert_testkit::memory;

use crate::support::{publisher, run};

/// Runs a shell script that may mount things. `$publish` is the publisher, `$run` the directory to publish in, `$state` the
/// directory of a CA.
fn script(text: &str) -> Output {
    let memory = memory();
    let prelude = "set -eu; list() { find \"$run\" | sort; cat \"$run\"/* 2>/dev/null || true; }\n\
                   expect() { want=$1; shift; got=0; \"$@\" || got=$?; [ $got = $want ] || { echo \"exit code $got, not $want\" >&2; exit 1; }; }\n\
                   mkdir \"$run\"\n";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c", &format!("{prelude}{text}")]);
    command
        .env("publish", publisher())
        .env("run", memory.path().join("run"))
        .env("state", memory.path().join("state"));
    run(&mut command, "util-linux")
}

fn assert_success(output: &Output) {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_full_disk_keeps_the_old_set() {
    // Filled except for the last few pages, so that each file in turn is the one that does not fit.
    for free in 0..4 {
        assert_success(&script(&format!(
            r#"mount -t tmpfs -o size=64k tmpfs "$run"
               "$publish" "$run" "$state" renew a
               dd if=/dev/zero of="$run/filler" bs=4k 2>/dev/null || true
               truncate -s -$(({free} * 4096)) "$run/filler"
               list > "$run/../before"
               expect 73 "$publish" "$run" "$state" renew b
               list > "$run/../after"
               cmp "$run/../before" "$run/../after"
               rm "$run/filler"
               "$publish" "$run" "$state" renew b"#
        )));
    }
}

#[test]
fn a_disk_without_room_for_names_stays_empty() {
    // The root, then a set of one directory and four files, then three links and one more.
    for inodes in 2..10 {
        assert_success(&script(&format!(
            r#"mount -t tmpfs -o nr_inodes={inodes} tmpfs "$run"
               expect 73 "$publish" "$run" "$state" renew a
               [ "$(ls -A "$run")" = "" ]"#
        )));
    }
    assert_success(&script(
        r#"mount -t tmpfs -o nr_inodes=10 tmpfs "$run"
           "$publish" "$run" "$state" renew a"#,
    ));
}

#[test]
fn a_read_only_directory_is_read_but_not_written() {
    assert_success(&script(
        r#"mount -t tmpfs tmpfs "$run"
           "$publish" "$run" "$state" renew a
           mount -o remount,ro "$run"
           list > "$run/../before"
           "$publish" "$run" "$state" keep a
           expect 73 "$publish" "$run" "$state" renew a
           expect 73 "$publish" "$run" "$state" keep b
           list > "$run/../after"
           cmp "$run/../before" "$run/../after""#,
    ));
}

#[test]
fn read_only_empty_directories_are_reported() {
    let output = script(
        r#"mount -t tmpfs -o ro tmpfs "$run"
           expect 73 "$publish" "$run" "$state" keep a
           expect 73 "$publish" "$run/.." "$run/state" keep a"#,
    );
    assert_success(&output);
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("--directory") && error.contains("XDG_STATE_HOME"), "{error}");
}

#[test]
fn a_file_instead_of_the_directory_is_reported() {
    let memory = memory();
    let file = memory.path().join("file");
    std::fs::write(&file, "").unwrap();
    let publish = |directory: &Path, state: &Path| {
        let output = Command::new(publisher()).args([directory, state]).args(["keep", "a"]).output().unwrap();
        output.status.code()
    };
    assert_eq!(publish(&file, &memory.path().join("state")), Some(78));
    assert_eq!(publish(&memory.path().join("run"), &file), Some(73));
}
