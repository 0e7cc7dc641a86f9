//! The cluster's files: all below `target/cluster`, which its programs see as `/run/cluster`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::workspace::Workspace;

/// The paths of files and directories. They need not exist.
pub struct Layout {
    /// `target/cluster`
    pub root: PathBuf,
    /// The Go modules and configurations.
    pub sources: PathBuf,
}

impl Layout {
    /// The layout for a workspace.
    pub fn new(workspace: &Workspace) -> Self {
        Self {
            root: workspace.target.join("cluster"),
            sources: workspace.root.join("crates/testbed/kubernetes"),
        }
    }

    /// The programs; kept when the cluster ends.
    pub fn binaries(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// A program.
    pub fn binary(&self, name: &str) -> PathBuf {
        self.binaries().join(name)
    }

    /// Go's module and build caches.
    pub fn go_cache(&self, kind: &str) -> PathBuf {
        self.root.join("go").join(kind)
    }

    /// The logs of the last cluster's programs; kept when it ends, so that failures can be examined.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// Archives of images; kept when the cluster ends.
    pub fn images(&self) -> PathBuf {
        self.root.join("images")
    }

    /// Everything that belongs to the cluster that is up, and is removed with it.
    pub fn up(&self) -> PathBuf {
        self.root.join("up")
    }

    /// Locks the cluster until the file is dropped; a second process that brings it up or down waits.
    pub fn lock(&self) -> Result<File> {
        fs::create_dir_all(&self.root)?;
        let lock = File::create(self.root.join(".lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    /// Keys, certificates, and the kubeconfigs that refer to them.
    pub fn pki(&self) -> PathBuf {
        self.up().join("pki")
    }

    /// The administrator's kubeconfig, for users and tests.
    pub fn kubeconfig(&self) -> PathBuf {
        self.pki().join("admin.kubeconfig")
    }

    /// kubectl's cache, which would otherwise be in the home directory.
    pub fn kubectl_cache(&self) -> PathBuf {
        self.up().join("kubectl-cache")
    }

    /// The path of a file for the cluster's programs.
    pub fn inside(&self, path: &Path) -> PathBuf {
        Path::new(INSIDE).join(path.strip_prefix(&self.root).unwrap_or(path))
    }
}

/// Where `namespaces.sh` mounts `target/cluster`; the files in `crates/testbed/kubernetes/config` contain this path.
pub const INSIDE: &str = "/run/cluster";
