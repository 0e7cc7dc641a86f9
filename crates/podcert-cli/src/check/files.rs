//! The files that are published: whether they are there, and who may read and write them.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::FILES;
use crate::diagnostics::{Finding, Section};
use crate::process_user::ProcessUser;
use podcert::diagnose::ErrorClass;
use podcert::signer::Origin;
use podcert::store::{CERTIFICATE, Error, KEY, LINKS, ORIGIN, Store, TRUST};
use podcert::support::durable_file;
use podcert::support::pem::holds_private_key;
use podcert::support::secret::Secret;

/// What could be read of a set.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) chain: Option<Vec<u8>>,
    pub(super) key: Option<Secret<String>>,
    pub(super) trust: Option<Vec<u8>>,
    pub(super) origin: Option<Origin>,
}

/// Reads a set, and reports what is wrong with its files.
pub(super) fn check(
    store: &Store,
    set: &Path,
    reader: Option<&ProcessUser>,
    findings: &mut Vec<Finding>,
) -> Files {
    let before = findings.len();
    for name in LINKS.iter().filter(|name| !store.directory().join(name).is_symlink()) {
        let found = format!("{} was removed", store.directory().join(name).display());
        findings.push(FILES.error(
            *name,
            ErrorClass::Data,
            found,
            "restart the pod, which then creates it again",
        ));
    }
    let mut read = |name: &str| match durable_file::read_bytes(&set.join(name)) {
        Ok((bytes, _)) => Some(bytes),
        Err(source) => {
            let error = Error::Read { path: store.directory().join(name), source };
            findings.push(FILES.of_error(name, &error));
            None
        }
    };
    let (chain, trust, source) = (read(CERTIFICATE), read(TRUST), read(ORIGIN));
    for (name, file) in [(CERTIFICATE, &chain), (TRUST, &trust)] {
        findings.extend(writable(&set.join(name)));
        if file.as_deref().is_some_and(holds_private_key) {
            findings.push(private_key(FILES, name, &store.directory().join(name)));
        }
    }
    let key = key(store, &set.join(KEY), reader, findings);
    if findings[before..].iter().all(|finding| !finding.is_problem()) {
        let found = format!("tls.crt, tls.key and ca.crt in {}", store.directory().display());
        findings.insert(before, FILES.ok("files", found));
    }
    let origin = source.and_then(|bytes| String::from_utf8(bytes).ok()?.trim_end().parse().ok());
    Files { chain, key, trust, origin }
}

fn key(
    store: &Store,
    path: &Path,
    reader: Option<&ProcessUser>,
    findings: &mut Vec<Finding>,
) -> Option<Secret<String>> {
    let shown = store.key_path();
    if let (Ok(metadata), Ok(allowed)) = (fs::metadata(path), store.key_mode()) {
        let mode = metadata.mode() & 0o7777;
        if durable_file::others_have_access(mode & !allowed) {
            let error = Error::KeyReadable { path: shown.clone(), mode, allowed };
            findings.push(FILES.of_error("key mode", &error));
        } else {
            let (uid, gid) = (metadata.uid(), metadata.gid());
            let found = format!("{mode:04o}, of user {uid} and group {gid}");
            findings.push(FILES.ok("key mode", found));
        }
    }
    let for_application = reader.map(|reader| (reader, reader.check_read(path)));
    if let Some((reader, result)) = &for_application {
        findings.push(match result {
            Ok(()) => FILES.ok("key access", format!("the application, user {}, can read it", reader.uid())),
            Err(error) => {
                let uid = reader.uid();
                let found = format!("the application runs as user {uid} and cannot read the key: {error}");
                FILES.error("key access", ErrorClass::Data, found, LET_IT_READ)
            }
        });
    }
    match durable_file::read(path).map(|(text, _)| Secret::new(text)) {
        Ok(key) => Some(key),
        Err(error) if error.kind() == ErrorKind::PermissionDenied && for_application.is_some() => {
            let found = "this user cannot read it, so it was not compared with the certificate";
            findings.push(FILES.note("key", found));
            None
        }
        Err(error) => {
            findings.push(unreadable(&shown, error));
            None
        }
    }
}

fn unreadable(path: &Path, source: io::Error) -> Finding {
    if source.kind() == ErrorKind::PermissionDenied {
        let found = format!("{} cannot be read by this user", path.display());
        return FILES.error("key access", ErrorClass::Data, found, LET_IT_READ);
    }
    let error = Error::Read { path: path.to_owned(), source };
    FILES.of_error("key", &error)
}

/// A key in a file that many can read.
pub(super) fn private_key(section: Section, check: &str, path: &Path) -> Finding {
    let found = format!("{} holds a private key, which should not be there", path.display());
    section.warning(check, found, "remove it there, and replace the key if anyone may have read it")
}

/// Anyone who can write there chooses which CAs are trusted.
fn writable(path: &Path) -> Option<Finding> {
    let mode = fs::metadata(path).ok()?.mode() & 0o7777;
    let name = path.file_name()?.to_string_lossy().into_owned();
    (mode & 0o022 != 0).then(|| {
        let found = format!("{name} can be written by others (mode {mode:04o})");
        FILES.warning(name, found, "if nobody did, chmod 0444; otherwise obtain a new one with --renew")
    })
}

const LET_IT_READ: &str = "obtain it as the user that the application finally runs as, or as root with --owner \
    (PODCERT_OWNER); in a pod, run all containers with the same runAsUser, or set the pod's fsGroup, which gives \
    the key mode 0440";

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;
    use crate::diagnostics::Severity;

    fn account(uid: u32, gid: u32) -> ProcessUser {
        let status = format!("Uid:\t{uid} {uid} {uid} {uid}\nGid:\t{gid} {gid} {gid} {gid}\nCapEff:\t0\n");
        ProcessUser::of_status(&status).unwrap()
    }

    /// A set whose key has mode 0400, below directories that everybody may pass.
    fn access(reader: impl Fn(&fs::Metadata) -> ProcessUser) -> Finding {
        let root = tempfile::tempdir().unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let set = root.path().join("..podcert-x");
        fs::create_dir(&set).unwrap();
        fs::set_permissions(&set, fs::Permissions::from_mode(0o755)).unwrap();
        for name in [CERTIFICATE, TRUST, KEY, ORIGIN] {
            fs::write(set.join(name), "local\n").unwrap();
            fs::set_permissions(set.join(name), fs::Permissions::from_mode(0o400)).unwrap();
        }
        symlink("..podcert-x", root.path().join("..data")).unwrap();
        let store = Store::open(root.path()).unwrap();
        let reader = reader(&fs::metadata(set.join(KEY)).unwrap());
        let mut findings = Vec::new();
        check(&store, &set, Some(&reader), &mut findings);
        findings.into_iter().find(|finding| finding.check == "key access").unwrap()
    }

    #[test]
    fn an_application_that_cannot_read_the_key_is_reported_with_its_user() {
        let finding = access(|_| account(4_294_967_000, 4_294_967_000));
        assert_eq!(finding.severity, Severity::Error(ErrorClass::Data));
        assert!(
            finding.found.contains("runs as user 4294967000 and cannot read the key"),
            "{}",
            finding.found
        );
        assert!(finding.remedy.unwrap().contains("fsGroup"));
        let owner = access(|metadata| account(metadata.uid(), 4_294_967_000));
        assert_eq!(owner.severity, Severity::Ok);
    }
}
