//! Errors of the directory.

use std::io;
use std::path::PathBuf;

use crate::diagnose;

/// Why the directory cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts explain the fields")]
pub enum Error {
    /// It contains something that podcert did not write.
    #[error("{} is {found}, which podcert did not write", path.display())]
    Foreign { path: PathBuf, found: String },
    /// The owner of the key cannot be changed, so the user that needs the key cannot read it.
    #[error("cannot make user {uid} (--owner, PODCERT_OWNER) the owner of {}", path.display())]
    ChangeOwner { path: PathBuf, uid: u32, source: io::Error },
    /// Other users may have copied the key.
    #[error("the key {} can be read or written by others (mode {mode:04o}, not {allowed:04o})", path.display())]
    KeyReadable { path: PathBuf, mode: u32, allowed: u32 },
    /// A different process is publishing and does not finish.
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
    Self::Foreign { .. } => Settings("set --directory (PODCERT_DIRECTORY) to a directory that nothing else writes to"),
    Self::ChangeOwner { .. } => CannotWrite("run it as root with the capability CHOWN, and make sure that the directory is writable"),
    Self::KeyReadable { .. } => Data("replace it with --renew (PODCERT_RENEW=true)"),
    Self::Locked { .. } => Deadline("end that process, or set a longer --deadline (PODCERT_DEADLINE)"),
    Self::Read { .. } => Data("make it readable for this user, or replace it with --renew (PODCERT_RENEW=true)"),
    Self::Write { .. } => CannotWrite("free space there, make it writable for this user, or set --directory (PODCERT_DIRECTORY)"),
});
