//! Places that cannot be written: read-only or full. What was there stays as it was, and nothing is there by halves.

use std::process::Command;

use super::{exit_7, good, run};
use crate::nodes::node::COOKIE;
use crate::nodes::test_bed::TestBed;

pub(super) fn full(bed: &mut TestBed) {
    unwritable(bed, "size=4k");
}

pub(super) fn read_only(bed: &mut TestBed) {
    unwritable(bed, "ro");
}

fn unwritable(bed: &mut TestBed, options: &str) {
    for directory in ["certificate", "config", "state"] {
        let path = bed.make_directory(directory).to_string_lossy().into_owned();
        let (code, output) = run(bed, on_mount(bed, &path, options));
        assert_eq!(code, Some(73), "{directory} is mounted with {options}: {output}");
        assert!(output.contains(&path) && output.contains("cannot"), "{output}");
        // What can be seen there afterwards are whole files under their own names, or nothing.
        for line in output.lines().filter(|line| line.starts_with("left: ")) {
            assert!(!line.contains("tls.key") && !line.contains(".tmp"), "{output}");
        }
        assert!(!output.contains(COOKIE), "{output}");
    }
    // On a disk with room everything is fine.
    let path = bed.make_directory("config").to_string_lossy().into_owned();
    assert_eq!(run(bed, on_mount(bed, &path, "size=1m")).0, Some(7));
}

/// Runs it with a small file system on one of its directories, and lists what it has left there.
fn on_mount(bed: &TestBed, path: &str, options: &str) -> Command {
    let inner = exit_7(good(bed));
    let script = format!(
        "mount -t tmpfs -o {options} none '{path}' || exit 1\n\"$@\"\ncode=$?\n\
         find '{path}' -type f | sed 's/^/left: /'\nexit $code"
    );
    let mut command = bed.host_command("unshare");
    command.args(["--mount", "sh", "-c", &script, "sh"]).arg(inner.get_program()).args(inner.get_args());
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}
