//! What a cluster could leave on a machine, looked at before and after.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::layout::Layout;
use crate::log::Log;

/// Everything that is compared, by kind.
pub struct HostSnapshot(BTreeMap<&'static str, BTreeSet<String>>);

impl HostSnapshot {
    /// Records the current state.
    pub fn take(layout: &Layout) -> Result<Self> {
        let mounts = fs::read_to_string("/proc/self/mounts")?;
        Ok(Self(BTreeMap::from([
            ("mounts", mounts.lines().map(str::to_owned).collect()),
            ("network devices", names_in("/sys/class/net")),
            ("routes", output("ip", &["route", "show", "table", "all"])),
            ("firewall rules", output("nft", &["list", "ruleset"])),
            ("sysctls", sysctls()),
            ("folders", FOLDERS.iter().flat_map(|folder| names_in(folder)).collect()),
            ("cgroups", cgroups(&mounts, &super::cgroups::name(layout)?)),
            ("files of the cluster", names_in(&layout.up().display().to_string())),
        ])))
    }

    /// Writes what is compared, and fails when anything is not as it was.
    pub fn compare(&self, after: &Self, log: &Log) -> Result<()> {
        let mut changed = Vec::new();
        for (kind, was) in &self.0 {
            let is = &after.0[kind];
            log.write(&format!("{kind}: {} before, {} after", was.len(), is.len()))?;
            for line in is.difference(was) {
                log.write(&format!("  left: {line}"))?;
            }
            for line in was.difference(is) {
                log.write(&format!("  gone: {line}"))?;
            }
            if was != is {
                changed.push(*kind);
            }
        }
        ensure!(changed.is_empty(), "not as before: {}", changed.join(", "));
        Ok(())
    }
}

fn sysctls() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut directories = vec![PathBuf::from("/proc/sys")];
    while let Some(directory) = directories.pop() {
        for path in entries(&directory) {
            let name = path.display().to_string();
            if path.is_dir() {
                directories.push(path);
            } else if !VOLATILE.iter().any(|volatile| name.contains(volatile))
                && let Ok(value) = fs::read_to_string(&path)
            {
                found.insert(format!("{name} = {}", value.trim()));
            }
        }
    }
    found
}

/// At the top of each hierarchy, where kubelet and containerd have theirs. Clusters of other checkouts, which may
/// come and go meanwhile, are not ours.
fn cgroups(mounts: &str, ours: &str) -> BTreeSet<String> {
    let places = super::cgroups::hierarchies(mounts).flat_map(|place| entries(Path::new(place)));
    let is_foreign = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(super::cgroups::PREFIX) && name != ours
    };
    places.filter(|path| path.is_dir() && !is_foreign(path)).map(|path| path.display().to_string()).collect()
}

fn names_in(folder: &str) -> BTreeSet<String> {
    entries(Path::new(folder)).iter().map(|path| path.display().to_string()).collect()
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory)
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default()
}

fn output(program: &str, arguments: &[&str]) -> BTreeSet<String> {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// Where Kubernetes, containerd, CNI and helm usually write.
const FOLDERS: [&str; 13] = [
    "/",
    "/etc",
    "/opt",
    "/root",
    "/root/.cache",
    "/root/.config",
    "/run",
    "/run/netns",
    "/usr/libexec",
    "/var",
    "/var/cache",
    "/var/lib",
    "/var/log",
];

/// What the kernel counts rather than what anybody sets.
const VOLATILE: [&str; 10] = [
    "/fs/aio-nr",
    "/fs/dentry-state",
    "/fs/file-nr",
    "/fs/inode-",
    "/fs/quota/",
    "/kernel/ns_last_pid",
    "/kernel/perf_event_max_sample_rate",
    "/kernel/pty/nr",
    "/kernel/random/",
    "/nf_conntrack_count",
];
