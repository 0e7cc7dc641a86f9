//! The cluster domain, which the kubelet writes into a pod's /etc/resolv.conf.

use crate::names::DnsName;

/// The domain in `search NAMESPACE.svc.DOMAIN svc.DOMAIN DOMAIN`; `None` on the host's network, or with a DNS policy that
/// does not list it.
pub fn cluster_domain(resolv_conf: &str) -> Option<DnsName> {
    // Like the resolver, use the last line.
    let mut search = resolv_conf.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some("search")).then_some(words)
    });
    search.next_back()?.find_map(|domain| domain.trim_end_matches('.').strip_prefix("svc.")?.parse().ok())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_domain_follows_svc() {
        for (text, domain) in [
            (
                "search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n",
                Some("cluster.local"),
            ),
            (
                "nameserver fd00::a\nsearch shop.svc.k8s.example.org. svc.k8s.example.org.\n",
                Some("k8s.example.org"),
            ),
            ("search svc.old\nsearch\tshop.svc.new\tsvc.new\tnew\n", Some("new")),
            ("search corp.example\nnameserver 8.8.8.8\n", None),
            ("# search svc.cluster.local\nnameserver 8.8.8.8\n", None),
            ("", None),
        ] {
            assert_eq!(cluster_domain(text), domain.map(|name| name.parse().unwrap()), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,40}") {
            let _ = cluster_domain(&format!("search svc.{text}"));
        }
    }
}
