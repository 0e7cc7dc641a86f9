//! Who the pod is: what was typed goes before what is found.

use std::fmt::Display;
use std::net::IpAddr;
use std::str::FromStr;

use super::surroundings::Surroundings;
use super::{Faults, args};
use crate::identity::{Pod, hosts, resolv_conf};

/// What is typed about the pod. In a pod nothing of it is needed.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct PodArgs {
    /// The pod's namespace [default: from the service account token]
    #[arg(long, env = "PODCERT_NAMESPACE", hide_env_values = true)]
    namespace: Option<String>,

    /// The pod's name [default: from the token]
    #[arg(long, env = "PODCERT_POD_NAME", hide_env_values = true, value_name = "NAME")]
    pod_name: Option<String>,

    /// The pod's uid [default: from the token]
    #[arg(long, env = "PODCERT_POD_UID", hide_env_values = true, value_name = "UID")]
    pod_uid: Option<String>,

    /// The pod's service account [default: from the token]
    #[arg(long, env = "PODCERT_SERVICE_ACCOUNT", hide_env_values = true, value_name = "NAME")]
    service_account: Option<String>,

    /// The pod's IP addresses, the primary one first [default: POD_IPS, else POD_IP, else from /etc/hosts]
    #[arg(long, env = "PODCERT_POD_IPS", hide_env_values = true, value_name = "IP,...")]
    pod_ips: Option<String>,

    /// The pod's fully qualified name [default: from /etc/hosts; none without a headless service]
    #[arg(long, env = "PODCERT_FQDN", hide_env_values = true, value_name = "NAME")]
    fqdn: Option<String>,

    /// The domain of the cluster's DNS [default: from /etc/resolv.conf]
    #[arg(long, env = "PODCERT_CLUSTER_DOMAIN", hide_env_values = true, value_name = "DOMAIN")]
    cluster_domain: Option<String>,

    /// The domain of the URI spiffe://DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT [default: the cluster domain]
    #[arg(long, env = "PODCERT_TRUST_DOMAIN", hide_env_values = true, value_name = "DOMAIN")]
    trust_domain: Option<String>,
}

impl PodArgs {
    /// The pod's addresses, as far as they are known; outside a pod there are none.
    pub(super) fn ip_addresses(&self, around: &Surroundings, faults: &mut Faults) -> Option<Vec<IpAddr>> {
        for (setting, text) in [
            ("--pod-ips (PODCERT_POD_IPS)", self.pod_ips.as_deref().unwrap_or_default()),
            ("POD_IPS", &around.pod_ips),
            ("POD_IP", &around.pod_ip),
        ] {
            if !text.is_empty() {
                return args::list(setting, text, faults);
            }
        }
        Some(self.own_lines(around).ip_addresses)
    }

    /// The pod, or what is not known about it.
    pub(super) fn into_pod(
        self,
        ip_addresses: Option<Vec<IpAddr>>,
        around: &Surroundings,
        faults: &mut Faults,
    ) -> Option<Pod> {
        if ip_addresses.as_ref().is_some_and(Vec::is_empty) {
            faults.conflict(
                "--pod-ips (PODCERT_POD_IPS)",
                "the pod's addresses are unknown; set POD_IPS from the field status.podIPs",
            );
        }
        let fqdn = match given(&self.fqdn) {
            Some(text) => parse("--fqdn (PODCERT_FQDN)", text, faults).map(Some),
            None => Some(self.own_lines(around).fqdn),
        };
        let found = resolv_conf::cluster_domain(&around.resolv_conf);
        let setting = "--cluster-domain (PODCERT_CLUSTER_DOMAIN)";
        let cluster_domain = match (given(&self.cluster_domain), found) {
            (Some(text), _) => parse(setting, text, faults),
            (None, Some(found)) => Some(found),
            (None, None) => {
                faults.conflict(setting, "/etc/resolv.conf does not tell it; set it, as in cluster.local");
                None
            }
        };
        let trust_domain = match given(&self.trust_domain) {
            Some(text) => parse("--trust-domain (PODCERT_TRUST_DOMAIN)", text, faults),
            None => cluster_domain.clone(),
        };
        let claims = around.claims.as_ref();
        let namespace = typed_or_claimed(
            "--namespace (PODCERT_NAMESPACE)",
            &self.namespace,
            claims.map(|it| &it.namespace),
            faults,
        );
        let name = typed_or_claimed(
            "--pod-name (PODCERT_POD_NAME)",
            &self.pod_name,
            claims.map(|it| &it.pod.name),
            faults,
        );
        let uid = typed_or_claimed(
            "--pod-uid (PODCERT_POD_UID)",
            &self.pod_uid,
            claims.map(|it| &it.pod.uid),
            faults,
        );
        let service_account = typed_or_claimed(
            "--service-account (PODCERT_SERVICE_ACCOUNT)",
            &self.service_account,
            claims.map(|it| &it.serviceaccount.name),
            faults,
        );
        Some(Pod {
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
    fn own_lines(&self, around: &Surroundings) -> hosts::Own {
        let claimed = around.claims.as_ref().ok().map(|claims| claims.pod.name.as_str());
        let names = [Some(around.hostname.as_str()), given(&self.pod_name), claimed];
        let found = names.into_iter().flatten().map(|name| hosts::own(&around.hosts, name));
        found.into_iter().find(|own| !own.ip_addresses.is_empty()).unwrap_or_default()
    }
}

/// What was typed, else what the token claims; in the end there must be something.
fn typed_or_claimed<T: FromStr<Err: Display>>(
    setting: &str,
    typed: &Option<String>,
    claimed: Result<&String, &String>,
    faults: &mut Faults,
) -> Option<T> {
    match (given(typed), claimed) {
        (Some(text), _) => parse(setting, text, faults),
        (None, Ok(text)) => parse(setting, text, faults),
        (None, Err(problem)) => {
            faults.conflict(setting, format!("it is unknown: {problem}; set it, or mount the token"));
            None
        }
    }
}

/// An empty variable is one that is not set.
fn given(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

fn parse<T: FromStr<Err: Display>>(setting: &str, text: &str, faults: &mut Faults) -> Option<T> {
    text.parse().map_err(|error| faults.usage(setting, error)).ok()
}
