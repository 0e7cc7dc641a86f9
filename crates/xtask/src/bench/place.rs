//! A directory for certificates and rendered files, gone when it is dropped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context, Result};
use testbed::Workspace;

/// A directory, and what it lies on.
pub struct Place {
    directory: PathBuf,
    /// For the table.
    pub name: String,
    /// Whether it is like the volumes that a chart mounts, so that the aims hold for it.
    pub is_memory: bool,
}

impl Place {
    /// In memory, where this machine has a place for that, and on the disk of the target directory.
    pub fn all(workspace: &Workspace) -> Result<Vec<Self>> {
        let memory = Path::new("/dev/shm");
        let mut places = Vec::new();
        if memory.is_dir() {
            places.push(Self::below(memory, "/dev/shm (memory, as in a pod)".to_owned(), true)?);
        }
        let disk = format!("{} (disk: every file waits for it)", workspace.shown(&workspace.target));
        places.push(Self::below(&workspace.target, disk, false)?);
        Ok(places)
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.directory
    }

    fn below(parent: &Path, name: String, is_memory: bool) -> Result<Self> {
        let directory = parent.join(format!("beam-mtls-bench-{}", process::id()));
        fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
        Ok(Self { directory, name, is_memory })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left in memory goes with the machine, on disk with `cargo clean`.
        let _ = fs::remove_dir_all(&self.directory);
    }
}
