//! A private temporary directory for the cluster, with a folder for each member.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use ring::rand::{SecureRandom, SystemRandom};
use tempfile::TempDir;

/// The cluster's directory; it goes when this is dropped.
#[derive(Debug)]
pub struct Workspace {
    root: TempDir,
}

/// One member's folder.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Workspace {
    /// Makes the directory, and in it a new cookie that all members share.
    pub fn new() -> io::Result<Self> {
        let root = tempfile::Builder::new()
            .prefix("beam-mtls-local-")
            .permissions(Permissions::from_mode(0o700))
            .tempdir()?;
        let workspace = Self { root };
        fs::write(workspace.cookie(), random_cookie()?)?;
        Ok(workspace)
    }

    /// The file with the cookie.
    pub fn cookie(&self) -> PathBuf {
        self.root.path().join("cookie")
    }

    /// Makes the folder of a member.
    pub fn folder(&self, member: &str) -> io::Result<Folder> {
        let path = self.root.path().join(member);
        fs::create_dir_all(path.join("home"))?;
        Ok(Folder { path })
    }

    /// The directory itself.
    pub fn path(&self) -> &Path {
        self.root.path()
    }
}

impl Folder {
    /// Where the certificate is published.
    pub fn certificate(&self) -> PathBuf {
        self.path.join("certificate")
    }

    /// Where the files for the BEAM are rendered.
    pub fn config(&self) -> PathBuf {
        self.path.join("config")
    }

    /// A home without a cookie in it.
    pub fn home(&self) -> PathBuf {
        self.path.join("home")
    }

    /// Where output goes.
    pub fn log(&self) -> PathBuf {
        self.path.join("log")
    }
}

fn random_cookie() -> io::Result<String> {
    let mut bytes = [0; 32];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| io::Error::other("the system does not provide random numbers"))?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
