//! `beam-mtls run` on this machine, without any node: what it refuses, and how it hands over.

mod bad_files;
mod bad_settings;
mod full_disks;
mod handover;
mod hostile;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use libtest_mimic::Trial;

use crate::beam::bench::Bench;
use crate::beam::node::{COOKIE, URI};
use crate::beam::scene::Scene;
use crate::process::Process;

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    [
        bad_settings::trials(bench),
        bad_files::trials(bench),
        full_disks::trials(bench),
        handover::trials(bench),
        hostile::trials(bench),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `beam-mtls run` with good settings, up to the `--`.
fn good(scene: &Scene) -> Command {
    with(unnamed(scene), ["--name", "app@127.0.0.1"])
}

/// The same without a name.
fn unnamed(scene: &Scene) -> Command {
    let mut command = scene.host_command(scene.binary());
    command.args(["run", "--source", "local", "--uris", URI]);
    command.arg("--directory").arg(scene.path("certificate"));
    command.arg("--config-directory").arg(scene.path("config"));
    command.env("BEAM_MTLS_COOKIE", COOKIE);
    command
}

/// Becomes something that exits with 7.
fn exit_7(mut command: Command) -> Command {
    command.args(["--", "sh", "-c", "exit 7"]);
    command
}

/// Runs a command to its end: exit code and output.
fn run(scene: &Scene, command: Command) -> (Option<i32>, String) {
    let mut process = Process::start(command);
    scene.watch("the command", &process);
    let code = process.end().code();
    (code, process.log_to_end())
}

/// A command fails with this code, tells all of this, and leaves everything as it was.
fn expect_refused(scene: &Scene, command: Command, code: i32, told: &[&str]) {
    let before = snapshot(scene);
    let (got, output) = run(scene, command);
    assert_eq!(got, Some(code), "{output}");
    for part in told {
        assert!(output.contains(part), "{part:?} is not in\n{output}");
    }
    assert!(!output.contains(COOKIE) && !output.contains("PRIVATE KEY"), "a secret in\n{output}");
    let after = snapshot(scene);
    for (path, contents) in &after {
        assert!(before.get(path) == Some(contents), "{} was written", path.display());
    }
    assert_eq!(before.len(), after.len(), "something was removed");
}

/// Everything in the scene's directory: files with mode and contents, links, directories.
fn snapshot(scene: &Scene) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    visit(&scene.path(""), &mut found);
    found
}

fn visit(directory: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        let metadata = path.symlink_metadata().expect("what it is");
        let contents = if metadata.is_dir() {
            visit(&path, found);
            Vec::new()
        } else if metadata.is_symlink() {
            fs::read_link(&path).expect("a link").into_os_string().into_encoded_bytes()
        } else {
            fs::read(&path).expect("a file")
        };
        let mode = format!("{:?} ", metadata.permissions());
        found.insert(path, [mode.as_bytes(), &contents].concat());
    }
}

fn with<S: AsRef<OsStr>>(mut command: Command, arguments: impl IntoIterator<Item = S>) -> Command {
    command.args(arguments);
    command
}
