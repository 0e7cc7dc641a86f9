//! The local CA's key and certificate on disk. Of several processes that start at once, exactly one creates them: it holds a
//! lock and writes first the key, then the certificate. So a certificate always has its key, and a key without a certificate
//! is from a process that died before it signed anything.

use std::fmt;
use std::fs::{self, DirBuilder, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, KeyPair, KeyUsagePurpose};
use rcgen::{PublicKeyData, SerialNumber};
use rustls_pki_types::CertificateDer;

use crate::diagnose;
use crate::request::KeyAlgorithm;
use crate::support::clock::Attempt;
use crate::support::lock::lock;
use crate::support::secret::Secret;
use crate::support::{durable_file, hex, x509};
use crate::trust::{self, Anchor, TrustBundle};

/// A valid CA and its key.
pub(super) struct Authority {
    directory: PathBuf,
    key: Secret<KeyPair>,
    anchor: Anchor,
    trust: TrustBundle,
}

impl Authority {
    pub(super) async fn open(directory: &Path, attempt: &Attempt<'_>) -> Result<Self, Error> {
        let now = attempt.now();
        check_directory(directory)?;
        if let Some(authority) = Self::load(directory, now)? {
            return Ok(authority);
        }
        DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(cannot_write(directory))?;
        let lock_path = directory.join("lock");
        let file = File::create(&lock_path).map_err(cannot_write(&lock_path))?;
        lock(&file, attempt.deadline).await.map_err(|source| match source.kind() {
            ErrorKind::TimedOut => Error::Locked { path: lock_path },
            _ => Error::Write { path: lock_path, source },
        })?;
        // A different process may have created it in the meantime.
        if let Some(authority) = Self::load(directory, now)? {
            return Ok(authority);
        }
        create(directory, now)?;
        tracing::info!(directory = %directory.display(), "created a local CA");
        Self::load(directory, now)?.ok_or_else(|| Error::Vanished { path: certificate_path(directory) })
    }

    pub(super) fn certificate_path(&self) -> PathBuf {
        certificate_path(&self.directory)
    }

    pub(super) fn der(&self) -> &CertificateDer<'static> {
        &self.anchor.der
    }

    pub(super) fn key(&self) -> &KeyPair {
        self.key.expose()
    }

    pub(super) fn not_after(&self) -> Timestamp {
        self.anchor.not_after
    }

    pub(super) fn trust(&self) -> &TrustBundle {
        &self.trust
    }

    /// The CA in a directory, or `None`.
    fn load(directory: &Path, now: Timestamp) -> Result<Option<Self>, Error> {
        let path = certificate_path(directory);
        let certificate = match durable_file::read_bytes(&path) {
            Ok((bytes, _)) => bytes,
            // If the directory is a file, creating the CA will fail.
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(source) => return Err(Error::Read { path, source }),
        };
        trust::warn_of_private_key(&path.display(), &certificate);
        let directory = directory.to_owned();
        let trust = match TrustBundle::parse(&certificate, now) {
            Ok(trust) => trust,
            Err(source) => return Err(Error::Certificate { path, directory, source }),
        };
        let Some(anchor) = trust.only().cloned() else {
            return Err(Error::Several { path, directory });
        };

        let key_path = key_path(&directory);
        let (text, mode) =
            durable_file::read(&key_path).map_err(|source| Error::Read { path: key_path.clone(), source })?;
        let text = Secret::new(text);
        if durable_file::others_have_access(mode) {
            return Err(Error::KeyReadable { path: key_path, directory, mode });
        }
        let key = match KeyPair::from_pem(text.expose()) {
            Ok(key) => Secret::new(key),
            Err(source) => return Err(Error::Key { path: key_path, directory, source }),
        };
        let public_key = key.expose().subject_public_key_info();
        if x509::parse(&anchor.der).is_none_or(|it| it.public_key().raw != public_key) {
            return Err(Error::KeyMismatch { key: key_path, certificate: path, directory });
        }
        Ok(Some(Self { directory, key, anchor, trust }))
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("directory", &self.directory).finish_non_exhaustive()
    }
}

