//! The pod: what is set takes precedence over what is detected.

use std::net::IpAddr;
use std::str::FromStr;

use podcert::diagnose::Diagnose;
use podcert::identity::{ObjectName, Pod, PodHosts, Uid, hosts, resolv_conf};
use podcert::names::DnsName;

use super::ambient::Ambient;
use super::value::List;
use super::{Faults, Given, Optional, Problem, Recorded};
use crate::given;

/// The flags that describe the pod. In a pod none of them is needed.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct PodArgs {
    /// The pod's namespace [default: from the service account token]
    #[arg(long, env = "PODCERT_NAMESPACE")]
    namespace: Option<Given<ObjectName>>,

    /// The pod's name [default: from the token]
    #[arg(long, env = "PODCERT_POD_NAME", value_name = "NAME")]
    pod_name: Option<Given<ObjectName>>,

    /// The pod's UID [default: from the token]
    #[arg(long, env = "PODCERT_POD_UID", value_name = "UID")]
    pod_uid: Option<Given<Uid>>,

    /// The pod's service account [default: from the token]
    #[arg(long, env = "PODCERT_SERVICE_ACCOUNT", value_name = "NAME")]
    service_account: Option<Given<ObjectName>>,

    /// The pod's IP addresses, the primary one first [default: POD_IPS, then POD_IP, then /etc/hosts]
    #[arg(long, env = "PODCERT_POD_IPS", value_name = "IP,...")]
    pod_ips: Option<Given<List<IpAddr>>>,

    /// The pod's fully qualified domain name [default: from /etc/hosts; none without a headless Service]
    #[arg(long, env = "PODCERT_FQDN", value_name = "NAME")]
    fqdn: Option<Given<DnsName>>,

    /// The cluster's DNS domain [default: from /etc/resolv.conf]
    #[arg(long, env = "PODCERT_CLUSTER_DOMAIN", value_name = "DOMAIN")]
    cluster_domain: Option<Given<DnsName>>,

    /// The trust domain in spiffe://DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT [default: the cluster domain]
    #[arg(long, env = "PODCERT_TRUST_DOMAIN", value_name = "DOMAIN")]
    trust_domain: Option<Given<DnsName>>,
}

impl PodArgs {
    /// The pod's addresses, as far as they are known; outside a pod there are none.
    pub(super) fn ip_addresses(
        &self,
        ambient: &Ambient,
        faults: &mut Faults,
    ) -> Result<Vec<IpAddr>, Recorded> {
        if let Some(addresses) = self.pod_ips.clone().optional("pod_ips", faults)? {
            return Ok(addresses.0);
        }
        for (variable, text) in [("POD_IPS", &ambient.pod_ips), ("POD_IP", &ambient.pod_ip)] {
            if !text.is_empty() {
                let addresses = text.parse::<List<IpAddr>>();
                return addresses
                    .map(|addresses| addresses.0)
                    .map_err(|error| faults.usage(variable, Problem::of(&error)));
            }
        }
        Ok(self.hosts(ambient).ip_addresses)
    }

    /// The pod. What is unknown about it is recorded.
    pub(super) fn into_pod(
        self,
        ip_addresses: Result<Vec<IpAddr>, Recorded>,
        ambient: &Ambient,
        faults: &mut Faults,
    ) -> Result<Pod, Recorded> {
        let hosts = self.hosts(ambient);
        let claims = ambient.claims.as_ref().ok();
        let found_domain = resolv_conf::cluster_domain(&ambient.resolv_conf);
        let mut detected = Detected { faults, unknown: Vec::new() };
        let ip_addresses = detected.addresses(ip_addresses);
        let fqdn = given!(optional self.fqdn, detected.faults).map(|given| given.or(hosts.fqdn));
        let cluster_domain = detected.or("cluster_domain", self.cluster_domain, found_domain);
        let trust_domain = given!(optional self.trust_domain, detected.faults)
            .and_then(|given| given.map_or(cluster_domain.clone(), Ok));
        let namespace = detected.or_claim("namespace", self.namespace, claims.map(|it| &it.namespace));
        let name = detected.or_claim("pod_name", self.pod_name, claims.map(|it| &it.pod.name));
        let uid = detected.or_claim("pod_uid", self.pod_uid, claims.map(|it| &it.pod.uid));
        let service_account = detected.or_claim(
            "service_account",
            self.service_account,
            claims.map(|it| &it.serviceaccount.name),
        );
        detected.report(ambient.claims.as_ref().err());
        Ok(Pod {
            namespace: namespace?,
            name: name?,
            uid: uid?,
            service_account: service_account?,
            ip_addresses: ip_addresses?,
            fqdn: fqdn?,
            cluster_domain: cluster_domain?,
            trust_domain: trust_domain?,
        })
    }

