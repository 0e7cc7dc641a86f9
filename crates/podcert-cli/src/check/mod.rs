//! Checks everything that a certificate depends on, and changes nothing: no file is written and no object created.
//! The
//! results are findings; a check does not end early because something else is wrong.

mod certificate;
pub mod cluster;
mod files;
mod settings;
mod source;

use std::path::Path;

use jiff::Timestamp;
use podcert::identity::Identity;
use podcert::request::SigningRequest;
use podcert::store::Store;

pub use settings::{fault_findings, setting_findings};

use crate::diagnostics::{Finding, Section};
use crate::process_user::ProcessUser;
use crate::settings::Settings;

/// What is checked.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The settings; none if something is wrong with them.
    pub settings: Option<&'a Settings>,
    /// Where the certificate is published.
    pub directory: &'a Path,
    /// Names that are needed in addition to those of the settings and the pod.
    pub needed: &'a Identity,
    /// The user that must be able to read the key, if it is not the current one.
    pub reader: Option<&'a ProcessUser>,
}

/// Checks all of it. It needs a runtime of tokio's with time and I/O.
pub async fn check(subject: &Subject<'_>, now: Timestamp) -> Vec<Finding> {
    let mut findings = source::check(subject, now);
    findings.extend(published(subject, now));
    let Some(settings) = subject.settings else { return findings };
    let request = source::wanted_names(subject).and_then(Result::ok).and_then(|names| {
        SigningRequest::new(names, settings.wanted.key_algorithm, settings.wanted.duration).ok()
    });
    match settings.source.provider().inspect_api(request.as_ref()).await {
        Some(Ok(inspected)) => findings.extend(cluster::findings(&inspected)),
        Some(Err(error)) => findings.push(CLUSTER.of_error("credentials", &error)),
        None => {}
    }
    findings
}

fn published(subject: &Subject<'_>, now: Timestamp) -> Vec<Finding> {
    let store = match Store::open(subject.directory) {
        Ok(store) => store,
        Err(error) => return vec![FILES.of_error("directory", &error)],
    };
    let set = match store.current_set() {
        Ok(Some(set)) => set,
        Ok(None) => {
            let found = format!("no certificate is published in {}", subject.directory.display());
            return vec![FILES.warning("directory", found, "start the node, or run `podcert obtain`")];
        }
        Err(error) => return vec![FILES.of_error("directory", &error)],
    };
    let mut findings = Vec::new();
    let files = files::check(&store, &set, subject.reader, &mut findings);
    findings.extend(source::origin(subject, files.origin.as_ref()));
    certificate::check(&store, &files, subject, now, &mut findings);
    findings
}

const CLUSTER: Section = Section("cluster");
const CERTIFICATE: Section = Section("certificate");
const FILES: Section = Section("files");
const SETTINGS: Section = Section("settings");
const SOURCE: Section = Section("source");
