//! What a cluster could leave behind on the machine, recorded before it is brought up and after it has ended.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::layout::Layout;
use super::{cgroups, leftovers};
use crate::log::Log;

/// Everything that is compared, by kind.
pub struct HostSnapshot(BTreeMap<&'static str, BTreeSet<String>>);

impl HostSnapshot {
    /// Records the current state.
    pub fn take(layout: &Layout) -> Result<Self> {
        let mounts = fs::read_to_string("/proc/self/mounts")?;
        let is_mount = |line: &&str| leftovers::is_mount(line, &layout.root);
        let ours = cgroups::name(layout)?;
        let top_cgroups =
            cgroups::hierarchies(&mounts).flat_map(|mount_point| entries(Path::new(mount_point)));
        let folders = leftovers::FOLDERS.iter().flat_map(|folder| entries(Path::new(folder)));
        Ok(Self(BTreeMap::from([
            ("mounts", mounts.lines().filter(is_mount).map(str::to_owned).collect()),
            ("network devices", devices()),
            ("routes", rules("ip", &["route", "show", "table", "all"])),
            ("firewall rules", rules("nft", &["list", "ruleset"])),
            ("sysctls", leftovers::SYSCTLS.iter().flat_map(|place| sysctls(Path::new(place))).collect()),
            ("files", names(folders.filter(|path| leftovers::is_file(path)))),
            ("cgroups", names(top_cgroups.filter(|path| path.is_dir() && leftovers::is_cgroup(path, &ours)))),
            ("files of the cluster", names(entries(&layout.up()).into_iter())),
        ])))
    }

    /// Writes what is compared, and fails if anything has changed.
    pub fn compare(&self, after: &Self, log: &Log) -> Result<()> {
        for (kind, was) in &self.0 {
            log.write(&format!("{kind}: {} before, {} after", was.len(), after.0[kind].len()))?;
        }
        let changes = self.changes(after);
        for change in &changes {
            log.write(change)?;
        }
        ensure!(
            changes.is_empty(),
            "{} things on the machine are not as before; the log lists them",
            changes.len()
        );
        Ok(())
    }

    fn changes(&self, after: &Self) -> Vec<String> {
        let changes_of = |(kind, was): (&&str, &BTreeSet<String>)| -> Vec<String> {
            let is = &after.0[kind];
            let left = is.difference(was).map(|line| format!("{kind}: left behind: {line}"));
            left.chain(was.difference(is).map(|line| format!("{kind}: removed: {line}"))).collect()
        };
        self.0.iter().flat_map(changes_of).collect()
    }
}

fn devices() -> BTreeSet<String> {
    let devices = entries(Path::new("/sys/class/net")).into_iter();
    let names = devices.filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
    names.filter(|name| leftovers::is_device(name)).collect()
}

fn rules(program: &str, arguments: &[&str]) -> BTreeSet<String> {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().filter(|line| leftovers::is_rule(line)).map(str::to_owned).collect()
}

/// The values in a file, or in all files below a directory.
fn sysctls(place: &Path) -> Vec<String> {
    if place.is_dir() {
        return entries(place).iter().flat_map(|path| sysctls(path)).collect();
    }
    let value = fs::read_to_string(place).ok();
    value.map(|value| format!("{} = {}", place.display(), value.trim())).into_iter().collect()
}

fn names(paths: impl Iterator<Item = PathBuf>) -> BTreeSet<String> {
    paths.map(|path| path.display().to_string()).collect()
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory)
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snapshot(files: &[&str]) -> HostSnapshot {
        HostSnapshot(BTreeMap::from([("files", files.iter().map(|file| (*file).to_owned()).collect())]))
    }

    #[test]
    fn what_is_left_behind_or_removed_is_a_change() {
        let before = snapshot(&["/etc/cni", "/root/.kube"]);
        let after = snapshot(&["/etc/cni", "/var/lib/kubelet"]);
        let changes = ["files: left behind: /var/lib/kubelet", "files: removed: /root/.kube"];
        assert_eq!(before.changes(&after), changes);
        assert!(before.changes(&snapshot(&["/root/.kube", "/etc/cni"])).is_empty());
    }
}
