//! Args files as releases contain them, and what becomes of each: `vm_args/NAME.args` next to
//! `vm_args/NAME.merged`. To write the second again: `MERGED=write cargo test --package beam-mtls --test vm_args`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn mix() {
    check("mix", MIX);
}

#[test]
fn rebar3() {
    check("rebar3", RELX);
}

#[test]
fn emqx() {
    check("emqx", RELX);
}

#[test]
fn couchdb() {
    check("couchdb", RELX);
}

#[test]
fn a_file_that_includes_another() {
    check("includes", RELX);
}

#[test]
fn quotes_comments_and_words_for_the_application() {
    check("quotes", RELX);
}

/// The marks of the two kinds of start scripts, and the command that starts a node.
const MIX: (&str, &str) = ("releases/start_erl.data RELEASE_VM_ARGS", "start");
const RELX: (&str, &str) = ("REL_VSN= VMARGS_PATH remote_console", "foreground");

/// Starts a release that has this args file, and ends at once.
fn check(name: &str, (marks, command): (&str, &str)) {
    let root = tempfile::tempdir().expect("a directory");
    let release = root.path().join("release");
    fs::create_dir_all(release.join("releases/1.0")).expect("a directory");
    fs::create_dir_all(release.join("bin")).expect("a directory");
    let script = release.join("bin/shop");
    fs::write(&script, format!("#!/bin/sh\n# {marks}\n")).expect("a script");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("a mode");
    fs::write(release.join("releases/start_erl.data"), "15.2 1.0").expect("written");
    fs::copy(fixture(name, "args"), release.join("releases/1.0/vm.args")).expect("a copy");
    fs::copy(fixture("included", "args"), release.join("included.args")).expect("a copy");

    let config = root.path().join("config");
    let run = Command::new(env!("CARGO_BIN_EXE_beam-mtls"))
        .env_clear()
        .env("HOME", root.path())
        .env("PATH", "/nowhere")
        .env("BEAM_MTLS_COOKIE", "of-the-test")
        .args(["run", "--source=local", "--host=10.0.0.1", "--directory"])
        .arg(root.path().join("certificate"))
        .arg("--config-directory")
        .args([&config, Path::new("--"), &script, Path::new(command)])
        .output()
        .expect("beam-mtls runs");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let merged = fs::read_to_string(config.join("vm.args")).expect("an args file");
    // Where it is differs from run to run.
    let merged = merged.replace(&config.display().to_string(), "/run/beam-mtls");
    let snapshot = fixture(name, "merged");
    if option_env!("MERGED") == Some("write") {
        fs::write(&snapshot, &merged).expect("written");
    }
    let expected = fs::read_to_string(&snapshot).expect("a snapshot");
    assert_eq!(merged, expected, "{} differs; MERGED=write writes it anew", snapshot.display());
}

fn fixture(name: &str, extension: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/vm_args/{name}.{extension}"))
}
