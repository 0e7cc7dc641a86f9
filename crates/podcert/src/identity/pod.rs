//! A pod, and the names that it may therefore claim.

use std::net::IpAddr;

use super::{Identity, ObjectName, Uid};
use crate::names::{DnsName, Uri};

/// What a certificate and the request for it need to know about a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pod {
    /// Its namespace.
    pub namespace: ObjectName,
    /// Its name.
    pub name: ObjectName,
    /// Its UID.
    pub uid: Uid,
    /// Its service account.
    pub service_account: ObjectName,
    /// Its addresses, the primary one first.
    pub ip_addresses: Vec<IpAddr>,
    /// Its fully qualified name, if a headless Service gives it one.
    pub fqdn: Option<DnsName>,
    /// The domain of the cluster's DNS.
    pub cluster_domain: DnsName,
    /// The SPIFFE trust domain of its service account.
    pub trust_domain: DnsName,
}

impl Pod {
    /// The pod's addresses, its fully qualified name, the DNS name that Kubernetes derives from each address, and its
    /// service account.
    pub fn identity(&self) -> Identity {
        let by_address = self.ip_addresses.iter().filter_map(|address| self.dns_name_of(*address));
        Identity {
            dns_names: by_address.chain(self.fqdn.clone()).collect(),
            ip_addresses: self.ip_addresses.iter().copied().collect(),
            uris: self.uri().into_iter().collect(),
        }
    }

    /// `10-0-0-7.shop.pod.cluster.local`. An IPv6 address that starts or ends with a colon has no such name.
    fn dns_name_of(&self, address: IpAddr) -> Option<DnsName> {
        let label = address.to_string().replace(['.', ':'], "-");
        format!("{label}.{}.pod.{}", self.namespace, self.cluster_domain).parse().ok()
    }

    fn uri(&self) -> Option<Uri> {
        let Self { trust_domain, namespace, service_account, .. } = self;
        // The characters of these types are all allowed in a URI.
        format!("spiffe://{trust_domain}/ns/{namespace}/sa/{service_account}").parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(ip_addresses: &[&str], fqdn: Option<&str>, domain: &str) -> String {
        let pod = Pod {
            namespace: "shop".parse().unwrap(),
            name: "web-0".parse().unwrap(),
            uid: "u1".parse().unwrap(),
            service_account: "web".parse().unwrap(),
            ip_addresses: ip_addresses.iter().map(|address| address.parse().unwrap()).collect(),
            fqdn: fqdn.map(|name| name.parse().unwrap()),
            cluster_domain: domain.parse().unwrap(),
            trust_domain: "example.org".parse().unwrap(),
        };
        pod.identity().names().unwrap().to_string()
    }

    #[test]
    fn a_pod_is_certified_for_its_addresses_names_and_service_account() {
        assert_eq!(
            names(&["10.0.0.7"], None, "cluster.local"),
            "DNS:10-0-0-7.shop.pod.cluster.local, IP:10.0.0.7, URI:spiffe://example.org/ns/shop/sa/web"
        );
        assert_eq!(
            names(&["10.0.0.7", "fd00::7"], Some("web-0.web.shop.svc.k8s.example"), "k8s.example"),
            "DNS:10-0-0-7.shop.pod.k8s.example, DNS:fd00--7.shop.pod.k8s.example, \
             DNS:web-0.web.shop.svc.k8s.example, IP:10.0.0.7, IP:fd00::7, \
             URI:spiffe://example.org/ns/shop/sa/web"
        );
    }

    #[test]
    fn an_address_without_a_dns_name_is_certified_as_an_address_only() {
        assert_eq!(
            names(&["fd00::"], None, "cluster.local"),
            "IP:fd00::, URI:spiffe://example.org/ns/shop/sa/web"
        );
    }
}
