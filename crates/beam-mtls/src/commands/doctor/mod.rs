//! `beam-mtls doctor`: checks everything that a node needs to connect to its peers, and reports what is wrong and
//! what to do. It changes nothing: it sends dry runs to the API server, and connects to nodes as a remote console that
//! disconnects at once.
//!
//! What concerns the certificate alone is [`podcert_cli::check`].

mod beam;
mod cookie;
mod flags;
mod launcher;
mod local_port;
mod network;
mod node;
mod peers;
mod reasons;
mod rendered;
mod settings;

use jiff::Timestamp;
use podcert::identity::Identity;
use podcert_cli::check::{self, check, fault_findings};
use podcert_cli::diagnostics::{Finding, Report, Section};

use self::beam::Beam;
pub use self::settings::{Doctor, DoctorArgs, PeerService};
use crate::distribution::node_name::NodeName;
use crate::environment::Environment;

/// What was found, and whether it is wanted as JSON.
#[derive(Debug)]
pub struct Diagnosis {
    /// What was found.
    pub report: Report,
    /// Write JSON instead of a table.
    pub json: bool,
}

/// Runs all checks; `findings` are those that came before.
pub async fn doctor(
    args: DoctorArgs,
    mut findings: Vec<Finding>,
    environment: &Environment,
    now: Timestamp,
) -> Diagnosis {
    let (settings, wrong) = args.into_settings(environment);
    if !settings.read_back.is_empty() {
        findings.push(SETTINGS.ok("from the node", settings.read_back.join(", ")));
    }
    findings.extend(fault_findings(&wrong));
    let beams = beam::running();
    let subject = Subject::new(&settings, environment, &beams);

    let needed = subject.name().map(|name| name.host().identity()).unwrap_or_default();
    findings.extend(certificate(&subject, &needed, now).await);
    findings.extend(launcher::check(&subject));
    findings.extend(node::check(&subject));
    findings.extend(rendered::check(&subject));
    findings.extend(cookie::check(&subject));
    findings.extend(flags::check(&subject));
    findings.extend(network::check(&subject, now));
    Diagnosis { report: Report(findings), json: settings.json }
}

async fn certificate(subject: &Subject<'_>, needed: &Identity, now: Timestamp) -> Vec<Finding> {
    let certificate = check::Subject {
        settings: subject.settings.certificate.as_ref(),
        directory: &subject.settings.directory,
        needed,
        reader: subject.beam.and_then(|beam| beam.user.as_ref()),
    };
    check(&certificate, now).await
}

/// A node, as far as it is known.
struct Subject<'a> {
    settings: &'a Doctor,
    environment: &'a Environment,
    /// The BEAM that was started with our files, if it runs.
    beam: Option<&'a Beam>,
    /// A BEAM that has the node's name, but not our files.
    bypassing: Option<&'a Beam>,
}

impl<'a> Subject<'a> {
    fn new(settings: &'a Doctor, environment: &'a Environment, beams: &'a [Beam]) -> Self {
        let directory = settings.config_directory.as_ref();
        let beam = directory.and_then(|directory| beams.iter().find(|beam| beam.is_node_of(directory)));
        let bypasses = |beam: &&Beam| settings.name.as_ref().is_some_and(|name| beam.bypasses_as(name));
        let bypassing = beams.iter().filter(|_| beam.is_none()).find(bypasses);
        Self { settings, environment, beam, bypassing }
    }

    fn name(&self) -> Option<&'a NodeName> {
        self.settings.name.as_ref()
    }
}

/// Flags and variables.
const SETTINGS: Section = Section("settings");
/// The launcher, the node's name and certificate, and its process.
const NODE: Section = Section("node");
/// What it shares with its peers.
const COOKIE: Section = Section("cookie");
/// Flags in variables and in what the release brings along.
const FLAGS: Section = Section("flags");
/// The ports of this node and of its peers.
const DISTRIBUTION: Section = Section("distribution");
