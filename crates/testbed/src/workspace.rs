//! The workspace and its target directory.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::environment;

/// The two directories that everything else is relative to; both are absolute.
pub struct Workspace {
    /// The repository.
    pub root: PathBuf,
    /// Cargo's target directory, even if it is configured to be elsewhere. Everything that we make is below it.
    pub target: PathBuf,
}

impl Workspace {
    /// Asks cargo, which knows all ways to configure them.
    pub fn find() -> Result<Self> {
        let metadata = metadata(&["--no-deps", "--offline"])?;
        let path = |key: &str| -> Result<PathBuf> {
            Ok(metadata[key].as_str().with_context(|| format!("cargo metadata has no {key}"))?.into())
        };
        Ok(Self { root: path("workspace_root")?, target: path("target_directory")? })
    }

    /// A path as it is printed: relative to the repository if it is inside.
    pub fn shown(&self, path: &std::path::Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

/// What `cargo metadata` prints about this workspace.
fn metadata(arguments: &[&str]) -> Result<Value> {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let output = environment::cargo()
        .args(["metadata", "--format-version", "1", "--manifest-path", manifest])
        .args(arguments)
        .output()
        .context("cannot run cargo")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr).trim());
    serde_json::from_slice(&output.stdout).context("cargo metadata did not print JSON")
}
