//! Where the workspace is, and where cargo builds it.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::environment;

/// The directories that every command starts from, both absolute.
pub struct Workspace {
    /// The repository.
    pub root: PathBuf,
    /// Cargo's target directory, also when it is configured to be elsewhere; all that we make lies below it.
    pub target: PathBuf,
}

impl Workspace {
    /// Asks cargo, which knows every way to configure these.
    pub fn find() -> Result<Self> {
        let metadata = metadata(&["--no-deps", "--offline"])?;
        let path = |key: &str| -> Result<PathBuf> {
            Ok(metadata[key].as_str().with_context(|| format!("cargo metadata tells no {key}"))?.into())
        };
        Ok(Self { root: path("workspace_root")?, target: path("target_directory")? })
    }

    /// A path as it is shown: relative to the repository where it lies inside.
    pub fn shown(&self, path: &std::path::Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

/// What `cargo metadata` says about this workspace.
pub fn metadata(arguments: &[&str]) -> Result<Value> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let output = environment::cargo()
        .args(["metadata", "--format-version", "1", "--manifest-path", manifest])
        .args(arguments)
        .output()
        .context("cannot run cargo")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    serde_json::from_slice(&output.stdout).context("cargo metadata wrote no JSON")
}
