//! Places that cannot be written: read-only or full. What was there stays as it was, and nothing is there by halves.

use std::process::Command;
use std::sync::Arc;

use libtest_mimic::Trial;

use super::super::trial;
use super::{exit_7, good, run};
use crate::beam::bench::Bench;
use crate::beam::node::COOKIE;
use crate::beam::scene::Scene;

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (name, options) in [("are full", "size=4k"), ("are read-only", "ro")] {
        trials.push(trial(bench, format!("run/directories that {name}"), move |scene| {
            unwritable(scene, options)
        }));
    }
    trials
}

fn unwritable(scene: &mut Scene, options: &str) {
    for directory in ["certificate", "config", "state"] {
        let path = scene.make_directory(directory).to_string_lossy().into_owned();
        let (code, output) = run(scene, on_mount(scene, &path, options));
        assert_eq!(code, Some(73), "{directory} is mounted with {options}: {output}");
        assert!(output.contains(&path) && output.contains("cannot"), "{output}");
        // What can be seen there afterwards are whole files under their own names, or nothing.
        for line in output.lines().filter(|line| line.starts_with("left: ")) {
            assert!(!line.contains("tls.key") && !line.contains(".tmp"), "{output}");
        }
        assert!(!output.contains(COOKIE), "{output}");
    }
    // On a disk with room everything is fine.
    let path = scene.make_directory("config").to_string_lossy().into_owned();
    assert_eq!(run(scene, on_mount(scene, &path, "size=1m")).0, Some(7));
}

/// Runs it with a small file system on one of its directories, and lists what it has left there.
fn on_mount(scene: &Scene, path: &str, options: &str) -> Command {
    let inner = exit_7(good(scene));
    let script = format!(
        "mount -t tmpfs -o {options} none '{path}' || exit 1\n\"$@\"\ncode=$?\n\
         find '{path}' -type f | sed 's/^/left: /'\nexit $code"
    );
    let mut command = scene.host_command("unshare");
    command.args(["--mount", "sh", "-c", &script, "sh"]).arg(inner.get_program()).args(inner.get_args());
    command.envs(inner.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
}
