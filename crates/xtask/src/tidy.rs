//! Rules that clippy cannot check. Each rule is a function from a file's text to its faults.

mod images;
mod links;
mod rules;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, ensure};
use testbed::{Log, Workspace};

use crate::step::Steps;

/// `cargo xtask tidy`
pub fn run(workspace: &Workspace) -> Result<ExitCode> {
    let steps = Steps::new(workspace);
    steps.run("tidy", |log| check(workspace, log));
    Ok(steps.close())
}

/// Applies all rules to all files. The log has each fault, with the file and what to do.
pub fn check(workspace: &Workspace, log: &Log) -> Result<()> {
    let files = files(&workspace.root)?;
    let mut faults = Vec::new();
    for file in &files {
        // Skip what is not text (object files) or was deleted but not committed yet.
        let Ok(text) = fs::read_to_string(workspace.root.join(file)) else { continue };
        faults.extend(faults_of(&workspace.root, file, &text));
    }
    for required in ["Cargo.lock", "README.md"] {
        if !files.iter().any(|file| file == Path::new(required)) {
            faults.push(format!("{required}: is missing; write it and commit it"));
        }
    }
    for fault in &faults {
        log.write(fault)?;
    }
    ensure!(faults.is_empty(), "{} faults", faults.len());
    log.write(&format!("{} files are tidy", files.len()))
}

fn faults_of(root: &Path, file: &Path, text: &str) -> Vec<String> {
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let mut faults = Vec::new();
    if matches!(extension, "rs" | "erl") {
        faults.extend(rules::opening_comment(extension, text));
        faults.extend(rules::length(text));
    }
    if name != "Cargo.lock" {
        faults.extend(rules::paths_of_one_machine(root, text));
    }
    if name == "Cargo.toml" && text.contains("[package]") {
        faults.extend(rules::manifest(text));
    }
    if name == "Containerfile" {
        faults.extend(images::pinned(text));
    }
    if extension == "md" {
        let directory = root.join(file).parent().map(Path::to_owned).unwrap_or_default();
        faults.extend(links::broken(text, |target| {
            let path = directory.join(target);
            path.exists().then(|| fs::read_to_string(path).unwrap_or_default())
        }));
    }
    if file == Path::new("README.md") {
        faults.extend(rules::commands(text));
    }
    faults.into_iter().map(|fault| format!("{}: {fault}", file.display())).collect()
}

/// All files that git tracks or would add, so that new files are checked too.
fn files(root: &Path) -> Result<Vec<PathBuf>> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root)
        .output()
        .context("cannot run git")?;
    ensure!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(String::from_utf8_lossy(&output.stdout).lines().map(PathBuf::from).collect())
}
