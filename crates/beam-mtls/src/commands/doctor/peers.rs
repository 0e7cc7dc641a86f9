//! The peers: whether their name leads to them and to us, and what each of them answers.

use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;
use podcert_cli::diagnostics::Finding;
use podcert_cli::humanize::relative_time;

use super::PeerService;
use super::{DISTRIBUTION, Subject};
use crate::commands::handshake::{Answer, Dialer, Failure, dial_all, resolve};
use crate::distribution::Target;
use crate::distribution::node_name::Host;

/// Looks up each name, and returns the addresses that are not ours.
pub(super) fn resolve_all(subject: &Subject<'_>, own: &[IpAddr]) -> (Vec<Finding>, Vec<SocketAddr>) {
    let services = services(subject);
    let mut findings = Vec::new();
    let mut addresses = Vec::new();
    if services.is_empty() {
        let found = "no peer was dialed, because no DNS name for them is known; set --peer-service \
            (BEAM_MTLS_PEER_SERVICE)";
        findings.push(DISTRIBUTION.note("DNS", found));
    }
    let port = subject.settings.listen.map_or(9100, |listen| listen.port);
    for PeerService { host, port: local_port } in services {
        let target = Target { host, port: local_port.unwrap_or(port) };
        match resolve(&target) {
            Ok(found) => {
                findings.push(resolved(&target.host, &found, own));
                addresses.extend(found.into_iter().filter(|address| !own.contains(&address.ip())));
            }
            Err(error) => findings.push(DISTRIBUTION.of_error("DNS", &error)),
        }
    }
    addresses.sort_unstable();
    addresses.dedup();
    (findings, addresses)
}

/// What each peer answers.
pub(super) fn check(dialer: Dialer<'_>, addresses: &[SocketAddr], now: Timestamp) -> Vec<Finding> {
    let finding = |(address, answer): (SocketAddr, Result<Answer, Failure>)| match answer {
        Ok(answer) => {
            let found = format!(
                "{}, {}, certificate until {}",
                answer.node,
                answer.uris,
                relative_time(answer.not_after, now)
            );
            DISTRIBUTION.ok(format!("peer {address}"), found)
        }
        Err(failure) => DISTRIBUTION.error(
            format!("peer {address}"),
            failure.class(),
            failure.to_string(),
            failure.remedy(),
        ),
    };
    dial_all(dialer, addresses).into_iter().map(finding).collect()
}

/// The names in the settings; else the domain of a host in a headless Service.
fn services(subject: &Subject<'_>) -> Vec<PeerService> {
    if !subject.settings.peer_services.is_empty() {
        return subject.settings.peer_services.clone();
    }
    let Some(Host::Fqdn(name)) = subject.name().map(|name| name.host()) else { return Vec::new() };
    let service = name.as_str().split_once('.').map(|(_, service)| service);
    let service = service.filter(|service| service.contains(".svc."));
    service.map(|host| PeerService { host: host.to_owned(), port: None }).into_iter().collect()
}

fn resolved(host: &str, found: &[SocketAddr], own: &[IpAddr]) -> Finding {
    let count = found.len();
    let shown: Vec<String> = found.iter().map(|address| address.ip().to_string()).collect();
    let shown =
        format!("{host} has {count} address{}: {}", if count == 1 { "" } else { "es" }, shown.join(", "));
    let is_name = host.parse::<IpAddr>().is_err();
    if !is_name || own.is_empty() || found.iter().any(|address| own.contains(&address.ip())) {
        return DISTRIBUTION.ok("DNS", shown);
    }
    let own: Vec<String> = own.iter().map(ToString::to_string).collect();
    let found = format!("{shown}; ours ({}) is not among them, so peers will not find us", own.join(", "));
    let remedy = "check that the Service selects this pod, is headless, and sets publishNotReadyAddresses; DNS \
        takes some seconds to update";
    DISTRIBUTION.warning("DNS", found, remedy)
}
