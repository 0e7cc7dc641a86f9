//! The address family of the distribution: it follows the node's address.

use std::net::IpAddr;

use crate::distribution::node_name::Host;

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddressFamily {
    /// IPv4.
    Inet,
    /// IPv6.
    Inet6,
}

impl AddressFamily {
    /// The family of the address that is listened on, else that of the host. If the host is a name, its address is in
    /// `hosts`: the text of /etc/hosts, into which Kubernetes writes the pod's address.
    pub fn of_node(interface: Option<IpAddr>, host: &Host, hosts: &str) -> Self {
        let address = interface.or(match host {
            Host::Fqdn(name) => first_address(name.as_str(), hosts),
            Host::Ip(address) => Some(*address),
        });
        match address {
            Some(IpAddr::V6(_)) => Self::Inet6,
            Some(IpAddr::V4(_)) | None => Self::Inet,
        }
    }
}

fn first_address(name: &str, hosts: &str) -> Option<IpAddr> {
    hosts.lines().find_map(|line| {
        let mut words = line.split('#').next()?.split_whitespace();
        let address = words.next()?.parse().ok()?;
        words.any(|word| word == name).then_some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTS: &str =
        "127.0.0.1 localhost\nfd00::7\tweb-0.web.ns.svc.cluster.local web-0 # pod\n10.0.0.7 other.ns\n";

    fn family(interface: Option<&str>, host: &str) -> AddressFamily {
        let interface = interface.map(|address| address.parse().expect("an address"));
        AddressFamily::of_node(interface, &host.parse().expect("a host"), HOSTS)
    }

    #[test]
    fn it_follows_the_address() {
        assert_eq!(family(None, "10.0.0.1"), AddressFamily::Inet);
        assert_eq!(family(None, "fd00::1"), AddressFamily::Inet6);
        assert_eq!(family(None, "web-0.web.ns.svc.cluster.local"), AddressFamily::Inet6);
        assert_eq!(family(None, "other.ns"), AddressFamily::Inet);
        assert_eq!(family(None, "unknown.ns"), AddressFamily::Inet);
        assert_eq!(family(Some("fd00::1"), "other.ns"), AddressFamily::Inet6);
    }
}
