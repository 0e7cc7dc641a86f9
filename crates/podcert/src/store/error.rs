//! What can go wrong with the directory.

use std::io;
use std::path::PathBuf;

use crate::diagnose;

/// A directory that cannot be read or written as it should.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts explain the fields")]
pub enum Error {
    /// Something that we did not write.
    #[error("{} is {found}, which podcert did not write", path.display())]
    Foreign { path: PathBuf, found: String },
    /// The key stays where its reader cannot read it.
    #[error("{} cannot be given to user {uid}, as --owner (PODCERT_OWNER) says", path.display())]
    ChangeOwner { path: PathBuf, uid: u32, source: io::Error },
    /// Others may have copied the key.
    #[error("the key {} can be read or written by others (mode {mode:04o}, not {allowed:04o})", path.display())]
    KeyReadable { path: PathBuf, mode: u32, allowed: u32 },
    /// Another process publishes, and does not come to an end.
    #[error("the lock on {} was held by another process until the deadline", path.display())]
    Locked { path: PathBuf },
    /// A published file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// Nothing was published, because a file or directory cannot be written.
    #[error("{} cannot be written", path.display())]
    Write { path: PathBuf, source: io::Error },
}

diagnose!(Error {
    Self::Foreign { .. } => Settings("set --directory (PODCERT_DIRECTORY) to a directory of its own"),
    Self::ChangeOwner { .. } => CannotWrite("let root do it, with the capability CHOWN, where the directory can be written"),
    Self::KeyReadable { .. } => Data("have a new one made with --renew (PODCERT_RENEW=true)"),
    Self::Locked { .. } => Deadline("end that process, or set a longer --deadline (PODCERT_DEADLINE)"),
    Self::Read { .. } => Data("let this user read it, or replace it with --renew (PODCERT_RENEW=true)"),
    Self::Write { .. } => CannotWrite("make room there, let this user write, or set --directory (PODCERT_DIRECTORY)"),
});