/// Why a local CA cannot be used or created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the texts explain the fields")]
pub enum Error {
    /// Its certificate is corrupt or expired, or is not a CA's.
    #[error("the local CA's certificate {} cannot be used", path.display())]
    Certificate { path: PathBuf, directory: PathBuf, source: trust::Error },
    /// Its key is corrupt.
    #[error("the local CA's key {} cannot be used", path.display())]
    Key { path: PathBuf, directory: PathBuf, source: rcgen::Error },
    /// Key and certificate do not belong together.
    #[error("the local CA's key {} does not belong to {}", key.display(), certificate.display())]
    KeyMismatch { key: PathBuf, certificate: PathBuf, directory: PathBuf },
    /// Other users may have copied the key.
    #[error("the local CA's key {} can be read or written by others (mode {mode:04o}, not 0600)", path.display())]
    KeyReadable { path: PathBuf, directory: PathBuf, mode: u32 },
    /// A different process is creating it and does not finish.
    #[error("the lock {} of the local CA was held by another process until the deadline", path.display())]
    Locked { path: PathBuf },
    /// The system has no randomness.
    #[error("cannot create a local CA")]
    Make(#[source] rcgen::Error),
    /// Other users may have put a CA of theirs there.
    #[error("{} holds the local CA, and others can write to it (mode {mode:04o})", directory.display())]
    OpenDirectory { directory: PathBuf, mode: u32 },
    /// A file cannot be read.
    #[error("{} cannot be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// There is more than one certificate.
    #[error("{} holds several CA certificates", path.display())]
    Several { path: PathBuf, directory: PathBuf },
    /// It was removed by something else.
    #[error("{} was removed while it was being created", path.display())]
    Vanished { path: PathBuf },
    /// A file or directory cannot be written.
    #[error("{} cannot be written", path.display())]
    Write { path: PathBuf, source: io::Error },
}

diagnose!(Error {
    Self::Certificate { directory, .. } => Data("restore it, or remove {} to create a new CA", directory.display()),
    Self::Key { directory, .. } => Data("restore it, or remove {} to create a new CA", directory.display()),
    Self::KeyMismatch { directory, .. } => Data("restore both, or remove {} to create a new CA", directory.display()),
    Self::KeyReadable { directory, .. } => Data("run chmod 0600 if nobody has read it; otherwise remove {} to create a new CA", directory.display()),
    Self::Locked { .. } => Deadline("end that process, or set a longer --deadline (PODCERT_DEADLINE)"),
    Self::Make(_) => Unavailable("check that the system provides random numbers"),
    Self::OpenDirectory { .. } => Data("run chmod 0700 if nobody has written to it; otherwise remove it to create a new CA"),
    Self::Read { .. } => Data("make it readable for this user, or remove its directory to create a new CA"),
    Self::Several { directory, .. } => Data("keep only one, or remove {} to create a new CA", directory.display()),
    Self::Vanished { .. } => Unavailable("try again"),
    Self::Write { .. } => CannotWrite("make it writable for this user, or set XDG_STATE_HOME to a different directory"),
});

/// A directory that does not exist is fine: it will be created for this user only.
fn check_directory(directory: &Path) -> Result<(), Error> {
    let mode = fs::metadata(directory).map_or(0, |it| it.permissions().mode() & 0o7777);
    if mode & 0o022 == 0 {
        return Ok(());
    }
    Err(Error::OpenDirectory { directory: directory.to_owned(), mode })
}

fn create(directory: &Path, now: Timestamp) -> Result<(), Error> {
    let key = KeyAlgorithm::EcdsaP256.generate().map_err(Error::Make)?;
    let serial = super::random_serial().map_err(Error::Make)?;
    let certificate = params(serial, now).self_signed(key.expose()).map_err(Error::Make)?;
    let key_pem = Secret::new(key.expose().serialize_pem());
    for (path, text, mode) in [
        (key_path(directory), key_pem.expose().as_str(), 0o600),
        (certificate_path(directory), &certificate.pem(), 0o644),
    ] {
        replace(&path, text, mode).map_err(cannot_write(&path))?;
    }
    durable_file::sync_directory(directory).map_err(cannot_write(directory))
}

/// The name contains a random part, which distinguishes this CA from those on other machines.
fn params(serial: SerialNumber, now: Timestamp) -> CertificateParams {
    let mut params = CertificateParams::default();
    let random = hex::encode(&serial.as_ref()[..4]);
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, format!("podcert local CA {random}"));
    params.serial_number = Some(serial);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let not_after = now.checked_add(LIFETIME).unwrap_or(Timestamp::MAX);
    super::set_validity(&mut params, now, not_after);
    params
}

/// Replaces a file. A temporary file that a killed process left may be removed, because we hold the lock.
fn replace(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let temporary = path.with_extension("tmp");
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let written = durable_file::write(&temporary, text, mode).and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The error that is returned says more than one of cleaning up.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// The file with the certificate of the CA in a directory.
pub fn certificate_path(directory: &Path) -> PathBuf {
    directory.join("ca.crt")
}

fn key_path(directory: &Path) -> PathBuf {
    directory.join("ca.key")
}

fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::Write { path: path.to_owned(), source }
}

const LIFETIME: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);
