//! The processes of the cluster and their namespaces: recorded while it is up, searched for after it has ended.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use super::namespaces;
use crate::log::Log;

/// A process is identified by its id and its start time, since ids are reused, as are the numbers of namespaces.
type Identity = (u32, u64);

/// A process and all its descendants.
#[derive(Default)]
pub struct ProcessTree {
    members: BTreeSet<Identity>,
    namespaces: BTreeSet<String>,
    /// All processes at the same time, any of which could be in one of these namespaces.
    contemporaries: BTreeSet<Identity>,
}

impl ProcessTree {
    /// Records the tree below a process.
    pub fn of(ancestor: u32) -> Result<Self> {
        let processes = Process::all()?;
        let mut ids = BTreeSet::from([ancestor]);
        // Children may be listed before their parents.
        loop {
            let known = ids.len();
            let children = processes.iter().filter(|process| ids.contains(&process.parent));
            let children: Vec<_> = children.map(|process| process.identity.0).collect();
            ids.extend(children);
            if ids.len() == known {
                break;
            }
        }
        let members = || processes.iter().filter(|process| ids.contains(&process.identity.0));
        Ok(Self {
            members: members().map(|process| process.identity).collect(),
            namespaces: members().flat_map(|process| process.namespaces.clone()).collect(),
            contemporaries: processes.iter().map(|process| process.identity).collect(),
        })
    }

    /// Returns when none of these processes is left, and no other process is in one of their namespaces. Fails after a
    /// while: clients in the cluster's network end only when they find that the API server is gone.
    pub fn await_end(&self, log: &Log) -> Result<()> {
        let (members, namespaces) = (self.members.len(), self.namespaces.len());
        log.write(&format!("the cluster had {members} processes in {namespaces} namespaces"))?;
        let since = Instant::now();
        loop {
            let left = self.left()?;
            if left.is_empty() {
                return Ok(());
            }
            ensure!(
                since.elapsed() < PATIENCE,
                "processes are left, or hold namespaces of the cluster: {}",
                left.join(", ")
            );
            sleep(Duration::from_millis(100));
        }
    }

    fn left(&self) -> Result<Vec<String>> {
        let is_left = |process: &Process| {
            let holds = process.namespaces.iter().any(|namespace| self.namespaces.contains(namespace));
            self.members.contains(&process.identity)
                || holds && self.contemporaries.contains(&process.identity)
        };
        let left = Process::all()?.into_iter().filter(is_left);
        Ok(left.map(|process| format!("{} ({})", process.identity.0, process.name)).collect())
    }
}

struct Process {
    identity: Identity,
    name: String,
    parent: u32,
    namespaces: Vec<String>,
}

impl Process {
    fn all() -> Result<Vec<Self>> {
        let directories = fs::read_dir("/proc")?.filter_map(|entry| Some(entry.ok()?.path()));
        Ok(directories.filter_map(Self::read).collect())
    }

    /// None if it is not a process, or has ended.
    fn read(directory: PathBuf) -> Option<Self> {
        let stat = fs::read_to_string(directory.join("stat")).ok()?;
        let namespace = |kind| fs::read_link(directory.join("ns").join(kind)).ok();
        let namespaces = ["mnt", "net", "pid"].into_iter().filter_map(namespace);
        Some(Self {
            identity: namespaces::id_and_start(&stat)?,
            name: stat.split_once('(')?.1.rsplit_once(')')?.0.to_owned(),
            parent: stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?,
            namespaces: namespaces.map(|link| link.display().to_string()).collect(),
        })
    }
}

/// How long processes may take to notice that the cluster has ended.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    #[test]
    fn a_process_is_left_until_it_has_ended() {
        let mut sleep = Command::new("sleep").arg("60").spawn().expect("a process");
        let process = Process::read(format!("/proc/{}", sleep.id()).into()).expect("an entry in /proc");
        let tree = ProcessTree { members: [process.identity].into(), ..ProcessTree::default() };
        assert_eq!(tree.left().expect("processes"), [format!("{} (sleep)", sleep.id())]);
        sleep.kill().expect("an end");
        sleep.wait().expect("a status");
        assert!(tree.left().expect("processes").is_empty());
    }
}
