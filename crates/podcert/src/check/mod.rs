//! Looks at all that a certificate depends on, and changes nothing: no file is written and no object created. What was
//! found is told as findings; nothing here ends early because something else is wrong.

mod certificate;
mod files;
mod moment;
mod settings;
mod source;

use std::path::Path;

use jiff::Timestamp;

pub use moment::moment;
pub use settings::{faults, origins};

use crate::account::Account;
use crate::cluster;
use crate::csr::SigningRequest;
use crate::identity::Identity;
use crate::report::{Finding, Section};
use crate::settings::{Settings, Source};
use crate::signer::cert_manager;
use crate::store::Store;

/// What to look at.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The settings; none where something is wrong with them.
    pub settings: Option<&'a Settings>,
    /// Where the certificate is published.
    pub directory: &'a Path,
    /// Names that are wanted in addition to those of the settings and the pod.
    pub own: &'a Identity,
    /// Who has to read the key, where that is not us.
    pub reader: Option<&'a Account>,
}

/// Looks at all of it. It needs a runtime of tokio's with time and I/O.
pub async fn check(subject: &Subject<'_>, now: Timestamp) -> Vec<Finding> {
    let mut findings = source::look(subject, now);
    findings.extend(published(subject, now));
    if let Some(settings) = subject.settings
        && let Source::CertManager { issuer, pod, .. } = &settings.source
    {
        match cluster::client() {
            Ok(client) => {
                let request = source::wanted(subject).and_then(Result::ok).and_then(|names| {
                    SigningRequest::new(names, settings.key_algorithm, settings.duration).ok()
                });
                findings.extend(cert_manager::probe(client, pod, issuer, request.as_ref()).await);
            }
            Err(error) => findings.push(CLUSTER.of_error("credentials", error.exit_class(), &error)),
        }
    }
    findings
}

fn published(subject: &Subject<'_>, now: Timestamp) -> Vec<Finding> {
    let store = match Store::open(subject.directory) {
        Ok(store) => store,
        Err(error) => return vec![FILES.of_error("directory", error.exit_class(), &error)],
    };
    let set = match store.current_set() {
        Ok(Some(set)) => set,
        Ok(None) => {
            let found = format!("no certificate is published in {}", subject.directory.display());
            return vec![FILES.warning("directory", found, "start the pod's node, or `podcert obtain`")];
        }
        Err(error) => return vec![FILES.of_error("directory", error.exit_class(), &error)],
    };
    let mut findings = Vec::new();
    let files = files::look(&store, &set, subject.reader, &mut findings);
    findings.extend(source::origin(subject, files.origin.as_ref()));
    certificate::look(&store, &files, subject, now, &mut findings);
    findings
}

/// How the pod asks the API server.
pub(crate) const CLUSTER: Section = Section("cluster");
const CERTIFICATE: Section = Section("certificate");
const FILES: Section = Section("files");
const SETTINGS: Section = Section("settings");
const SOURCE: Section = Section("source");
