//! The processes of the cluster and their namespaces: recorded while it is up, searched for after it has ended.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

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

    /// Fails if one of these processes is left, or if another process is in one of their namespaces.
    pub fn check_ended(&self, log: &Log) -> Result<()> {
        let mut left = Vec::new();
        for process in Process::all()? {
            let held = process.namespaces.iter().any(|namespace| self.namespaces.contains(namespace));
            if self.members.contains(&process.identity)
                || held && self.contemporaries.contains(&process.identity)
            {
                left.push(process.identity.0.to_string());
            }
        }
        let (members, namespaces) = (self.members.len(), self.namespaces.len());
        log.write(&format!("the cluster had {members} processes in {namespaces} namespaces"))?;
        ensure!(
            left.is_empty(),
            "processes are left, or hold namespaces of the cluster: {}",
            left.join(", ")
        );
        Ok(())
    }
}

struct Process {
    identity: Identity,
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
            parent: stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()?,
            namespaces: namespaces.map(|link| link.display().to_string()).collect(),
        })
    }
}
