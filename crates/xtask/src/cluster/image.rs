//! Images without an engine or a registry: an archive of directories, which containerd takes as it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::layout::Layout;
use super::sandbox::Sandbox;
use crate::step::Log;

/// An image to be; pods name it `podcert.local/test/<name>:<tag>`.
pub struct Image<'a> {
    /// Its name without the registry.
    pub name: &'a str,
    /// It should not be `latest`, which kubelet would want to pull.
    pub tag: &'a str,
    /// Root file systems, the lower ones first. Images that have the same lower ones share them.
    pub layers: Vec<PathBuf>,
    /// The command, with its path in the image.
    pub entrypoint: &'a [&'a str],
    /// Variables, each `NAME=value`.
    pub environment: &'a [&'a str],
}

impl Image<'_> {
    /// Makes the archive and gives it to containerd.
    pub fn load(&self, layout: &Layout, sandbox: &Sandbox, log: &Log) -> Result<()> {
        let directory = layout.up().join("images").join(self.name);
        fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
        let archive = self.archive(&directory, log)?;
        log.run(
            sandbox
                .command("ctr")
                .args(["--namespace", "k8s.io", "images", "import"])
                .arg(layout.inside(&archive)),
        )?;
        fs::remove_dir_all(&directory)?;
        Ok(())
    }

    fn archive(&self, directory: &Path, log: &Log) -> Result<PathBuf> {
        let layers: Vec<_> = (0..self.layers.len()).map(|number| format!("{number}.tar")).collect();
        let mut digests = Vec::new();
        for (root, layer) in self.layers.iter().zip(&layers) {
            let layer = directory.join(layer);
            // Sorted, so that the same files make the same layer.
            log.run(tar(&layer).args(["--sort=name", "--numeric-owner", "."]).current_dir(root))?;
            digests.push(format!("sha256:{}", digest(&layer)?));
        }
        let config = json!({
            "architecture": ARCHITECTURE,
            "os": "linux",
            "config": { "Entrypoint": self.entrypoint, "Env": self.environment, "User": USER, "WorkingDir": "/" },
            "rootfs": { "type": "layers", "diff_ids": digests },
        });
        let reference = format!("podcert.local/test/{}:{}", self.name, self.tag);
        let manifest = json!([{ "Config": "config.json", "RepoTags": [reference], "Layers": layers }]);
        fs::write(directory.join("config.json"), config.to_string())?;
        fs::write(directory.join("manifest.json"), manifest.to_string())?;

        let archive = directory.join("image.tar");
        log.run(tar(&archive).args(["manifest.json", "config.json"]).args(&layers).current_dir(directory))?;
        Ok(archive)
    }
}

/// An image with nothing but one static program of ours, at its root.
pub fn of_program(program: &Path, tag: &str, layout: &Layout, sandbox: &Sandbox, log: &Log) -> Result<()> {
    of_program_on(Vec::new(), program, tag, &[], layout, sandbox, log)
}

/// The same above root file systems that it finds there.
pub fn of_program_on(
    mut layers: Vec<PathBuf>,
    program: &Path,
    tag: &str,
    environment: &[&str],
    layout: &Layout,
    sandbox: &Sandbox,
    log: &Log,
) -> Result<()> {
    let name = program.file_name().and_then(|name| name.to_str()).context("a program has a name")?;
    let root = layout.up().join("roots").join(name);
    fs::create_dir_all(&root)?;
    fs::copy(program, root.join(name)).with_context(|| format!("cannot copy {}", program.display()))?;
    let entrypoint = [&*format!("/{name}")];
    layers.push(root.clone());
    let image = Image { name, tag, layers, entrypoint: &entrypoint, environment };
    image.load(layout, sandbox, log)?;
    fs::remove_dir_all(&root)?;
    Ok(())
}

fn tar(archive: &Path) -> Command {
    let mut tar = Command::new("tar");
    tar.arg("--create").arg("--file").arg(archive);
    tar
}

fn digest(file: &Path) -> Result<String> {
    let output = Command::new("sha256sum").arg(file).output().context("cannot run sha256sum")?;
    ensure!(output.status.success(), "sha256sum: {}", String::from_utf8_lossy(&output.stderr).trim());
    let text = String::from_utf8(output.stdout)?;
    Ok(text.split(' ').next().unwrap_or_default().to_owned())
}

/// By number, since only so kubelet knows that it is not root.
const USER: &str = "65532";

/// As Go calls it.
const ARCHITECTURE: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
