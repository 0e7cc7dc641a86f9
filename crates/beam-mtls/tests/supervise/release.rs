//! A release whose script runs what follows its command, `version`. That command starts no node, so nothing is needed for
//! a certificate.

use std::process::Command;

/// Runs `command` under `beam-mtls run --supervise`.
pub fn supervise(command: &[&str]) -> Command {
    supervise_behind(&[], command)
}

/// The same behind a wrapper.
pub fn supervise_behind(wrapper: &[&str], command: &[&str]) -> Command {
    let ours = [env!("CARGO_BIN_EXE_beam-mtls"), "run", "--supervise", "--"];
    alone_behind(&[wrapper, &ours].concat(), command)
}

/// Runs `command` behind a wrapper and without us.
pub fn alone_behind(wrapper: &[&str], command: &[&str]) -> Command {
    let words = [&WITH_DEFAULT_SIGNALS, wrapper, &[SCRIPT, "version"], command].concat();
    let mut call = Command::new(words[0]);
    call.args(&words[1..]).env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    call
}

/// These tests may have been started with signals ignored, as by a shell in the background.
const WITH_DEFAULT_SIGNALS: [&str; 2] = ["env", "--default-signal"];

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/supervise/release/bin/shop");
