//! The object files of the Erlang modules that are shipped inside the binary: compiled from `erlang/beam_mtls/src`,
//! committed in its `priv`. The oldest OTP compiles them, since newer ones can load its object files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail, ensure};
use testbed::roots::BuildRoot;
use testbed::roots::otp::{self, Release};
use testbed::{Log, Workspace};

use crate::prepare;
use crate::step::Steps;

/// `cargo xtask erlang [--check]`
pub fn run(workspace: &Workspace, check_only: bool) -> Result<ExitCode> {
    if let Some(reason) = otp::obstacle() {
        bail!("{reason}");
    }
    let steps = Steps::new(workspace);
    if prepare::root(workspace, &steps, otp::OLDEST) {
        steps.run("erlang", |log| if check_only { check(workspace, log) } else { rewrite(workspace, log) });
    }
    Ok(steps.close())
}

/// Compares the committed object files with those compiled from the sources. Needs the root of the oldest OTP.
pub fn check(workspace: &Workspace, log: &Log) -> Result<()> {
    let objects = compile_shipped(workspace, log)?;
    for committed in files(&workspace.root.join(LIBRARY).join("priv"))? {
        let is_shipped = objects.iter().any(|(object, _)| *object == committed);
        ensure!(is_shipped, "{} is not shipped: remove it", workspace.shown(&committed));
    }
    for (committed, object) in objects {
        let shown = workspace.shown(&committed);
        let found =
            fs::read(&committed).with_context(|| format!("{shown} is missing: run `cargo xtask erlang`"))?;
        ensure!(
            found == object,
            "{shown} was not compiled from these sources: run `cargo xtask erlang` and commit it"
        );
        log.write(&format!("{shown} is up to date"))?;
    }
    Ok(())
}

fn rewrite(workspace: &Workspace, log: &Log) -> Result<()> {
    for (committed, object) in compile_shipped(workspace, log)? {
        fs::create_dir_all(committed.parent().context("an object file has a directory")?)?;
        fs::write(&committed, object).with_context(|| format!("cannot write {}", committed.display()))?;
        log.write(&format!("wrote {}", workspace.shown(&committed)))?;
    }
    Ok(())
}

/// Compiles all modules, and runs those in `test` with eunit, inside the root of one OTP.
pub fn unit_tests(workspace: &Workspace, release: &Release, log: &Log) -> Result<()> {
    let library = workspace.root.join(LIBRARY);
    let build_root = BuildRoot::new(workspace, release, NAME)?;
    let tests = files(&library.join("test"))?;
    for source in files(&library.join("src"))?.iter().chain(&tests) {
        if let Some(module) = module_of(source) {
            compile(&build_root, source, module, &["-DTEST"], log)?;
        }
    }
    let tests: Vec<_> = tests.iter().filter_map(|test| module_of(test)).collect();
    let run = format!("halt(case eunit:test([{}], [verbose]) of ok -> 0; _ -> 1 end).", tests.join(", "));
    log.run(build_root.command("erl").args(["-noshell", "-pa", build_root.inside(), "-eval", &run]))
}

/// Compiles each shipped module. Returns the paths of the object files and their contents.
fn compile_shipped(workspace: &Workspace, log: &Log) -> Result<Vec<(PathBuf, Vec<u8>)>> {
    let library = workspace.root.join(LIBRARY);
    let build_root = BuildRoot::new(workspace, otp::OLDEST, NAME)?;
    let objects = SHIPPED.iter().map(|module| {
        let source = library.join("src").join(format!("{module}.erl"));
        let object = compile(&build_root, &source, module, &FLAGS, log)?;
        Ok((library.join("priv").join(format!("{module}.beam")), object))
    });
    objects.collect()
}

fn compile(
    build_root: &BuildRoot,
    source: &Path,
    module: &str,
    flags: &[&str],
    log: &Log,
) -> Result<Vec<u8>> {
    let name = format!("{module}.erl");
    build_root.copy(source, Path::new(&name))?;
    let inside = build_root.inside();
    log.run(build_root.command("erlc").args(["-o", inside]).args(flags).arg(format!("{inside}/{name}")))?;
    fs::read(build_root.directory().join(module).with_extension("beam")).context("erlc wrote no object file")
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

/// The name of the build root. With +deterministic, the object files do not depend on it.
const NAME: &str = "erlang";

/// The other modules are for users who add the library to their release.
const SHIPPED: [&str; 8] = [
    "beam_mtls_certificate",
    "beam_mtls_dist",
    "beam_mtls_dist_acceptor",
    "beam_mtls_dist_binding",
    "beam_mtls_dist_pool",
    "beam_mtls_link",
    "beam_mtls_observer",
    "beam_mtls_rpc",
];

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
