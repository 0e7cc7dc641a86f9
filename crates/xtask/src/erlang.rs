//! The object files of our Erlang modules: compiled from `erlang/beam_mtls/src`, committed in its `priv`, shipped inside
//! the binary. The oldest OTP compiles them, since newer ones run what it made.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};

use crate::otp::{self, Release};
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

/// Runs the modules in `test` with eunit, inside of the root of one OTP.
pub fn unit_tests(workspace: &Workspace, release: &Release, log: &Log) -> Result<()> {
    let library = workspace.root.join(LIBRARY);
    let workbench = Workbench::new(workspace, release)?;
    workbench.copy(&library.join("src"))?;
    let tests = workbench.copy(&library.join("test"))?;
    for module in workbench.modules()? {
        workbench.compile(&module, &["-DTEST"], log)?;
    }
    let tests: Vec<_> = tests.iter().filter_map(|test| module_of(test)).collect();
    let run = format!("halt(case eunit:test([{}], [verbose]) of ok -> 0; _ -> 1 end).", tests.join(", "));
    log.run(workbench.command("erl").args(["-noshell", "-pa", INSIDE, "-eval", &run]))
}

/// Compiles each module as it is shipped; yields the place of its object file, and the object.
fn compile(workspace: &Workspace, log: &Log) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let library = workspace.root.join(LIBRARY);
    let workbench = Workbench::new(workspace, otp::OLDEST)?;
    workbench.copy(&library.join("src"))?;
    let mut objects = Vec::new();
    for module in workbench.modules()? {
        let object = workbench.compile(&module, &SHIPPED, log)?;
        objects.push((library.join("priv").join(format!("{module}.beam")), object));
    }
    ensure!(!objects.is_empty(), "no module in {}", library.display());
    Ok(objects)
}

/// A directory inside of a root in which one OTP compiles, gone when it is dropped.
struct Workbench {
    root: PathBuf,
    directory: PathBuf,
}

impl Workbench {
    fn new(workspace: &Workspace, release: &Release) -> Result<Self> {
        let root = otp::directory(workspace).join(release.otp);
        let directory = root.join(INSIDE.trim_start_matches('/'));
        if directory.exists() {
            fs::remove_dir_all(&directory)?;
        }
        fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
        Ok(Self { root, directory })
    }

    fn copy(&self, from: &Path) -> Result<Vec<PathBuf>> {
        let sources = files(from)?;
        for source in &sources {
            let name = source.file_name().context("a file has a name")?;
            fs::copy(source, self.directory.join(name))
                .with_context(|| format!("cannot copy {}", source.display()))?;
        }
        Ok(sources)
    }

    fn modules(&self) -> Result<Vec<String>> {
        Ok(files(&self.directory)?.iter().filter_map(|file| module_of(file)).map(str::to_owned).collect())
    }

    fn compile(&self, module: &str, flags: &[&str], log: &Log) -> Result<Vec<u8>> {
        let source = format!("{INSIDE}/{module}.erl");
        log.run(self.command("erlc").args(["-o", INSIDE]).args(flags).arg(source))?;
        fs::read(self.directory.join(module).with_extension("beam")).context("erlc left no object file")
    }

    fn command(&self, name: &str) -> Command {
        let mut command = otp::chroot(&self.root);
        command.arg(name);
        command
    }
}

impl Drop for Workbench {
    fn drop(&mut self) {
        // The next one begins with an empty directory anyway.
        let _ = fs::remove_dir_all(&self.directory);
    }
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

const SHIPPED: [&str; 2] = ["+deterministic", "+warnings_as_errors"];

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
