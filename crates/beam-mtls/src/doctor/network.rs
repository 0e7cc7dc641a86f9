//! What is heard on the ports of the distribution, our own and those of the peers.

use std::net::IpAddr;

use jiff::Timestamp;
use podcert::exit::chain;
use podcert::names::Uri;
use podcert::report::Finding;

use super::{DISTRIBUTION, Patient, own_port, peers};
use crate::config_directory::cookie_file;
use crate::cookie::Cookie;
use crate::handshake::{Dialler, Own, resolve};
use crate::node_name::Host;
use crate::settings::Target;

/// Dials our own port, then each peer.
pub(super) fn look(patient: &Patient<'_>, now: Timestamp) -> Vec<Finding> {
    let addresses = own_addresses(patient);
    let (mut findings, found) = peers::resolve_all(patient, &addresses);
    let own = match Own::read(&patient.settings.directory, now) {
        Ok(own) => own,
        Err(error) => {
            let found = format!("nobody was dialled, for want of a certificate to show: {}", chain(&error));
            findings.push(DISTRIBUTION.note("handshakes", found));
            return findings;
        }
    };
    let uris: Vec<Uri> = match &patient.settings.parts.peers {
        Some(peers) => peers.uris(own.names().uris().iter().cloned()),
        None => Vec::new(),
    };
    let cookie = cookie(patient);
    let cookie = cookie.as_ref().or(patient.settings.cookie.as_ref().map(|(cookie, _)| cookie));
    let dialler = Dialler { own: &own, peers: &uris, cookie };
    findings.extend(own_port::look(patient, dialler, &addresses, now));
    findings.extend(peers::look(dialler, &found, now));
    findings
}

/// The cookie that the node was started with.
fn cookie(patient: &Patient<'_>) -> Option<Cookie> {
    let directory = patient.settings.parts.config_directory.as_ref()?;
    Cookie::read(&cookie_file(directory.as_path())).ok()
}

/// Where we are reached, the address that is listened on first.
fn own_addresses(patient: &Patient<'_>) -> Vec<IpAddr> {
    let parts = &patient.settings.parts;
    let mut addresses: Vec<IpAddr> = parts.listen.and_then(|listen| listen.interface).into_iter().collect();
    match patient.name().map(|name| name.host()) {
        Some(Host::Ip(address)) => addresses.push(*address),
        Some(Host::Fqdn(name)) => {
            let target = Target { host: name.as_str().to_owned(), port: 1 };
            addresses.extend(resolve(&target).into_iter().flatten().map(|address| address.ip()));
        }
        None => {}
    }
    addresses.extend(parts.certificate.as_ref().and_then(|settings| settings.pod_ip));
    let mut seen = Vec::new();
    addresses.retain(|address| {
        let is_new = !seen.contains(address);
        seen.push(*address);
        is_new
    });
    addresses
}
