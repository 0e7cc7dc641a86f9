//! Changes the owner of the key to the user that must read it.

use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

use rustix::fs::{Mode, OFlags, openat};
use rustix::process::geteuid;

use super::{Error, KEY};

/// Changes the owner of a published key, and makes the directory passable for that user. The set may have been published
/// without an owner, or for a different one.
pub(super) fn ensure(directory: &Path, set: &Path, uid: u32) -> Result<(), Error> {
    give(directory, set, uid)?;
    let refused = refused(directory, uid);
    let metadata = fs::metadata(directory).map_err(&refused)?;
    let mode = metadata.permissions().mode() & 0o7777;
    if metadata.uid() == uid || mode & 0o001 != 0 {
        return Ok(());
    }
    fs::set_permissions(directory, Permissions::from_mode(mode | 0o011)).map_err(&refused)
}

/// Changes the owner of a key. Its group stays, because it may be that of a pod's volume.
pub(super) fn give(directory: &Path, set: &Path, uid: u32) -> Result<(), Error> {
    try_give(directory, set, uid).map_err(refused(&directory.join(set).join(KEY), uid))
}

/// If others can write to the directory, as to a pod's volume, the names in it may lead to any file of root's. So no link is
/// followed, and the key must be in a directory of this user.
fn try_give(directory: &Path, set: &Path, uid: u32) -> io::Result<()> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let name = set.file_name().unwrap_or_default();
    let set = File::from(openat(File::open(directory)?, name, flags | OFlags::DIRECTORY, Mode::empty())?);
    let key = File::from(openat(&set, KEY, flags, Mode::empty())?);
    if key.metadata()?.uid() == uid {
        return Ok(());
    }
    if set.metadata()?.uid() != geteuid().as_raw() {
        return Err(io::Error::new(ErrorKind::PermissionDenied, "its directory belongs to another user"));
    }
    fchown(&key, Some(uid), None)?;
    key.sync_all()
}

fn refused(path: &Path, uid: u32) -> impl Fn(io::Error) -> Error {
    move |source| Error::ChangeOwner { path: path.to_owned(), uid, source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    /// A published key in a directory that other users cannot pass.
    fn published() -> TempDir {
        let directory = tempfile::tempdir().unwrap();
        fs::set_permissions(directory.path(), Permissions::from_mode(0o700)).unwrap();
        fs::create_dir(directory.path().join("set")).unwrap();
        fs::write(directory.path().join("set").join(KEY), "").unwrap();
        directory
    }

    fn error(directory: &TempDir, set: &str) -> String {
        let error = ensure(directory.path(), Path::new(set), 4711).unwrap_err();
        assert!(error.to_string().contains("cannot make user 4711"), "{error}");
        std::error::Error::source(&error).unwrap().to_string()
    }

    #[test]
    fn links_are_not_followed() {
        let directory = published();
        symlink("set", directory.path().join("link")).unwrap();
        assert!(error(&directory, "link").contains("directory"), "{}", error(&directory, "link"));
        fs::rename(directory.path().join("set").join(KEY), directory.path().join("other")).unwrap();
        symlink("../other", directory.path().join("set").join(KEY)).unwrap();
        assert!(error(&directory, "set").contains("symbolic links"), "{}", error(&directory, "set"));
    }

    #[test]
    fn the_directory_of_an_owned_key_keeps_its_mode() {
        let directory = published();
        let own = geteuid().as_raw();
        ensure(directory.path(), Path::new("set"), own).unwrap();
        assert_eq!(fs::metadata(directory.path()).unwrap().permissions().mode() & 0o7777, 0o700);
    }
}
