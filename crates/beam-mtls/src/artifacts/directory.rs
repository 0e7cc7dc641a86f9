//! The directory that the BEAM is pointed at: rendered files, the distribution module, the cookie's home.
//!
//! Each file is replaced in one step and only when it changed, so a remote console that starts meanwhile
//! reads whole files. Layout below it: `ssl_dist.conf`, the args files, the module's object file, the node's name,
//! `config/erlang/.erlang.cookie`, which Erlang finds by way of `XDG_CONFIG_HOME`, and `tmp` for what the scripts of
//! releases write.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, fchown, lchown};
use std::path::{Path, PathBuf};

use podcert::diagnose;
use rustix::fs::{Access, access};
use rustix::process::geteuid;

use crate::artifacts::render::{Files, NODE_NAME, REMOTE_VM_ARGS, VM_ARGS};
use crate::distribution::cookie::Cookie;
use crate::distribution::node_name::NodeName;

/// A file that could not be written, or a directory that a different user could change.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be written", path.display())]
pub struct Error {
    directory: PathBuf,
    path: PathBuf,
    #[source]
    source: io::Error,
}

diagnose!(Error {
    Self { directory, .. } => CannotWrite(
        "make {} a directory that this user may write to, or set --config-directory (BEAM_MTLS_CONFIG_DIRECTORY)",
        directory.display()
    ),
});

/// Whether [`write()`] will be able to. Nothing is changed yet.
pub fn check(directory: &Path) -> Result<(), Error> {
    // Always some: the root is there.
    let present = directory.ancestors().find(|path| path.exists()).unwrap_or(directory);
    access(present, Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|error| cannot_write(directory, directory)(error.into()))
}

/// Writes all files and the cookie. Another `owner` than this user can read them, and only write to what is for
/// scripts.
pub fn write(directory: &Path, files: &Files, cookie: &Cookie, owner: Option<u32>) -> Result<(), Error> {
    let (config_home, scratch) = (config_home(directory), scratch(directory));
    let cookie_home = config_home.join("erlang");
    let closed = if owner.is_some() { 0o711 } else { 0o700 };
    for (path, mode) in
        [(directory, 0o755), (&config_home, closed), (&cookie_home, closed), (&scratch, 0o700)]
    {
        let owner = owner.filter(|_| path == scratch);
        create_directory(path, mode, owner).map_err(cannot_write(directory, path))?;
    }
    replace(directory, &cookie_file(directory), cookie.as_bytes(), 0o400, owner)?;
    files.iter().try_for_each(|(name, contents)| {
        // The release's own flags may contain secrets.
        let (mode, owner) = if name == VM_ARGS { (0o400, owner) } else { (0o444, None) };
        replace(directory, &directory.join(name), contents, mode, owner)
    })
}

/// What `XDG_CONFIG_HOME` is set to.
pub fn config_home(directory: &Path) -> PathBuf {
    directory.join("config")
}

/// Where the script of a release may write.
pub fn scratch(directory: &Path) -> PathBuf {
    directory.join("tmp")
}

/// The file that Erlang reads the cookie from.
pub fn cookie_file(directory: &Path) -> PathBuf {
    config_home(directory).join("erlang/.erlang.cookie")
}

/// The name of the node that was started with this directory.
pub fn node_name(directory: &Path) -> Option<NodeName> {
    fs::read_to_string(directory.join(NODE_NAME)).ok()?.trim_end().parse().ok()
}

/// The same, if a console finds its flags there too.
pub fn attachable_node(directory: &Path) -> Option<NodeName> {
    node_name(directory).filter(|_| directory.join(REMOTE_VM_ARGS).exists())
}

/// The BEAM evaluates what is in these directories, so no other user may be able to replace it. Root may: a pod's
/// volumes belong to root, and are writable for the whole pod.
fn create_directory(path: &Path, mode: u32, owner: Option<u32>) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(mode).create(path)?;
    let metadata = path.symlink_metadata()?;
    let found = metadata.uid();
    if Some(found) == owner {
        return Ok(());
    }
    if found != 0 && found != geteuid().as_raw() {
        let problem = format!("it belongs to a different user ({found}), who could replace its contents");
        return Err(io::Error::other(problem));
    }
    if mode & 0o001 != 0 && metadata.mode() & 0o001 == 0 {
        // It was made without an owner.
        fs::set_permissions(path, Permissions::from_mode(metadata.mode() & 0o7777 | 0o011))?;
    }
    match owner {
        // Not what a link leads to: where others can write, that may be anything.
        Some(_) => lchown(path, owner, None),
        None => Ok(()),
    }
}

