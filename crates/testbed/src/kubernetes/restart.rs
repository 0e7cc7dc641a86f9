//! Restarts a program of the control plane as after a crash.

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

/// Kills a program, starts it again, and returns when the API server is ready. A program that is not running is only
/// started.
pub fn program(layout: &Layout, namespaces: &Namespaces, name: &str, log: &Log) -> Result<()> {
    for process in processes(namespaces, name)? {
        end(&process, log)?;
    }
    let program = programs::CONTROL_PLANE.into_iter().find(|(candidate, _)| *candidate == name);
    let (name, arguments) = program.with_context(|| format!("{name} is not part of the control plane"))?;
    namespaces.start(layout, name, arguments, log)?;
    node::await_api(layout, namespaces, log)
}

/// The cluster's processes with this name, as directories in `/proc`. Processes of pods are in other namespaces.
fn processes(namespaces: &Namespaces, name: &str) -> Result<Vec<PathBuf>> {
    let namespace = |process: &Path| fs::read_link(process.join("ns/pid"));
    let cluster = namespace(&Path::new("/proc").join(namespaces.pid.to_string()))?;
    let directories = fs::read_dir("/proc")?.filter_map(|entry| Some(entry.ok()?.path()));
    let is_ours = |process: &Path| namespace(process).is_ok_and(|namespace| namespace == cluster);
    let has_name = |process: &Path| {
        let line = fs::read(process.join("cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).next() == Some(name.as_bytes())
    };
    Ok(directories.filter(|process| is_ours(process) && has_name(process)).collect())
}

/// Returns when the process is gone, and the ports that it listened on are free.
fn end(process: &Path, log: &Log) -> Result<()> {
    log.run(Command::new("kill").arg("-KILL").args(process.file_name()))?;
    let since = Instant::now();
    while process.exists() {
        ensure!(since.elapsed() < Duration::from_secs(10), "{} did not end", process.display());
        sleep(Duration::from_millis(20));
    }
    Ok(())
}
