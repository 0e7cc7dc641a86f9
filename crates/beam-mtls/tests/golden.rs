//! What people see, whole: help, the version, and runs of `beam-mtls doctor`. After a change that is meant, write the
//! files in `snapshots` again, and read the difference:
//!
//! ```text
//! INSTA_UPDATE=always cargo test --package beam-mtls --test golden
//! ```

use std::path::Path;
use std::process::{Command, Output};

use insta::{Settings, assert_snapshot};
use tempfile::TempDir;

#[test]
fn help() {
    let home = home();
    for command in ["", "run", "local", "remote", "rpc", "doctor", "handshake"] {
        let command = command.split_whitespace().collect::<Vec<_>>();
        let [short, long] = ["-h", "--help"].map(|flag| [&command[..], &[flag]].concat());
        assert_output(home.path(), &long);
        // It is a file of its own only for a command that explains more at length.
        let text = |arguments: &[&str]| stdout(&beam_mtls(home.path(), arguments));
        if text(&short) != text(&long) {
            assert_output(home.path(), &short);
        }
    }
}

#[test]
fn version() {
    assert_output(home().path(), &["--version"]);
}

#[test]
fn a_whole_doctor() {
    let home = home();
    let [directory, config] = ["directory", "config-directory"]
        .map(|flag| format!("--{flag}={}", home.path().join(flag).display()));
    let settings = ["--source=local", "--name=app@app.example", &directory, &config];
    let run = [&["run"], &settings[..], &["--", "true"]].concat();
    assert!(beam_mtls(home.path(), &run).status.success());
    assert_snapshot_of("doctor", home.path(), &[&["doctor"], &settings[..]].concat());
    assert_snapshot_of("doctor --json", home.path(), &[&["doctor", "--json"], &settings[..]].concat());
    let wrong = [
        "doctor",
        "--name=app@127.9.9.9",
        "--listen=1",
        "--peer-service=127.9.9.8",
        "--duration=5x",
        &directory,
        &config,
        "--",
        "/no/such/command",
    ];
    assert_snapshot_of("doctor with problems", home.path(), &wrong);
}

/// A directory whose path is always equally long, since lines are broken by their length.
fn home() -> TempDir {
    tempfile::Builder::new().prefix("beam-mtls-").rand_bytes(6).tempdir_in("/tmp").expect("a directory")
}

/// The program with nothing in its environment but a home, a path and a cookie.
fn beam_mtls(home: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_beam-mtls"))
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .env("BEAM_MTLS_COOKIE", "topsecret")
        .args(arguments)
        .output()
        .expect("beam-mtls runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Compares what is printed with the file that is named after the arguments.
#[track_caller]
fn assert_output(home: &Path, arguments: &[&str]) {
    assert_snapshot_of(&arguments.join(" "), home, arguments);
}

/// Compares what is printed with the file, but for what differs each time. Paths and times keep their lengths.
#[track_caller]
fn assert_snapshot_of(name: &str, home: &Path, arguments: &[&str]) {
    let output = beam_mtls(home, arguments);
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(r" \([0-9a-f]{7,40}\)", "");
    settings.add_filter(r"/tmp/beam-mtls-\w{6}", "/tmp/beam-mtls-RANDOM");
    settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\dZ", "YYYY-MM-DD hh:mmZ");
    settings.add_filter(r"in \d+(\s+(?:hours|days))", "in NN$1");
    settings.add_filter(r"\buser \d+", "user N");
    settings.add_filter(r"and group \d+", "and group N");
    settings.add_filter(r"local CA [0-9a-f]{8}", "local CA xxxxxxxx");
    settings.add_filter(r"\b[0-9a-f]{32}\b", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    let name = format!("beam-mtls {name}").replace(" -", "-").replace(' ', "-");
    settings.bind(|| assert_snapshot!(name, stdout(&output)));
}