fn replace(
    directory: &Path,
    path: &Path,
    contents: &[u8],
    mode: u32,
    owner: Option<u32>,
) -> Result<(), Error> {
    let wanted = owner.unwrap_or(geteuid().as_raw());
    // A link is not followed: its target may belong to a different user.
    let is_there = path.symlink_metadata().is_ok_and(|file| {
        file.is_file() && file.uid() == wanted && file.permissions().mode() & 0o7777 == mode
    }) && fs::read(path).is_ok_and(|present| present == contents);
    if is_there {
        return Ok(());
    }
    write_beside_and_rename(path, contents, mode, owner).map_err(cannot_write(directory, path))
}

fn cannot_write(directory: &Path, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error { directory: directory.to_owned(), path: path.to_owned(), source }
}

fn write_beside_and_rename(path: &Path, contents: &[u8], mode: u32, owner: Option<u32>) -> io::Result<()> {
    let parent = path.parent().unwrap_or(Path::new("/"));
    let mut file = tempfile::Builder::new().permissions(Permissions::from_mode(mode)).tempfile_in(parent)?;
    file.write_all(contents)?;
    // The umask may have taken bits away.
    file.as_file().set_permissions(Permissions::from_mode(mode))?;
    if owner.is_some() {
        fchown(file.as_file(), owner, None)?;
    }
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookie(text: &str) -> Cookie {
        Cookie::parse(text.to_owned(), "TEST").expect("a cookie")
    }

    fn mode(path: &Path) -> u32 {
        path.metadata().expect("a file").permissions().mode() & 0o7777
    }

    #[test]
    fn files_and_cookie_are_written_with_their_modes() {
        let root = tempfile::tempdir().expect("a directory");
        let directory = root.path().join("run/beam-mtls");
        let files = vec![("vm.args".to_owned(), b"-name a@b.c\n".to_vec())];
        write(&directory, &files, &cookie("secret"), None).expect("written");
        assert_eq!(fs::read(directory.join("vm.args")).expect("a file"), b"-name a@b.c\n");
        let path = config_home(&directory).join("erlang/.erlang.cookie");
        assert_eq!((fs::read(&path).expect("a file"), mode(&path)), (b"secret".to_vec(), 0o400));

        write(&directory, &vec![("vm.args".to_owned(), b"other".to_vec())], &cookie("new"), None)
            .expect("written again");
        assert_eq!(fs::read(directory.join("vm.args")).expect("a file"), b"other");
        assert_eq!((fs::read(&path).expect("a file"), mode(&path)), (b"new".to_vec(), 0o400));
        assert_eq!(fs::read_dir(&directory).expect("a directory").count(), 3, "no litter");
    }

    #[test]
    fn a_link_is_replaced_and_not_written_through() {
        let root = tempfile::tempdir().expect("a directory");
        let target = root.path().join("target");
        fs::write(&target, "theirs").expect("written");
        fs::set_permissions(&target, Permissions::from_mode(0o444)).expect("a mode");
        let directory = root.path().join("run");
        fs::create_dir(&directory).expect("a directory");
        std::os::unix::fs::symlink(&target, directory.join("vm.args")).expect("a link");
        write(&directory, &vec![("vm.args".to_owned(), b"theirs".to_vec())], &cookie("secret"), None)
            .expect("written");
        assert!(!directory.join("vm.args").is_symlink());
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let directory = file.path().join("below");
        for result in [check(&directory), write(&directory, &Vec::new(), &cookie("secret"), None)] {
            let error = result.expect_err("no directory");
            assert!(error.to_string().contains("below"), "{error}");
        }
        assert!(check(&file.path().with_file_name("missing")).is_ok());
    }
}
