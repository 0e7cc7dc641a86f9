//! Images without an engine or a registry: archives of directories, which containerd imports.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::containerfile::Containerfile;
use super::layout::Layout;
use super::namespaces::Namespaces;
use crate::log::Log;

/// An image to build; pods refer to it as `podcert.local/test/<name>:<tag>`.
pub struct Image<'a> {
    /// The name without the registry.
    pub name: &'a str,
    /// Not `latest`, which kubelet would try to pull.
    pub tag: &'a str,
    /// Root file systems, lowest first. Images with the same lower layers share them.
    pub layers: Vec<PathBuf>,
    /// The command, with its path in the image.
    pub entrypoint: Vec<String>,
    /// Its arguments, unless a pod sets others.
    pub arguments: &'a [&'a str],
    /// Variables, each `NAME=value`.
    pub environment: &'a [&'a str],
    /// The user that runs it, by number, since kubelet cannot tell from a name whether that is root.
    pub user: String,
}

/// An archive that holds an image.
pub struct Archive(PathBuf);

impl Image<'_> {
    /// Writes the archive, which is kept below `target/cluster/images`.
    pub fn archive(&self, layout: &Layout, log: &Log) -> Result<Archive> {
        let images = layout.images();
        let directory = images.join(format!(".{}-{}", self.name, self.tag));
        fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
        let layers: Vec<_> = (0..self.layers.len()).map(|number| format!("{number}.tar")).collect();
        let mut digests = Vec::new();
        for (root, layer) in self.layers.iter().zip(&layers) {
            let layer = directory.join(layer);
            // Sorted, so that the same files result in the same layer.
            log.run(tar(&layer).args(["--sort=name", "--numeric-owner", "."]).current_dir(root))?;
            digests.push(format!("sha256:{}", digest(&layer)?));
        }
        let config = json!({
            "architecture": ARCHITECTURE,
            "os": "linux",
            "config": {
                "Entrypoint": self.entrypoint,
                "Cmd": self.arguments,
                "Env": self.environment,
                "User": self.user,
                "WorkingDir": "/",
            },
            "rootfs": { "type": "layers", "diff_ids": digests },
        });
        let reference = format!("podcert.local/test/{}:{}", self.name, self.tag);
        let manifest = json!([{ "Config": "config.json", "RepoTags": [reference], "Layers": layers }]);
        fs::write(directory.join("config.json"), config.to_string())?;
        fs::write(directory.join("manifest.json"), manifest.to_string())?;

        let archive = images.join(format!("{}-{}.tar", self.name, self.tag));
        log.run(tar(&archive).args(["manifest.json", "config.json"]).args(&layers).current_dir(&directory))?;
        fs::remove_dir_all(&directory)?;
        Ok(Archive(archive))
    }
}

impl Archive {
    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Imports it into containerd.
    pub fn load(&self, layout: &Layout, namespaces: &Namespaces, log: &Log) -> Result<()> {
        let mut ctr = namespaces.command("ctr");
        log.run(ctr.args(["--namespace", "k8s.io", "images", "import"]).arg(layout.inside(&self.0)))
    }
}

/// Builds the image that a Containerfile describes, with a directory as its context.
pub fn of_containerfile(
    name: &str,
    tag: &str,
    file: &Path,
    context: &Path,
    layout: &Layout,
    log: &Log,
) -> Result<Archive> {
    let file = Containerfile::read(file)?;
    let root = layout.images().join(format!(".root-{name}"));
    empty(&root)?;
    for (from, to) in &file.copies {
        copy(&context.join(from), &root.join(to.strip_prefix("/").unwrap_or(to)))?;
    }
    of_root(name, tag, root, file.entrypoint, file.user, layout, log)
}

/// Builds an image that contains only a static program, at its root.
pub fn of_program(program: &Path, tag: &str, layout: &Layout, log: &Log) -> Result<Archive> {
    let name = program.file_name().and_then(|name| name.to_str()).context("a program has a name")?;
    let root = layout.images().join(format!(".root-{name}"));
    empty(&root)?;
    copy(program, &root.join(name))?;
    of_root(name, tag, root, vec![format!("/{name}")], USER.to_owned(), layout, log)
}

fn of_root(
    name: &str,
    tag: &str,
    root: PathBuf,
    entrypoint: Vec<String>,
    user: String,
    layout: &Layout,
    log: &Log,
) -> Result<Archive> {
    let layers = vec![root.clone()];
    let image = Image { name, tag, layers, entrypoint, arguments: &[], environment: &[], user };
    let archive = image.archive(layout, log)?;
    fs::remove_dir_all(&root)?;
    Ok(archive)
}

/// Removes what an interrupted run left behind.
pub fn empty(directory: &Path) -> Result<()> {
    if directory.exists() {
        fs::remove_dir_all(directory).with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    Ok(())
}

/// Copies a file, and creates its directory if needed.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to.parent().unwrap_or(Path::new("/")))?;
    fs::copy(from, to).with_context(|| format!("cannot copy {} to {}", from.display(), to.display()))?;
    Ok(())
}

/// The conventional number of `nonroot` in images.
pub const USER: &str = "65532:65532";

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

/// By Go's name.
const ARCHITECTURE: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
