//! A supervised node's certificate is renewed while its command runs.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::supervised::{READ, Supervised, until};

#[test]
fn a_certificate_is_renewed_while_the_command_runs() {
    let home = tempfile::tempdir().expect("a directory");
    let mut supervised = Supervised::start(node(home.path()));
    let certificate = home.path().join("certificate/tls.crt");
    let (first, command) = (fs::read(&certificate).expect("a certificate"), supervised.command());
    // The shortest lifetime is a minute, so it is due after 40 seconds at the latest.
    until("it is renewed", || fs::read(&certificate).expect("a certificate") != first);
    assert_eq!(supervised.command(), command);
    assert_eq!(supervised.end().code(), Some(0));
}

/// A shell counts as the start of a node.
fn node(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_beam-mtls"));
    command
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", home)
        .env("BEAM_MTLS_COOKIE", "cookie")
        .args(["run", "--supervise", "--source=local", "--name=app@127.0.0.1", "--duration=1m"])
        .arg(format!("--directory={}", home.join("certificate").display()))
        .arg(format!("--config-directory={}", home.join("config").display()))
        .args(["--", "sh", "-c", READ]);
    command
}
