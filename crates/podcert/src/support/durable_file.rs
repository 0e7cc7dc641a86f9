//! Whole files: read at once, and written so that they are on disk when the call returns.

use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

/// A file's text and its permission bits.
pub fn read(path: &Path) -> io::Result<(String, u32)> {
    let (bytes, mode) = read_bytes(path)?;
    // The library's error would contain the bytes, which may be those of a key.
    let text = String::from_utf8(bytes)
        .map_err(|_| io::Error::new(ErrorKind::InvalidData, "it is not UTF-8 text"))?;
    Ok((text, mode))
}

/// A file's bytes and its permission bits.
pub fn read_bytes(path: &Path) -> io::Result<(Vec<u8>, u32)> {
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is not a file"));
    }
    if metadata.len() > MAX_BYTES {
        return Err(io::Error::new(ErrorKind::FileTooLarge, format!("it has more than {MAX_BYTES} bytes")));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize);
    file.take(MAX_BYTES).read_to_end(&mut bytes)?;
    Ok((bytes, metadata.permissions().mode() & 0o7777))
}

/// Writes a new file with exactly this mode, independent of the umask.
pub(crate) fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    // No other user may read it before its mode is set.
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.sync_all()
}

/// Syncs the names that were created, changed or removed in a directory.
pub(crate) fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Whether the group or other users may read or write a file with this mode.
pub fn others_have_access(mode: u32) -> bool {
    mode & 0o066 != 0
}

/// The size of the largest file that is read: a full trust bundle.
const MAX_BYTES: u64 = 1024 * 1024;
