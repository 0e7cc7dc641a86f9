//! `beam-mtls doctor`: looks at all that a node needs to meet its peers, and says of each thing what is wrong and what
//! to do. It changes nothing: what it needs of the API server it asks as dry runs, and of nodes as a remote console
//! would that leaves at once.
//!
//! What concerns the certificate alone is [`podcert::check`].

mod beam;
mod cookie;
mod flags;
mod launcher;
mod network;
mod node;
mod own_port;
mod peers;
mod reasons;
mod rendered;

use jiff::Timestamp;
use podcert::check::{Subject, check, faults};
use podcert::identity::Identity;
use podcert::report::{Finding, Report, Section};

use self::beam::Beam;
use crate::environment::Environment;
use crate::node_name::NodeName;
use crate::settings::{Doctor, DoctorArgs};

/// What was found, and whether it is wanted as JSON.
#[derive(Debug)]
pub struct Diagnosis {
    /// What was found.
    pub report: Report,
    /// Write JSON instead of a table.
    pub json: bool,
}

/// Looks at all of it; `findings` are those that came before.
pub async fn doctor(
    args: DoctorArgs,
    mut findings: Vec<Finding>,
    environment: &Environment,
    now: Timestamp,
) -> Diagnosis {
    let (settings, wrong) = args.into_settings(environment);
    if !settings.taken.is_empty() {
        findings.push(SETTINGS.ok("from the node", settings.taken.join(", ")));
    }
    findings.extend(faults(&wrong));
    let beams = beam::running();
    let patient = Patient::new(&settings, environment, &beams);

    let own = patient.name().map(|name| name.host().identity()).unwrap_or_default();
    findings.extend(certificate(&patient, &own, now).await);
    findings.extend(launcher::look(&patient));
    findings.extend(node::look(&patient));
    findings.extend(rendered::look(&patient));
    findings.extend(cookie::look(&patient));
    findings.extend(flags::look(&patient));
    findings.extend(network::look(&patient, now));
    Diagnosis { report: Report(findings), json: settings.json }
}

async fn certificate(patient: &Patient<'_>, own: &Identity, now: Timestamp) -> Vec<Finding> {
    let subject = Subject {
        settings: patient.settings.parts.certificate.as_ref(),
        directory: &patient.settings.directory,
        own,
        reader: patient.beam.and_then(|beam| beam.account.as_ref()),
    };
    check(&subject, now).await
}

/// A node, as far as it is known.
struct Patient<'a> {
    settings: &'a Doctor,
    environment: &'a Environment,
    /// The BEAM that our files were handed to, where it runs.
    beam: Option<&'a Beam>,
    /// A BEAM that has the node's name, but not our files.
    bypassing: Option<&'a Beam>,
}

impl<'a> Patient<'a> {
    fn new(settings: &'a Doctor, environment: &'a Environment, beams: &'a [Beam]) -> Self {
        let directory = settings.parts.config_directory.as_ref();
        let beam = directory.and_then(|directory| beams.iter().find(|beam| beam.is_node_of(directory)));
        let bypasses = |beam: &&Beam| settings.parts.name.as_ref().is_some_and(|name| beam.bypasses_as(name));
        let bypassing = beams.iter().filter(|_| beam.is_none()).find(bypasses);
        Self { settings, environment, beam, bypassing }
    }

    fn name(&self) -> Option<&'a NodeName> {
        self.settings.parts.name.as_ref()
    }
}

/// What was typed and exported.
const SETTINGS: Section = Section("settings");
/// How the BEAM was told who it is.
const NODE: Section = Section("node");
/// What it shares with its peers.
const COOKIE: Section = Section("cookie");
/// Flags in variables and in what the release brings along.
const FLAGS: Section = Section("flags");
/// Our own port, and those of the others.
const DISTRIBUTION: Section = Section("distribution");
