//! The node itself: whether it runs, who it is, and what its command line says.

use std::fs;

use podcert::diagnose::ErrorClass;
use podcert_cli::diagnostics::Finding;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::beam::Beam;
use super::{NODE, Subject};
use crate::artifacts::directory;
use crate::commands::handshake::PeerCertificate;

/// Looks at the BEAM that runs, or tells that none does.
pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(name) = subject.name() {
        findings.push(NODE.ok("name", name.to_string()));
    }
    findings.extend(renamed(subject));
    findings.extend(certified(subject));
    match (subject.beam, subject.bypassing) {
        (Some(beam), _) => findings.extend(running(beam, subject)),
        (None, Some(beam)) => findings.push(bypassed(beam)),
        (None, None) => findings.push(missing(subject)),
    }
    findings
}

/// Files that were rendered for another name than that of the settings.
fn renamed(subject: &Subject<'_>) -> Option<Finding> {
    let directory = subject.settings.config_directory.as_ref()?;
    let rendered = directory::node_name(directory.as_path())?;
    let wanted = subject.name().filter(|wanted| **wanted != rendered)?;
    let found = format!("{directory} was rendered for {rendered}, and the settings say {wanted}");
    Some(NODE.warning("name", found, "restart the node; it then takes the name of the settings"))
}

/// The host of the name is what peers look for in the certificate.
fn certified(subject: &Subject<'_>) -> Option<Finding> {
    let name = subject.name()?;
    let pem = fs::read(subject.settings.directory.join("tls.crt")).ok()?;
    let der = CertificateDer::from_pem_slice(&pem).ok()?;
    let certificate = PeerCertificate::parse(&der)?;
    if certificate.names_host_of(&name.to_string()) {
        return Some(NODE.ok("certificate", format!("it names the host {}", name.host())));
    }
    let found = format!(
        "it is for {}, not for the host of {name}; no peer would let this node in",
        certificate.hosts()
    );
    let remedy = format!(
        "let --name (BEAM_MTLS_NAME) end in one of these, or have {} certified: restart the node, or set --dns-names \
         or --ip-addresses where it is obtained",
        name.host()
    );
    Some(NODE.error("certificate", ErrorClass::Data, found, remedy))
}

fn running(beam: &Beam, subject: &Subject<'_>) -> Vec<Finding> {
    let user =
        beam.user.as_ref().map_or_else(|| "an unknown user".to_owned(), |it| format!("user {}", it.uid()));
    let mut findings = vec![NODE.ok("process", format!("the BEAM runs as process {} of {user}", beam.pid))];
    findings.extend(DOUBLED.iter().filter_map(|(flag, harm)| doubled(beam, flag, harm)));
    findings.extend(cookie_on_command_line(beam));
    if let (Some(port), Some(listen)) = (beam.value("-erl_epmd_port"), subject.settings.listen)
        && port != listen.port.to_string()
    {
        let found =
            format!("it listens on port {port}, and --listen (BEAM_MTLS_LISTEN) says {}", listen.port);
        findings.push(NODE.error(
            "port",
            ErrorClass::Settings,
            found,
            "set --listen to the same port on all nodes",
        ));
    }
    findings
}

/// What is harmful when it is there twice, and why.
const DOUBLED: [(&str, &str); 6] = [
    ("-dist_listen", "of several the first one counts"),
    ("-erl_epmd_port", "of several none counts, so the node listens and dials on other ports than its peers"),
    ("-name", "of several the first one counts, and the certificate may be for another"),
    (
        "-proto_dist",
        "of several OTP 25 takes none and falls back to plain TCP, and later releases take the first; applications that \
         look at it see no TLS",
    ),
    ("-ssl_dist_optfile", "of several none is taken by some releases, which then cannot use TLS or hang"),
    ("-start_epmd", "of several the first one counts"),
];

fn doubled(beam: &Beam, flag: &str, harm: &str) -> Option<Finding> {
    let values: Vec<String> = beam.values(flag).iter().map(|values| values.join(" ")).collect();
    if values.len() < 2 {
        return None;
    }
    let found = format!(
        "{flag} stands {} times in the command line of process {} ({}): {harm}",
        values.len(),
        beam.pid,
        values.join(", ")
    );
    Some(NODE.error(format!("doubled {flag}"), ErrorClass::Settings, found, REMOVE))
}

/// Ours are two, of which none counts. A single one counts, and every process can read it.
fn cookie_on_command_line(beam: &Beam) -> Option<Finding> {
    (beam.values("-setcookie").len() == 1).then(|| {
        let found = format!(
            "-setcookie stands in the command line of process {}, where everybody can read it",
            beam.pid
        );
        NODE.error("-setcookie", ErrorClass::Settings, found, REMOVE)
    })
}

fn bypassed(beam: &Beam) -> Finding {
    let name = beam.value("-name").or_else(|| beam.value("-sname")).unwrap_or_default();
    let carrier = beam.value("-proto_dist").unwrap_or("inet_tcp, which is plain text");
    let found = format!(
        "process {} runs as {name} without the files of beam-mtls; its carrier is {carrier}",
        beam.pid
    );
    let remedy = "start it by `beam-mtls run -- COMMAND`: a pod's `command:` takes the ENTRYPOINT's place, and a release \
                  that sets -proto_dist itself that of ours";
    NODE.error("process", ErrorClass::Settings, found, remedy)
}

fn missing(subject: &Subject<'_>) -> Finding {
    let directory = subject.settings.config_directory.as_ref();
    match directory.filter(|directory| directory::node_name(directory.as_path()).is_some()) {
        Some(directory) => {
            let found = format!("no BEAM runs here with the files in {directory}");
            NODE.error(
                "process",
                ErrorClass::Unavailable,
                found,
                "look into the node's log, and start it again",
            )
        }
        None => NODE.note("process", "no node was started here yet"),
    }
}

const REMOVE: &str = "remove it from where it comes in addition: vm.args and env.sh of the release, ERL_* variables, arguments";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_flag_that_stands_there_twice_is_told_with_its_values() {
        let beam = Beam::with_command_line("-proto_dist inet_tls -proto_dist inet_tcp -name a@b.c");
        let found: Vec<Finding> =
            DOUBLED.iter().filter_map(|(flag, harm)| doubled(&beam, flag, harm)).collect();
        assert_eq!(found.len(), 1);
        assert!(
            found[0].found.starts_with(
                "-proto_dist stands 2 times in the command line of process 4294967295 (inet_tls, inet_tcp): of several OTP 25"
            ),
            "{}",
            found[0].found
        );
    }

    #[test]
    fn only_a_single_cookie_counts() {
        let told = |flags: &str| cookie_on_command_line(&Beam::with_command_line(flags));
        assert!(told("-setcookie a").is_some_and(|finding| !finding.found.contains(" a ")));
        assert!(told("-setcookie a -setcookie b").is_none() && told("-name a@b.c").is_none());
    }
}