    /// The pod's lines in /etc/hosts. HOSTNAME may have been set to something else.
    fn hosts(&self, ambient: &Ambient) -> PodHosts {
        let claimed = ambient.claims.as_ref().ok().map(|claims| claims.pod.name.as_str());
        let given = self.pod_name.as_ref().map(Given::text).filter(|text| !text.is_empty());
        let names = [Some(ambient.hostname.as_str()), given, claimed];
        let found = names.into_iter().flatten().map(|name| hosts::pod_hosts(&ambient.hosts, name));
        found.into_iter().find(|hosts| !hosts.ip_addresses.is_empty()).unwrap_or_default()
    }
}

/// Settings that are detected unless they are given.
struct Detected<'a> {
    faults: &'a mut Faults,
    /// The ids of those that are neither given nor found.
    unknown: Vec<&'static str>,
}

impl Detected<'_> {
    fn addresses(&mut self, found: Result<Vec<IpAddr>, Recorded>) -> Result<Vec<IpAddr>, Recorded> {
        match found {
            Ok(addresses) if addresses.is_empty() => Err(self.unknown("pod_ips")),
            found => found,
        }
    }

    fn or<T>(&mut self, id: &'static str, given: Option<Given<T>>, found: Option<T>) -> Result<T, Recorded> {
        let given = given.optional(id, self.faults)?;
        given.or(found).ok_or_else(|| self.unknown(id))
    }

    fn or_claim<T: FromStr<Err: Diagnose>>(
        &mut self,
        id: &'static str,
        given: Option<Given<T>>,
        claim: Option<&String>,
    ) -> Result<T, Recorded> {
        let claim = claim.map(|text| text.parse::<T>()).transpose();
        match claim {
            Ok(claim) => self.or(id, given, claim),
            Err(error) => Err(self.faults.usage(id, Problem::of(&error))),
        }
    }

    fn unknown(&mut self, id: &'static str) -> Recorded {
        self.unknown.push(id);
        Recorded
    }

    /// Without a token most likely nothing is known at all, for one reason.
    fn report(self, no_token: Option<&String>) {
        let Self { faults, unknown } = self;
        let needs_token = unknown.iter().any(|id| !FROM_FILES.iter().any(|(from_file, ..)| from_file == id));
        if let Some(problem) = no_token.filter(|_| needs_token) {
            let names: Vec<String> = unknown.iter().map(|id| faults.name(id)).collect();
            faults.conflict(
                "issuer",
                format!("this is not a pod, or its service account token is not mounted ({problem})"),
                format!(
                    "run it in a pod with automountServiceAccountToken, use --source local outside of a cluster, \
                        or set {}",
                    names.join(", ")
                ),
            );
            return;
        }
        for (id, problem, remedy) in FROM_FILES.iter().filter(|(id, ..)| unknown.contains(id)) {
            faults.conflict(id, problem, remedy);
        }
    }
}

/// Settings that the token does not contain, and what to do if they are not found.
const FROM_FILES: [(&str, &str, &str); 2] = [
    ("cluster_domain", "/etc/resolv.conf does not contain it", "set it, as in cluster.local"),
    ("pod_ips", "the pod's addresses are unknown", "set POD_IPS from the field status.podIPs"),
];
