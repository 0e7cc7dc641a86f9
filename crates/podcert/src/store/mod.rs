//! A directory that holds one published set of key, certificate and CAs:
//!
//! ```text
//! tls.crt -> ..data/tls.crt
//! tls.key -> ..data/tls.key
//! ca.crt  -> ..data/ca.crt
//! ..data  -> ..podcert-x1y2z3
//! ..podcert-x1y2z3/{tls.crt,tls.key,ca.crt,source}
//! ```
//!
//! A set is written completely and synced; then one rename of `..data` switches to it. A reader that resolves `..data` once
//! sees all of the old set or all of the new one. The name of a set's directory says that podcert wrote it, the file
//! `source` which signer it came from. What is published has been verified: nothing here judges a certificate.

mod error;
mod owner;
mod ownership;
mod publish;

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

pub use error::Error;
pub use owner::Owner;

use crate::signer::Origin;
use crate::support::clock::Deadline;
use crate::support::durable_file;
use crate::support::secret::Secret;
use crate::verify::{PublishedSet, VerifiedCertificate};

/// The directory of a pod's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    directory: PathBuf,
    owner: Option<u32>,
}

impl Store {
    /// A directory that does not exist yet, is empty, or contains a published set; nothing is written. Files that podcert did
    /// not write are an error.
    pub fn open(directory: &Path) -> Result<Self, Error> {
        let store = Self { directory: directory.to_owned(), owner: None };
        let set = store.set()?;
        if let Some(set) = set.filter(|set| !is_set(set)) {
            return Err(Error::Foreign {
                path: directory.join(DATA),
                found: format!("a link to {}", set.display()),
            });
        }
        for name in LINKS {
            let path = directory.join(name);
            match fs::read_link(&path) {
                Ok(target) if target == Path::new(DATA).join(name) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Ok(target) => {
                    return Err(Error::Foreign { path, found: format!("a link to {}", target.display()) });
                }
                // Not a link.
                Err(error) if error.kind() == ErrorKind::InvalidInput => {
                    return Err(Error::Foreign { path, found: "a file".to_owned() });
                }
                Err(source) => return Err(Error::Read { path, source }),
            }
        }
        Ok(store)
    }

    /// The same directory with an owner for its key. Everything else in it stays with the user of this process, so that the
    /// owner cannot change which CAs are trusted, and root never comes across files that the owner has put there.
    pub fn owned_by(self, owner: Option<&Owner>) -> Self {
        Self { owner: owner.map(Owner::uid), ..self }
    }

    /// The directory itself.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file with the certificate and its intermediates.
    pub fn certificate_path(&self) -> PathBuf {
        self.directory.join(CERTIFICATE)
    }

    /// The file with the private key.
    pub fn key_path(&self) -> PathBuf {
        self.directory.join(KEY)
    }

    /// The file with the CAs to check peers against.
    pub fn trust_path(&self) -> PathBuf {
        self.directory.join(TRUST)
    }

    /// Replaces what is published. If it fails, the old set stays. If other processes are publishing, waits for them until
    /// the deadline.
    pub async fn publish(
        &self,
        certificate: &VerifiedCertificate,
        origin: &Origin,
        deadline: Deadline,
    ) -> Result<(), Error> {
        publish::publish(&self.directory, certificate, origin, self.owner, deadline).await
    }

    /// Makes the configured owner the owner of the published key, if it is not yet.
    pub fn ensure_ownership(&self) -> Result<(), Error> {
        let (Some(uid), Some(set)) = (self.owner, self.set()?) else { return Ok(()) };
        ownership::ensure(&self.directory, &set, uid)
    }

    /// Whether something is published, good or bad.
    pub fn is_filled(&self) -> bool {
        matches!(self.set(), Ok(Some(_)))
    }

    /// The directory of the published set, good or bad.
    pub fn current_set(&self) -> Result<Option<PathBuf>, Error> {
        Ok(self.set()?.map(|set| self.directory.join(set)))
    }

    /// The mode that the key has unless somebody has changed it.
    pub fn key_mode(&self) -> io::Result<u32> {
        key_mode(&self.directory)
    }

    /// What is published, all from one set; `None` if nothing is published, or if somebody has removed a link to it.
    pub fn current(&self) -> Result<Option<PublishedSet>, Error> {
        let Some(mut set) = self.set()? else { return Ok(None) };
        if !LINKS.iter().all(|name| self.directory.join(name).is_symlink()) {
            return Ok(None);
        }
        loop {
            let result = self.read(&set);
            // A set that was replaced may be swept while it is read.
            match self.set()? {
                Some(newer) if result.is_err() && newer != set => set = newer,
                Some(_) | None => return result.map(Some),
            }
        }
    }

    /// The name of the directory that `..data` links to.
    fn set(&self) -> Result<Option<PathBuf>, Error> {
        let path = self.directory.join(DATA);
        match fs::read_link(&path) {
            Ok(set) => Ok(Some(set)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == ErrorKind::InvalidInput => {
                Err(Error::Foreign { path, found: "not a link".to_owned() })
            }
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                Err(Error::Foreign { path: self.directory.clone(), found: "a file".to_owned() })
            }
            Err(source) => Err(Error::Read { path, source }),
        }
    }

    fn read(&self, set: &Path) -> Result<PublishedSet, Error> {
        let directory = self.directory.join(set);
        let unreadable = |name: &str| {
            let path = self.directory.join(name);
            |source| Error::Read { path, source }
        };
        let text = |name: &str| durable_file::read(&directory.join(name)).map_err(unreadable(name));
        let bytes = |name: &str| durable_file::read_bytes(&directory.join(name)).map_err(unreadable(name));
        let (key_pem, mode) = text(KEY)?;
        let key_pem = Secret::new(key_pem);
        let allowed = key_mode(&self.directory)
            .map_err(|source| Error::Read { path: self.directory.clone(), source })?;
        if durable_file::others_have_access(mode & !allowed) {
            return Err(Error::KeyReadable { path: self.key_path(), mode, allowed });
        }
        let (chain_pem, _) = bytes(CERTIFICATE)?;
        let (trust_pem, _) = bytes(TRUST)?;
        let (origin, _) = text(ORIGIN)?;
        let origin = origin.trim_end().parse().map_err(|error| Error::Read {
            path: directory.join(ORIGIN),
            source: io::Error::new(ErrorKind::InvalidData, error),
        })?;
        Ok(PublishedSet { directory: self.directory.clone(), key_pem, chain_pem, trust_pem, origin })
    }
}

/// 0400, or 0440 if the directory passes its group on to new files. Kubernetes sets that up for a pod with fsGroup, whose
/// containers may run as several users.
fn key_mode(directory: &Path) -> io::Result<u32> {
    let mode = fs::metadata(directory)?.permissions().mode();
    Ok(if mode & SETGID == 0 { 0o400 } else { 0o440 })
}

fn is_set(name: &Path) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(SET_PREFIX) && !name.contains('/'))
}

/// The file with the certificate and its intermediates.
pub const CERTIFICATE: &str = "tls.crt";
/// The file with the private key.
pub const KEY: &str = "tls.key";
/// The file with the CAs to check peers against.
pub const TRUST: &str = "ca.crt";
/// The file that says which signer a certificate came from.
pub const ORIGIN: &str = "source";
/// The links that readers open.
pub const LINKS: [&str; 3] = [CERTIFICATE, KEY, TRUST];
const DATA: &str = "..data";
const SETGID: u32 = 0o2000;
const SET_PREFIX: &str = "..podcert-";
