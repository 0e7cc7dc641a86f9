//! `beam-mtls run` without nodes: what it refuses, and how the command takes over.

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

use super::Needs::{EachOtp, NoOtp};
use super::Scenario;
use crate::nodes::node::{COOKIE, URI};
use crate::nodes::test_bed::TestBed;
use crate::process::Process;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("commands-that-cannot-run", NoOtp(bad_settings::commands)),
    Scenario::new("misunderstood-settings", NoOtp(bad_settings::misunderstood)),
    Scenario::new("missing-settings", NoOtp(bad_settings::lacking)),
    Scenario::new("flags-of-beam-mtls", NoOtp(bad_settings::flags)),
    Scenario::new("bad-cookies", NoOtp(bad_settings::cookies)),
    Scenario::new("damaged-certificates", NoOtp(bad_files::damaged)),
    Scenario::new("readable-keys", NoOtp(bad_files::readable)),
    Scenario::new("bad-cas", NoOtp(bad_files::bad_cas)),
    Scenario::new("full-disks", NoOtp(full_disks::full)),
    Scenario::new("read-only-disks", NoOtp(full_disks::read_only)),
    Scenario::new("same-process", NoOtp(handover::process)),
    Scenario::new("signals", NoOtp(handover::signals)),
    Scenario::new("environment", NoOtp(handover::environment)),
    Scenario::new("name", NoOtp(handover::name)),
    Scenario::new("no-secret-in-output", NoOtp(handover::secrets)),
    Scenario::new("hostile-names", NoOtp(hostile::names)),
    Scenario::new("hostile-cookies", NoOtp(hostile::cookies)),
    Scenario::new("hostile-directories", NoOtp(hostile::directories)),
    Scenario::new("hostile-releases", NoOtp(hostile::releases)),
    Scenario::new("hostile-programs", NoOtp(hostile::programs)),
    Scenario::new("no-secret-on-the-command-line", EachOtp(handover::node)),
];

/// `beam-mtls run` with good settings, up to the `--`.
fn good(bed: &TestBed) -> Command {
    with(unnamed(bed), ["--name", "app@127.0.0.1"])
}

/// The same without a name.
fn unnamed(bed: &TestBed) -> Command {
    let mut command = bed.host_command(bed.binary());
    command.args(["run", "--source", "local", "--uris", URI]);
    command.arg("--directory").arg(bed.path("certificate"));
    command.arg("--config-directory").arg(bed.path("config"));
    command.env("BEAM_MTLS_COOKIE", COOKIE);
    command
}

/// Becomes something that exits with 7.
fn exit_7(mut command: Command) -> Command {
    command.args(["--", "sh", "-c", "exit 7"]);
    command
}

/// Runs a command to its end: exit code and output.
fn run(bed: &TestBed, command: Command) -> (Option<i32>, String) {
    let mut process = Process::start(command);
    bed.watch("the command", &process);
    let code = process.end().code();
    (code, process.log_to_end())
}

/// Asserts that a command fails with this code and these messages, and changes no file.
fn expect_refused(bed: &TestBed, command: Command, code: i32, messages: &[&str]) {
    let before = snapshot(bed);
    let (got, output) = run(bed, command);
    assert_eq!(got, Some(code), "{output}");
    for part in messages {
        assert!(output.contains(part), "{part:?} is not in\n{output}");
    }
    assert!(!output.contains(COOKIE) && !output.contains("PRIVATE KEY"), "a secret in\n{output}");
    let after = snapshot(bed);
    for (path, contents) in &after {
        assert!(before.get(path) == Some(contents), "{} was written", path.display());
    }
    assert_eq!(before.len(), after.len(), "something was removed");
}

/// Everything in the test bed's directory: files with mode and contents, links, directories.
fn snapshot(bed: &TestBed) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    visit(&bed.path(""), &mut found);
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
