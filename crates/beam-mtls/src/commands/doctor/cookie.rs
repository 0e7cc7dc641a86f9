//! The cookie: the file that the node reads it from, and others that would come before it.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use podcert::diagnose::ErrorClass;
use podcert_cli::diagnostics::Finding;

use super::beam::Beam;
use super::{COOKIE, Subject};
use crate::artifacts::directory::cookie_file;
use crate::distribution::cookie::Cookie;

/// Looks at the file, and at the home.
pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(cookie) = &subject.settings.cookie {
        findings.push(COOKIE.ok("setting", format!("it comes from {}", cookie.origin())));
    }
    let mut rendered = None;
    if let Some(directory) = &subject.settings.config_directory {
        let path = cookie_file(directory.as_path());
        if path.exists() {
            findings.extend(file("file", &path, subject));
            rendered = Cookie::read(&path).ok();
            findings.extend(rendered.as_ref().and_then(|rendered| differs(rendered, subject)));
        }
    }
    let wanted = rendered.as_ref().or(subject.settings.cookie.as_ref());
    findings.extend(home(subject).and_then(|home| shadowed(&home, wanted, subject)));
    findings
}

/// The home of the BEAM, else that of this process.
fn home(subject: &Subject<'_>) -> Option<PathBuf> {
    subject.beam.and_then(Beam::home).or_else(|| subject.environment.home())
}

/// Erlang refuses a cookie file that others may read, and one that it cannot read.
fn file(check: &str, path: &Path, subject: &Subject<'_>) -> Vec<Finding> {
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => return vec![unreadable(check, path, &error)],
    };
    let (mode, uid) = (metadata.mode() & 0o7777, metadata.uid());
    let mut findings = Vec::new();
    if mode & 0o077 != 0 {
        let found = format!(
            "{} has mode {mode:04o}: Erlang refuses a cookie file that others can access",
            path.display()
        );
        findings.push(COOKIE.error(check, ErrorClass::Data, found, format!("chmod 0400 {}", path.display())));
    }
    let reader = subject.beam.and_then(|beam| beam.user.as_ref());
    if let Some((reader, Err(error))) = reader.map(|reader| (reader, reader.check_read(path))) {
        let found = format!("the application runs as user {} and cannot read it: {error}", reader.uid());
        let remedy = "start `beam-mtls run` as the user that the application finally runs as, or give that user a \
            ~/.erlang.cookie with the same content";
        findings.push(COOKIE.error(check, ErrorClass::Data, found, remedy));
    }
    if findings.is_empty() {
        findings.push(COOKIE.ok(check, format!("{}, mode {mode:04o}, of user {uid}", path.display())));
    }
    findings
}

fn unreadable(check: &str, path: &Path, error: &io::Error) -> Finding {
    let found = format!("{} cannot be inspected: {error}", path.display());
    COOKIE.error(check, ErrorClass::Data, found, "make it readable by the node's user only")
}

/// The node has one cookie, but the settings contain a different one by now.
fn differs(rendered: &Cookie, subject: &Subject<'_>) -> Option<Finding> {
    let cookie = subject.settings.cookie.as_ref()?;
    (cookie.as_bytes() != rendered.as_bytes()).then(|| {
        let found = format!("the node was started with a different cookie than the one from {}", cookie.origin());
        let remedy =
            "restart all nodes that still have the old cookie; nodes with different cookies refuse each other";
        COOKIE.error("file", ErrorClass::Settings, found, remedy)
    })
}

/// Erlang looks into the home first.
fn shadowed(home: &Path, wanted: Option<&Cookie>, subject: &Subject<'_>) -> Option<Finding> {
    let path = home.join(".erlang.cookie");
    match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Some(COOKIE.ok(
                "home",
                format!("{} does not exist, so it does not override our cookie", path.display()),
            ));
        }
        Err(error) => return Some(unreadable("home", &path, &error)),
        Ok(_) => {}
    }
    if let Some(finding) = file("home", &path, subject).into_iter().find(Finding::is_problem) {
        return Some(finding);
    }
    let (Ok(found), Some(wanted)) = (Cookie::read(&path), wanted) else {
        let found = format!("{} exists and overrides our cookie; it could not be compared", path.display());
        return Some(COOKIE.note("home", found));
    };
    if found.as_bytes() == wanted.as_bytes() {
        return Some(COOKIE.ok("home", format!("{} contains the same cookie", path.display())));
    }
    let found = format!("{} contains a different cookie, and Erlang reads that file first", path.display());
    let remedy = "remove it, or set --cookie-file (BEAM_MTLS_COOKIE_FILE) to it on all nodes";
    Some(COOKIE.error("home", ErrorClass::Settings, found, remedy))
}
