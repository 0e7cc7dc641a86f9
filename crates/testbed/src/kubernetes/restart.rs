//! `cargo xtask cluster restart`: a program of the control plane ends as in a crash, and comes back.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::layout::Layout;
use super::namespaces::Namespaces;
use super::{node, programs};
use crate::log::Log;

/// One that does not run is only started.
pub fn program(layout: &Layout, sandbox: &Namespaces, name: &str, log: &Log) -> Result<()> {
    for process in processes(sandbox, name)? {
        end(&process, log)?;
    }
    let program = programs::CONTROL_PLANE.into_iter().find(|(candidate, _)| *candidate == name);
    let (name, arguments) = program.with_context(|| format!("{name} is not of the control plane"))?;
    sandbox.start(layout, name, arguments, log)?;
    node::await_api(layout, sandbox, log)
}

/// The cluster's own processes that were called by this name, as directories in `/proc`. What runs in pods is in other
/// namespaces.
fn processes(sandbox: &Namespaces, name: &str) -> Result<Vec<PathBuf>> {
    let namespace = |process: &Path| fs::read_link(process.join("ns/pid"));
    let cluster = namespace(&Path::new("/proc").join(sandbox.pid.to_string()))?;
    let directories = fs::read_dir("/proc")?.filter_map(|entry| Some(entry.ok()?.path()));
    let is_ours = |process: &Path| namespace(process).is_ok_and(|namespace| namespace == cluster);
    let is_called_so = |process: &Path| {
        let line = fs::read(process.join("cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).next() == Some(name.as_bytes())
    };
    Ok(directories.filter(|process| is_ours(process) && is_called_so(process)).collect())
}

/// Returns when it is gone, and with it what it listened on.
fn end(process: &Path, log: &Log) -> Result<()> {
    log.run(Command::new("kill").arg("-KILL").args(process.file_name()))?;
    let since = Instant::now();
    while process.exists() {
        ensure!(since.elapsed() < Duration::from_secs(10), "{} does not end", process.display());
        sleep(Duration::from_millis(20));
    }
    Ok(())
}
