//! A directory inside of a root file system in which its OTP compiles.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::otp::{self, Release};
use crate::workspace::Workspace;

/// Empty at first, gone when it is dropped.
pub struct Workbench {
    root: PathBuf,
    inside: String,
    directory: PathBuf,
}

impl Workbench {
    /// In the root of a release; one of a name at a time.
    pub fn new(workspace: &Workspace, release: &Release, name: &str) -> Result<Self> {
        let root = otp::root(workspace, release);
        let inside = format!("/tmp/xtask-{name}");
        let directory = root.join(inside.trim_start_matches('/'));
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
        Ok(Self { root, inside, directory })
    }

    /// Its path as its commands see it.
    pub fn inside(&self) -> &str {
        &self.inside
    }

    /// Its path as we see it.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// A command in the root.
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

impl Drop for Workbench {
    fn drop(&mut self) {
        // The next one begins with an empty directory anyway.
        let _ = fs::remove_dir_all(&self.directory);
    }
}
