//! What several tests need.

use std::path::Path;
use std::process::{Command, Output};

/// The program with these arguments, and nothing in its environment but a home and these variables.
pub(crate) fn podcert(home: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_podcert"))
        .env_clear()
        .env("HOME", home)
        .envs(variables.iter().copied())
        .args(arguments)
        .output()
        .unwrap()
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
