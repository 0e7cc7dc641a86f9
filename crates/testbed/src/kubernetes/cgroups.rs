//! The cgroups of all pods: one directory at the root of each hierarchy, which kubelet expects to find.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result};

use super::layout::Layout;

/// The directory's name. It differs between checkouts, since a kubelet kills processes in it that it does not know.
pub fn name(layout: &Layout) -> Result<String> {
    Ok(format!("{PREFIX}{}", fs::metadata(&layout.root)?.ino()))
}

/// The names start with this in all checkouts.
pub const PREFIX: &str = "podcert-tests-";

/// Creates the directories.
pub fn make(layout: &Layout) -> Result<()> {
    for directory in directories(layout)? {
        fs::create_dir_all(&directory).with_context(|| format!("cannot create {}", directory.display()))?;
    }
    Ok(())
}

/// Removes the directories with everything below. There must be no process in them.
pub fn remove(layout: &Layout) -> Result<()> {
    for directory in directories(layout)? {
        remove_tree(&directory).with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    Ok(())
}

fn directories(layout: &Layout) -> Result<Vec<PathBuf>> {
    let name = name(layout)?;
    let mounts = fs::read_to_string("/proc/self/mounts")?;
    Ok(hierarchies(&mounts).map(|mount_point| Path::new(mount_point).join(&name)).collect())
}

/// The mount points of the hierarchies: one of version 2, several of version 1, or both.
pub fn hierarchies(mounts: &str) -> impl Iterator<Item = &str> {
    mounts.lines().filter_map(|line| {
        let mut words = line.split(' ').skip(1);
        let (mount_point, kind) = (words.next()?, words.next()?);
        matches!(kind, "cgroup" | "cgroup2").then_some(mount_point)
    })
}

/// Only the directories of a cgroup can be removed: the files in them belong to the kernel.
fn remove_tree(directory: &Path) -> std::io::Result<()> {
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        entries => entries?,
    };
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_tree(&entry.path())?;
        }
    }
    // A process that has just been killed keeps its cgroup busy for a moment.
    for _ in 0..50 {
        match fs::remove_dir(directory) {
            Err(error) if error.kind() == ErrorKind::ResourceBusy => sleep(Duration::from_millis(100)),
            result => return result,
        }
    }
    fs::remove_dir(directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hierarchies_of_both_versions_are_found() {
        let mounts = "tmpfs /sys/fs/cgroup tmpfs rw 0 0\n\
                      cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0\n\
                      cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n";
        assert_eq!(hierarchies(mounts).collect::<Vec<_>>(), ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/unified"]);
    }
}
