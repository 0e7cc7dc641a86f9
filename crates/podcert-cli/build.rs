//! Puts the commit into what `--version` prints.

use std::path::Path;
use std::process::Command;

/// A debug build is rebuilt after each change, so it does not watch the commit as well.
const RELEASE: &str = "release";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let version = env!("CARGO_PKG_VERSION");
    let commit = if is_release() { commit() } else { None };
    let version = commit.map_or_else(|| version.to_owned(), |commit| format!("{version} ({commit})"));
    println!("cargo::rustc-env=PODCERT_VERSION={version}");
}

#[expect(clippy::disallowed_methods, reason = "Cargo tells build scripts the profile this way")]
fn is_release() -> bool {
    std::env::var("PROFILE").is_ok_and(|profile| profile == RELEASE)
}

/// The commit that is checked out. There is none without git, in a tree that was unpacked from an archive, and in one
/// that is a folder of a different repository.
fn commit() -> Option<String> {
    let workspace = Path::new("../..").canonicalize().ok()?;
    if Path::new(&git(&["rev-parse", "--show-toplevel"])?).canonicalize().ok()? != workspace {
        return None;
    }
    let commit = git(&["rev-parse", "--short=7", "HEAD"])?;
    // The log grows whenever HEAD moves, also on a branch. Cargo would rebuild each time for a file that is missing.
    let path = git(&["rev-parse", "--git-path", "logs/HEAD"])?;
    if Path::new(&path).exists() {
        println!("cargo::rerun-if-changed={path}");
    }
    Some(commit)
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned()).filter(|text| !text.is_empty())
}
