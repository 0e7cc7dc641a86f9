//! What a cluster could leave on a machine, looked at before and after.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::layout::Layout;
use crate::step::Log;

/// Everything that is compared, by kind.
pub struct Traces(BTreeMap<&'static str, BTreeSet<String>>);

impl Traces {
    /// Looks at the machine as it is now.
    pub fn look(layout: &Layout) -> Result<Self> {
        let mounts = fs::read_to_string("/proc/self/mounts")?;
        Ok(Self(BTreeMap::from([
            ("processes", processes(layout)?),
            ("mounts", mounts.lines().map(str::to_owned).collect()),
            ("network devices", names_in("/sys/class/net")),
            ("routes", output("ip", &["route", "show", "table", "all"])),
            ("firewall rules", output("nft", &["list", "ruleset"])),
            ("sysctls", sysctls()),
            ("folders", FOLDERS.iter().flat_map(|folder| names_in(folder)).collect()),
            ("cgroups", cgroups(&mounts)),
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

/// Programs of ours, also those whose file is gone.
fn processes(layout: &Layout) -> Result<BTreeSet<String>> {
    let ours = |process: &Path| {
        let program = fs::read_link(process.join("exe")).unwrap_or_default();
        program.starts_with(&layout.root) || program.starts_with("/run/cluster")
    };
    Ok(all_processes()?.iter().filter(|path| ours(path)).map(|path| path.display().to_string()).collect())
}

/// The namespaces of a process and of all that come from it.
pub fn namespaces_below(ancestor: u32) -> Result<BTreeSet<String>> {
    let processes = all_processes()?;
    let mut family = BTreeSet::from([ancestor.to_string()]);
    // Parents may come after their children, ids start again from below.
    loop {
        let known = family.len();
        let children: Vec<_> = processes.iter().filter(|path| family.contains(&parent(path))).collect();
        family.extend(children.into_iter().map(|path| id(path)));
        if family.len() == known {
            break;
        }
    }
    Ok(processes.iter().filter(|path| family.contains(&id(path))).flat_map(|path| namespaces(path)).collect())
}

/// Fails when a process lives in any of these namespaces, or somebody mounted them.
pub fn are_gone(gone: &BTreeSet<String>, log: &Log) -> Result<()> {
    let held: BTreeSet<_> = all_processes()?.iter().flat_map(|path| namespaces(path)).collect();
    let left: Vec<_> = gone.intersection(&held).cloned().collect();
    log.write(&format!("namespaces: {} while it ran, {} of them left", gone.len(), left.len()))?;
    ensure!(left.is_empty(), "namespaces are left: {}", left.join(", "));
    Ok(())
}

fn namespaces(process: &Path) -> [String; 3] {
    ["mnt", "net", "pid"]
        .map(|kind| fs::read_link(process.join("ns").join(kind)).unwrap_or_default().display().to_string())
}

fn id(process: &Path) -> String {
    process.file_name().unwrap_or_default().display().to_string()
}

fn parent(process: &Path) -> String {
    let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
    let after_name = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    after_name.split_whitespace().nth(1).unwrap_or_default().to_owned()
}

fn all_processes() -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir("/proc")?.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(entries.filter(|path| path.join("ns").exists()).collect())
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

/// Down to the second level, where kubelet and containerd have theirs.
fn cgroups(mounts: &str) -> BTreeSet<String> {
    let places = super::cgroups::hierarchies(mounts).flat_map(|place| entries(Path::new(place)));
    places.filter(|path| path.is_dir()).map(|path| path.display().to_string()).collect()
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
const VOLATILE: [&str; 9] = [
    "/fs/aio-nr",
    "/fs/dentry-state",
    "/fs/file-nr",
    "/fs/inode-",
    "/fs/quota/",
    "/kernel/ns_last_pid",
    "/kernel/pty/nr",
    "/kernel/random/",
    "/nf_conntrack_count",
];
