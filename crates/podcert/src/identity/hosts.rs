//! What the kubelet writes into a pod's /etc/hosts: each of the pod's addresses, with its fully qualified name if it has
//! one (pods of a StatefulSet, or with hostname and subdomain).

use std::net::IpAddr;

use crate::names::DnsName;

/// The pod's lines in /etc/hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PodHosts {
    /// The pod's addresses, the primary one first.
    pub ip_addresses: Vec<IpAddr>,
    /// The pod's fully qualified name.
    pub fqdn: Option<DnsName>,
}

/// Finds the lines of the pod whose host name is `hostname`, with or without its domain.
///
/// It reads only a file that the kubelet wrote for the pod: on the host's network, the file and the names in it are the
/// machine's. Aliases, which the pod's author added, are ignored.
pub fn pod_hosts(hosts: &str, hostname: &str) -> PodHosts {
    let mut found = PodHosts::default();
    let Some(lines) = hosts.strip_prefix(HEADER) else { return found };
    let label = hostname.split('.').next().unwrap_or(hostname);
    for line in lines.lines().take_while(|line| *line != ALIASES) {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(address) = words.next().and_then(|word| word.parse::<IpAddr>().ok()) else { continue };
        let names: Vec<&str> = words.collect();
        if address.is_loopback() || !names.iter().any(|name| *name == hostname || *name == label) {
            continue;
        }
        found.ip_addresses.push(address.to_canonical());
        if found.fqdn.is_none() {
            found.fqdn = names.iter().filter(|name| name.contains('.')).find_map(|name| name.parse().ok());
        }
    }
    found
}

const HEADER: &str = "# Kubernetes-managed hosts file.\n";
const ALIASES: &str = "# Entries added by HostAliases.";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LOCAL: &str = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n\
                         fe00::0\tip6-localnet\nfe00::0\tip6-mcastprefix\nfe00::1\tip6-allnodes\n";

    fn expected(ip_addresses: &[&str], fqdn: Option<&str>) -> PodHosts {
        PodHosts {
            ip_addresses: ip_addresses.iter().map(|address| address.parse().unwrap()).collect(),
            fqdn: fqdn.map(|name| name.parse().unwrap()),
        }
    }

    #[test]
    fn a_pod_of_a_stateful_set_has_a_fully_qualified_name() {
        let fqdn = "web-0.web.shop.svc.cluster.local";
        for (lines, addresses) in [
            (format!("10.0.0.7\t{fqdn}\tweb-0\n"), &["10.0.0.7"][..]),
            (format!("fd00::7\t{fqdn}\tweb-0\n"), &["fd00::7"]),
            (format!("10.0.0.7\t{fqdn}\tweb-0\nfd00::7\t{fqdn}\tweb-0\n"), &["10.0.0.7", "fd00::7"]),
        ] {
            let hosts = format!("{HEADER}{LOCAL}{lines}");
            assert_eq!(pod_hosts(&hosts, "web-0"), expected(addresses, Some(fqdn)));
            assert_eq!(pod_hosts(&hosts, fqdn), expected(addresses, Some(fqdn)));
        }
    }

    #[test]
    fn a_pod_of_a_deployment_has_addresses_only() {
        let hosts = format!("{HEADER}{LOCAL}10.0.0.7\tweb-5d4f-x2x9z\n");
        assert_eq!(pod_hosts(&hosts, "web-5d4f-x2x9z"), expected(&["10.0.0.7"], None));
    }

    #[test]
    fn other_lines_and_other_files_are_ignored() {
        let node = "# Kubernetes-managed hosts file (host network).\n192.168.0.1\tnode-1\n";
        assert_eq!(pod_hosts(node, "node-1"), PodHosts::default());
        assert_eq!(pod_hosts("10.0.0.7\tweb-0\n", "web-0"), PodHosts::default());
        let aliases = format!("{HEADER}{LOCAL}10.0.0.7\tweb-0\n\n{ALIASES}\n10.9.9.9\tweb-0\tevil.example\n");
        assert_eq!(pod_hosts(&aliases, "web-0"), expected(&["10.0.0.7"], None));
        assert_eq!(pod_hosts(&aliases, "localhost"), PodHosts::default());
        assert_eq!(pod_hosts(&aliases, ""), PodHosts::default());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}", name in "\\PC{0,10}") {
            let _ = pod_hosts(&format!("{HEADER}{text}"), &name);
        }
    }
}
