//! What answers on the distribution ports of this node and of its peers.

use std::net::IpAddr;

use jiff::Timestamp;
use podcert::diagnose::chain;
use podcert::names::Uri;
use podcert_cli::diagnostics::Finding;

use super::{DISTRIBUTION, Subject, local_port, peers};
use crate::artifacts::directory::cookie_file;
use crate::commands::handshake::{ClientCredentials, Dialer, resolve};
use crate::distribution::Target;
use crate::distribution::cookie::Cookie;
use crate::distribution::node_name::Host;

/// Dials this node's port, then each peer.
pub(super) fn check(subject: &Subject<'_>, now: Timestamp) -> Vec<Finding> {
    let addresses = local_addresses(subject);
    let (mut findings, found) = peers::resolve_all(subject, &addresses);
    let own = match ClientCredentials::read(&subject.settings.directory, now) {
        Ok(own) => own,
        Err(error) => {
            let found =
                format!("no peer was dialed, because there is no certificate to present: {}", chain(&error));
            findings.push(DISTRIBUTION.note("handshakes", found));
            return findings;
        }
    };
    let uris: Vec<Uri> = match &subject.settings.peers {
        Some(peers) => peers.uris(own.names().uris().iter().cloned()),
        None => Vec::new(),
    };
    let cookie = cookie(subject);
    let cookie = cookie.as_ref().or(subject.settings.cookie.as_ref());
    let dialer = Dialer { credentials: &own, peers: &uris, cookie };
    findings.extend(local_port::check(subject, dialer, &addresses, now));
    findings.extend(peers::check(dialer, &found, now));
    findings
}

/// The cookie that the node was started with.
fn cookie(subject: &Subject<'_>) -> Option<Cookie> {
    let directory = subject.settings.config_directory.as_ref()?;
    Cookie::read(&cookie_file(directory.as_path())).ok()
}

/// The addresses of this node, the one that is listened on first.
fn local_addresses(subject: &Subject<'_>) -> Vec<IpAddr> {
    let settings = subject.settings;
    let mut addresses: Vec<IpAddr> =
        settings.listen.and_then(|listen| listen.interface).into_iter().collect();
    match subject.name().map(|name| name.host()) {
        Some(Host::Ip(address)) => addresses.push(*address),
        Some(Host::Fqdn(name)) => {
            let target = Target { host: name.as_str().to_owned(), port: 1 };
            addresses.extend(resolve(&target).into_iter().flatten().map(|address| address.ip()));
        }
        None => {}
    }
    addresses.extend(settings.certificate.as_ref().and_then(|settings| settings.pod_ip));
    let mut seen = Vec::new();
    addresses.retain(|address| {
        let is_new = !seen.contains(address);
        seen.push(*address);
        is_new
    });
    addresses
}
