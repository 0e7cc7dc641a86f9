//! Where the cluster's files lie: all below `target/cluster`, which its own programs see as `/run/cluster`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::workspace::Workspace;

/// The directories; nothing is made by asking for them.
pub struct Layout {
    /// `target/cluster`
    pub root: PathBuf,
    /// The Go modules and configurations that we start from.
    pub sources: PathBuf,
}

impl Layout {
    /// Follows from the workspace alone.
    pub fn new(workspace: &Workspace) -> Self {
        Self { root: workspace.target.join("cluster"), sources: workspace.root.join("tests/cluster") }
    }

    /// What was built; stays when the cluster goes.
    pub fn binaries(&self) -> PathBuf {
        self.root.join("bin")
    }

    /// One of the programs.
    pub fn binary(&self, name: &str) -> PathBuf {
        self.binaries().join(name)
    }

    /// Go's module and build caches.
    pub fn go_cache(&self, kind: &str) -> PathBuf {
        self.root.join("go").join(kind)
    }

    /// What the programs of the last cluster wrote; stays when it goes, so that one can read why.
    pub fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// Archives of images; they stay when the cluster goes.
    pub fn images(&self) -> PathBuf {
        self.root.join("images")
    }

    /// Everything that belongs to the running cluster, and goes with it.
    pub fn up(&self) -> PathBuf {
        self.root.join("up")
    }

    /// Held by whoever brings the cluster up or down, until the file is dropped: another one waits.
    pub fn lock(&self) -> Result<File> {
        fs::create_dir_all(&self.root)?;
        let lock = File::create(self.root.join(".lock"))?;
        lock.lock()?;
        Ok(lock)
    }

    /// Keys, certificates and the kubeconfigs that refer to them.
    pub fn pki(&self) -> PathBuf {
        self.up().join("pki")
    }

    /// For people and tests: may do everything.
    pub fn kubeconfig(&self) -> PathBuf {
        self.pki().join("admin.kubeconfig")
    }

    /// Otherwise kubectl would write to the home directory.
    pub fn kubectl_cache(&self) -> PathBuf {
        self.up().join("kubectl-cache")
    }

    /// The same file as the cluster's programs see it.
    pub fn inside(&self, path: &Path) -> PathBuf {
        Path::new(INSIDE).join(path.strip_prefix(&self.root).unwrap_or(path))
    }
}

/// Where `sandbox.sh` mounts `target/cluster`; the configurations in `tests/cluster/config` name it.
pub const INSIDE: &str = "/run/cluster";
