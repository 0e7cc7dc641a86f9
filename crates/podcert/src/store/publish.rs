//! The steps of publishing, in order. The process may be killed after any of them.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::error::Error;
use super::{CERTIFICATE, DATA, KEY, LINKS, ORIGIN, SET_PREFIX, TRUST, is_set, key_mode, ownership};
use crate::signer::Origin;
use crate::support::clock::Deadline;
use crate::support::durable_file;
use crate::support::lock::lock;
use crate::verify::VerifiedCertificate;

pub(super) async fn publish(
    directory: &Path,
    certificate: &VerifiedCertificate,
    origin: &Origin,
    owner: Option<u32>,
    deadline: Deadline,
) -> Result<(), Error> {
    let mode = if owner.is_some() { 0o711 } else { 0o700 };
    DirBuilder::new().recursive(true).mode(mode).create(directory).map_err(cannot_write(directory))?;
    // Held to the end, so that no other process sweeps the set that is being written.
    let file = File::open(directory).map_err(cannot_write(directory))?;
    lock(&file, deadline).await.map_err(|source| match source.kind() {
        ErrorKind::TimedOut => Error::Locked { path: directory.to_owned() },
        _ => Error::Write { path: directory.to_owned(), source },
    })?;

    let set = write_set(directory, certificate, origin, owner)?;
    let links = Links::create(directory)?;
    if let Err(source) = switch(directory, set.path()) {
        links.remove();
        return Err(Error::Write { path: directory.join(DATA), source });
    }
    let set = set.keep();
    durable_file::sync_directory(directory).map_err(cannot_write(directory))?;
    sweep(directory, &set);
    Ok(())
}

/// Writes and syncs a directory with all files. It is removed when dropped.
fn write_set(
    directory: &Path,
    certificate: &VerifiedCertificate,
    origin: &Origin,
    owner: Option<u32>,
) -> Result<TempDir, Error> {
    let key_mode = key_mode(directory).map_err(cannot_write(directory))?;
    let set = tempfile::Builder::new()
        .prefix(SET_PREFIX)
        .permissions(Permissions::from_mode(0o755))
        .tempdir_in(directory)
        .map_err(cannot_write(directory))?;
    for (name, text, mode) in [
        (KEY, certificate.key_pem().expose().as_str(), key_mode),
        (CERTIFICATE, certificate.chain_pem(), 0o444),
        (TRUST, &certificate.trust().pem(), 0o444),
        (ORIGIN, &format!("{origin}\n"), 0o444),
    ] {
        let path = set.path().join(name);
        durable_file::write(&path, text, mode).map_err(cannot_write(&path))?;
    }
    if let Some(uid) = owner {
        ownership::give(directory, set.path(), uid)?;
    }
    durable_file::sync_directory(set.path()).map_err(cannot_write(set.path()))?;
    Ok(set)
}

/// The links through `..data`. They are created before it, so that everything exists once `..data` does.
struct Links(Vec<PathBuf>);

impl Links {
    fn create(directory: &Path) -> Result<Self, Error> {
        let mut created = Self(Vec::new());
        for name in LINKS {
            let path = directory.join(name);
            match symlink(Path::new(DATA).join(name), &path) {
                Ok(()) => created.0.push(path),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(source) => {
                    created.remove();
                    return Err(Error::Write { path, source });
                }
            }
        }
        Ok(created)
    }

    fn remove(&self) {
        for path in &self.0 {
            // The error that is returned says more than one of cleaning up.
            let _ = fs::remove_file(path);
        }
    }
}

/// Switches `..data` to a set. A link cannot be changed, but a new one can replace it.
fn switch(directory: &Path, set: &Path) -> io::Result<()> {
    let new = directory.join(NEW_DATA);
    match fs::remove_file(&new) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    // Relative, because readers may have the directory mounted elsewhere.
    symlink(set.file_name().unwrap_or_default(), &new)?;
    let switched = fs::rename(&new, directory.join(DATA));
    if switched.is_err() {
        let _ = fs::remove_file(&new);
    }
    switched
}

/// Removes old sets and what killed processes left. What cannot be removed now stays until the next time.
fn sweep(directory: &Path, current: &Path) {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries.flatten(),
        Err(error) => {
            tracing::warn!(directory = %directory.display(), %error, "cannot list old sets");
            return;
        }
    };
    for entry in entries {
        let (path, name) = (entry.path(), entry.file_name());
        if current.file_name() == Some(&name) || !is_set(Path::new(&name)) {
            continue;
        }
        if let Err(error) = fs::remove_dir_all(&path) {
            tracing::warn!(path = %path.display(), %error, "cannot remove an old set");
        }
    }
}

fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Write { path: path.to_owned(), source }
}

const NEW_DATA: &str = "..data_new";
