//! The object files of our Erlang modules: compiled from `erlang/beam_mtls/src`, committed in its `priv`, shipped inside
//! the binary. The oldest OTP compiles them, since newer ones run what it made.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};

use crate::otp;
use crate::step::{Log, Steps};
use crate::workspace::Workspace;

/// `cargo xtask erlang [--check]`
pub fn run(workspace: &Workspace, check_only: bool) -> Result<ExitCode> {
    if let Some(reason) = otp::obstacle() {
        bail!("{reason}");
    }
    let steps = Steps::new(workspace);
    if otp::make_one(workspace, &steps, otp::OLDEST) {
        steps.run("erlang", |log| if check_only { check(workspace, log) } else { rewrite(workspace, log) });
    }
    Ok(steps.close())
}

/// Compares the committed object files with what the sources compile to; needs the root of the oldest OTP.
pub fn check(workspace: &Workspace, log: &Log) -> Result<()> {
    let objects = compile(workspace, log)?;
    for committed in files(&workspace.root.join(LIBRARY).join("priv"))? {
        let has_source = objects.iter().any(|(object, _)| *object == committed);
        ensure!(has_source, "{} has no source: remove it", workspace.shown(&committed));
    }
    for (committed, object) in objects {
        let shown = workspace.shown(&committed);
        let found = fs::read(&committed).with_context(|| format!("no {shown}: run `cargo xtask erlang`"))?;
        ensure!(
            found == object,
            "{shown} was not compiled from these sources: run `cargo xtask erlang` and commit it"
        );
        log.write(&format!("{shown} is up to date"))?;
    }
    Ok(())
}

fn rewrite(workspace: &Workspace, log: &Log) -> Result<()> {
    for (committed, object) in compile(workspace, log)? {
        fs::create_dir_all(committed.parent().context("an object file has a directory")?)?;
        fs::write(&committed, object).with_context(|| format!("cannot write {}", committed.display()))?;
        log.write(&format!("wrote {}", workspace.shown(&committed)))?;
    }
    Ok(())
}

/// Compiles each module inside of the root; yields the place of its object file, and the object.
fn compile(workspace: &Workspace, log: &Log) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let library = workspace.root.join(LIBRARY);
    let root = otp::directory(workspace).join(otp::OLDEST.otp);
    let outside = root.join(INSIDE.trim_start_matches('/'));
    if outside.exists() {
        fs::remove_dir_all(&outside)?;
    }
    copy_sources(&library.join("src"), &outside)?;

    let mut objects = Vec::new();
    for source in files(&outside)? {
        let Some(module) = module_of(&source) else { continue };
        log.run(
            otp::chroot(&root)
                .arg("erlc")
                .args(FLAGS)
                .args(["-o", INSIDE])
                .arg(format!("{INSIDE}/{module}.erl")),
        )?;
        let object = format!("{module}.beam");
        objects.push((library.join("priv").join(&object), fs::read(outside.join(object))?));
    }
    ensure!(!objects.is_empty(), "no module in {}", library.display());
    fs::remove_dir_all(&outside)?;
    Ok(objects)
}

fn copy_sources(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for source in files(from)? {
        let name = source.file_name().context("a file has a name")?;
        fs::copy(&source, to.join(name)).with_context(|| format!("cannot copy {}", source.display()))?;
    }
    Ok(())
}

fn files(directory: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    files.retain(|path| path.is_file());
    files.sort();
    Ok(files)
}

fn module_of(source: &Path) -> Option<&str> {
    let is_source = source.extension().is_some_and(|extension| extension == "erl");
    source.file_stem()?.to_str().filter(|_| is_source)
}

const LIBRARY: &str = "erlang/beam_mtls";

/// Where the sources are put inside of the root. What erlc writes does not depend on it, thanks to +deterministic.
const INSIDE: &str = "/tmp/xtask-erlang";

const FLAGS: [&str; 2] = ["+deterministic", "+warnings_as_errors"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sources_are_compiled() {
        assert_eq!(module_of(Path::new("src/beam_mtls_dist.erl")), Some("beam_mtls_dist"));
        assert_eq!(module_of(Path::new("src/beam_mtls_dist.hrl")), None);
        assert_eq!(module_of(Path::new("src/beam_mtls.app.src")), None);
    }
}
