//! Whether this node's port speaks TLS with its certificate, and is that of this node.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;
use podcert::diagnose::ErrorClass;
use podcert_cli::diagnostics::Finding;
use podcert_cli::humanize::relative_time;
use rustls::pki_types::ServerName;

use super::{DISTRIBUTION, Subject};
use crate::commands::handshake::{Answer, Dialer, Failure};
use crate::distribution::node_name::Host;

/// Dials ourselves.
pub(super) fn check(
    subject: &Subject<'_>,
    dialer: Dialer<'_>,
    addresses: &[IpAddr],
    now: Timestamp,
) -> Option<Finding> {
    let (name, listen) = (subject.name()?, subject.settings.listen?);
    let address = SocketAddr::new(*addresses.first()?, listen.port);
    let server = match name.host() {
        Host::Ip(address) => ServerName::from(*address),
        Host::Fqdn(name) => ServerName::try_from(name.as_str().to_owned()).ok()?,
    };
    // Whatever our --peers are, this is us.
    let dialer = Dialer { peers: &[], ..dialer };
    Some(match dialer.dial_as(address, server) {
        Ok(answer) => answered(&answer, &name.to_string(), address, dialer.credentials.serial(), now),
        Err(Failure::Io(error))
            if error.kind() == ErrorKind::ConnectionRefused && is_not_started(subject) =>
        {
            DISTRIBUTION.note("local port", format!("nothing listens on {address} yet"))
        }
        Err(Failure::Io(error)) if error.kind() == ErrorKind::ConnectionRefused => {
            let found = format!("nothing listens on {address}");
            let remedy = "check the node's log for why its distribution did not start, and --listen \
                (BEAM_MTLS_LISTEN)";
            DISTRIBUTION.error("local port", ErrorClass::Unavailable, found, remedy)
        }
        Err(failure) => {
            let found = format!("{address}: {failure}");
            DISTRIBUTION.error("local port", failure.class(), found, failure.remedy())
        }
    })
}

fn is_not_started(subject: &Subject<'_>) -> bool {
    subject.beam.is_none() && subject.bypassing.is_none()
}

fn answered(answer: &Answer, name: &str, address: SocketAddr, serial: &str, now: Timestamp) -> Finding {
    if answer.node != name {
        let found = format!("{address} is the port of {}, not of {name}", answer.node);
        let remedy =
            "give each node its own port or address (--listen), and start it under the name in the settings";
        return DISTRIBUTION.error("local port", ErrorClass::Settings, found, remedy);
    }
    if answer.serial != serial {
        let found = format!(
            "{address} presents the certificate with serial number {}, valid until {}; the published one is {serial}",
            answer.serial,
            relative_time(answer.not_after, now)
        );
        let remedy =
            "wait two minutes, until Erlang has read its files again; if it still does, restart the node";
        return DISTRIBUTION.warning("local port", found, remedy);
    }
    let found =
        format!("{address} speaks TLS 1.3, presents the published certificate, and has the same cookie");
    DISTRIBUTION.ok("local port", found)
}
