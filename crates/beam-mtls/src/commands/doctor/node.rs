//! The node itself: whether it runs, its name and certificate, and the flags on its command line.

use std::fs;

use podcert::diagnose::ErrorClass;
use podcert::verify::ParsedLeaf;
use podcert_cli::diagnostics::Finding;

use super::beam::Beam;
use super::{NODE, Subject};
use crate::artifacts::directory;
use crate::commands::handshake::PeerCertificate;

/// Checks the running BEAM, or reports that there is none.
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

/// Files that were rendered for a different name than that of the settings.
fn renamed(subject: &Subject<'_>) -> Option<Finding> {
    let directory = subject.settings.config_directory.as_ref()?;
    let rendered = directory::node_name(directory.as_path())?;
    let wanted = subject.name().filter(|wanted| **wanted != rendered)?;
    let found = format!("{directory} was rendered for {rendered}, but the settings say {wanted}");
    Some(NODE.warning("name", found, "restart the node, which then takes the name from the settings"))
}

/// The host of the name is what peers look for in the certificate.
fn certified(subject: &Subject<'_>) -> Option<Finding> {
    let name = subject.name()?;
    let pem = fs::read(subject.settings.directory.join("tls.crt")).ok()?;
    let leaf = ParsedLeaf::parse("tls.crt", &pem).ok()?;
    let certificate = PeerCertificate::parse(leaf.chain().first()?)?;
    if certificate.names_host_of(&name.to_string()) {
        return Some(NODE.ok("certificate", format!("it names the host {}", name.host())));
    }
    let found = format!(
        "it is for {}, not for the host of {name}; no peer would accept this node",
        certificate.hosts()
    );
    let remedy = format!(
        "use one of these as the host in --name (BEAM_MTLS_NAME), or have {} certified: restart the node, or set \
            --dns-names or --ip-addresses where the certificate is obtained",
        name.host()
    );
    Some(NODE.error("certificate", ErrorClass::Data, found, remedy))
}

fn running(beam: &Beam, subject: &Subject<'_>) -> Vec<Finding> {
    let user =
        beam.user.as_ref().map_or_else(|| "an unknown user".to_owned(), |it| format!("user {}", it.uid()));
    let mut findings = vec![NODE.ok("process", format!("the BEAM runs as process {} of {user}", beam.pid))];
    findings.extend(REPEATED.iter().filter_map(|(flag, harm)| repeated(beam, flag, harm)));
    findings.extend(cookie_on_command_line(beam));
    if let (Some(port), Some(listen)) = (beam.value("-erl_epmd_port"), subject.settings.listen)
        && port != listen.port.to_string()
    {
        let found =
            format!("it listens on port {port}, but --listen (BEAM_MTLS_LISTEN) says {}", listen.port);
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
const REPEATED: [(&str, &str); 6] = [
    ("-dist_listen", "only the first one counts"),
    (
        "-erl_epmd_port",
        "Erlang ignores them all, so the node listens and dials on different ports than its peers",
    ),
    ("-name", "only the first one counts, and the certificate may be for a different one"),
    (
        "-proto_dist",
        "OTP 25 ignores them all and falls back to plain TCP, and later releases use the first; applications that \
            check this flag see no TLS",
    ),
    ("-ssl_dist_optfile", "some OTP releases ignore them all, and then cannot use TLS or hang"),
    ("-start_epmd", "only the first one counts"),
];

fn repeated(beam: &Beam, flag: &str, harm: &str) -> Option<Finding> {
    let values: Vec<String> = beam.values(flag).iter().map(|values| values.join(" ")).collect();
    if values.len() < 2 {
        return None;
    }
    let found = format!(
        "{flag} is given {} times on the command line of process {} ({}): {harm}",
        values.len(),
        beam.pid,
        values.join(", ")
    );
    Some(NODE.error(format!("repeated {flag}"), ErrorClass::Settings, found, REMOVE))
}

/// Ours are two, of which none counts. A single one counts, and every process can read it.
fn cookie_on_command_line(beam: &Beam) -> Option<Finding> {
    (beam.values("-setcookie").len() == 1).then(|| {
        let found =
            format!("-setcookie is on the command line of process {}, where everyone can read it", beam.pid);
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
    let remedy = "start it with `beam-mtls run -- COMMAND`: a pod's `command:` replaces the ENTRYPOINT, and a \
        release's own -proto_dist replaces ours";
    NODE.error("process", ErrorClass::Settings, found, remedy)
}

fn missing(subject: &Subject<'_>) -> Finding {
    let directory = subject.settings.config_directory.as_ref();
    match directory.filter(|directory| directory::node_name(directory.as_path()).is_some()) {
        Some(directory) => {
            let found = format!("no BEAM runs here with the files in {directory}");
            NODE.error("process", ErrorClass::Unavailable, found, "check the node's log, and start it again")
        }
        None => NODE.note("process", "no node has been started here yet"),
    }
}

const REMOVE: &str = "remove it from the other places that set it: the release's vm.args and env.sh, ERL_* \
    variables, arguments";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_repeated_flag_is_reported_with_its_values() {
        let beam = Beam::with_command_line("-proto_dist inet_tls -proto_dist inet_tcp -name a@b.c");
        let found: Vec<Finding> =
            REPEATED.iter().filter_map(|(flag, harm)| repeated(&beam, flag, harm)).collect();
        assert_eq!(found.len(), 1);
        assert!(
            found[0].found.starts_with(
                "-proto_dist is given 2 times on the command line of process 4294967295 (inet_tls, inet_tcp): OTP 25 \
                 ignores them all"
            ),
            "{}",
            found[0].found
        );
    }

    #[test]
    fn only_a_single_cookie_counts() {
        let finding = |flags: &str| cookie_on_command_line(&Beam::with_command_line(flags));
        assert!(finding("-setcookie a").is_some_and(|finding| !finding.found.contains(" a ")));
        assert!(finding("-setcookie a -setcookie b").is_none() && finding("-name a@b.c").is_none());
    }
}
