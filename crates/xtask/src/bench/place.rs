//! A directory for certificates and rendered files, removed when it is dropped.

use std::fs;
use std::path::{Path, PathBuf};
use std::process;

use anyhow::{Context, Result};
use testbed::Workspace;

/// A directory, and the storage that it is on.
pub struct Place {
    directory: PathBuf,
    /// The name in the table.
    pub name: String,
    /// Whether it is in memory like the chart's volumes, so that the aims apply.
    pub is_memory: bool,
}

impl Place {
    /// One in memory, if this machine has /dev/shm, and one on the disk of the target directory.
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
        fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
        Ok(Self { directory, name, is_memory })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        // What is left in memory is lost with the next boot, on disk with `cargo clean`.
        let _ = fs::remove_dir_all(&self.directory);
    }
}
