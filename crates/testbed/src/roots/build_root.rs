//! A directory inside a root file system in which its OTP compiles.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::otp::{self, Release};
use crate::workspace::Workspace;

/// Empty at first, removed when it is dropped.
pub struct BuildRoot {
    root: PathBuf,
    inside: String,
    directory: PathBuf,
}

impl BuildRoot {
    /// Creates the directory in the root of a release. Only one with the same name can exist at a time.
    pub fn new(workspace: &Workspace, release: &Release, name: &str) -> Result<Self> {
        let root = otp::root(workspace, release);
        let inside = format!("/tmp/xtask-{name}");
        let directory = root.join(inside.trim_start_matches('/'));
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
        Ok(Self { root, inside, directory })
    }

    /// The directory's path for commands in the root.
    pub fn inside(&self) -> &str {
        &self.inside
    }

    /// The directory's path on this machine.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A command that runs in the root.
    pub fn command(&self, name: &str) -> Command {
        let mut command = otp::chroot(&self.root);
        command.arg(name);
        command
    }

    /// Copies a file to a path below the directory.
    pub fn copy(&self, from: &Path, to: &Path) -> Result<()> {
        let to = self.directory.join(to);
        fs::create_dir_all(to.parent().context("a file has a directory")?)?;
        fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display()))?;
        Ok(())
    }
}

impl Drop for BuildRoot {
    fn drop(&mut self) {
        // The next one starts with an empty directory anyway.
        let _ = fs::remove_dir_all(&self.directory);
    }
}
