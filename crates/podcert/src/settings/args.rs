//! Flags and variables as typed, and what they mean.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::directory::DirectoryArgs;
use super::pod::PodArgs;
use super::source::Typed;
use super::surroundings::Surroundings;
use super::{Faults, Settings, duration};
use crate::identity::Identity;
use crate::key::KeyAlgorithm;
use crate::owner::Owner;

/// The settings as typed. Nothing is checked yet, so that all faults can be told at once.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Where the certificate comes from: "cert-manager", "local" (a CA on this machine, for development), or
    /// "auto": cert-manager if there is an --issuer, else what podcert has published already
    #[arg(long, env = "PODCERT_SOURCE", hide_env_values = true, default_value = "auto")]
    source: String,

    /// Who signs: NAME of an Issuer, ClusterIssuer/NAME, or KIND.GROUP/NAME of an external issuer
    #[arg(long, env = "PODCERT_ISSUER", hide_env_values = true, value_name = "[KIND[.GROUP]/]NAME")]
    issuer: Option<String>,

    /// File with the CAs to check peers against, instead of the root CA that the issuer tells
    #[arg(long, env = "PODCERT_TRUST", hide_env_values = true, value_name = "FILE")]
    trust: Option<PathBuf>,

    /// How long obtaining the certificate may take in all: a number and s, m or h
    #[arg(long, env = "PODCERT_DEADLINE", hide_env_values = true, default_value = "2m")]
    deadline: String,

    #[command(flatten)]
    directory: DirectoryArgs,

    /// Host names to be certified in addition to those found, separated by commas
    #[arg(
        long,
        env = "PODCERT_DNS_NAMES",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    dns_names: String,

    /// IP addresses to be certified in addition, separated by commas
    #[arg(
        long,
        env = "PODCERT_IP_ADDRESSES",
        hide_env_values = true,
        default_value = "",
        hide_default_value = true
    )]
    ip_addresses: String,

    /// URIs to be certified in addition, separated by commas
    #[arg(long, env = "PODCERT_URIS", hide_env_values = true, default_value = "", hide_default_value = true)]
    uris: String,

    /// Certify each IP address as a DNS name too, for peers that look for it there only, as OTP 25 does
    #[arg(
        long, env = "PODCERT_IP_ADDRESSES_AS_DNS_NAMES", hide_env_values = true, value_name = "true|false",
        num_args = 0..=1, require_equals = true, default_value = "false", default_missing_value = "true",
        hide_default_value = true
    )]
    ip_addresses_as_dns_names: String,

    /// How long the certificate is valid: a number and s, m, h or d; at least a minute
    #[arg(long, env = "PODCERT_DURATION", hide_env_values = true, default_value = "24h")]
    duration: String,

    /// The kind of key: ecdsa-p256, ecdsa-p384 or ed25519
    #[arg(long, env = "PODCERT_KEY_ALGORITHM", hide_env_values = true, default_value_t = KeyAlgorithm::default().to_string())]
    key_algorithm: String,

    /// Who is to read the key, a user's name or number, where root obtains it for a server that runs as that user
    #[arg(long, env = "PODCERT_OWNER", hide_env_values = true, value_name = "USER")]
    owner: Option<String>,

    /// Obtain a new certificate even if there is a good one, or a damaged one
    #[arg(
        long, env = "PODCERT_RENEW", hide_env_values = true, value_name = "true|false", num_args = 0..=1,
        require_equals = true, default_value = "false", default_missing_value = "true", hide_default_value = true
    )]
    renew: String,

    #[command(flatten, next_help_heading = "Pod (with cert-manager; found by itself)")]
    pod: PodArgs,
}

impl Args {
    /// The settings, unless something is wrong, which is then told in `faults`.
    pub fn into_settings(self, faults: &mut Faults) -> Option<Settings> {
        self.with_surroundings(&Surroundings::of_process(), faults)
    }

    /// The directory as typed, for whoever looks into it although something else is wrong.
    pub fn directory(&self) -> PathBuf {
        self.directory.typed()
    }

    /// Takes another directory for the one that was typed.
    pub fn set_directory(&mut self, directory: &Path) {
        self.directory.set(directory);
    }

    fn with_surroundings(self, around: &Surroundings, faults: &mut Faults) -> Option<Settings> {
        let directory = self.directory.parse(faults);
        let dns_names = list("--dns-names (PODCERT_DNS_NAMES)", &self.dns_names, faults);
        let ip_addresses = list("--ip-addresses (PODCERT_IP_ADDRESSES)", &self.ip_addresses, faults);
        let uris = list("--uris (PODCERT_URIS)", &self.uris, faults);
        let duration = duration::lifetime(&self.duration)
            .map_err(|problem| faults.usage("--duration (PODCERT_DURATION)", problem));
        let deadline = duration::deadline(&self.deadline)
            .map_err(|problem| faults.usage("--deadline (PODCERT_DEADLINE)", problem));
        let key_algorithm = self.key_algorithm.parse().map_err(|problem: <KeyAlgorithm as FromStr>::Err| {
            faults.usage("--key-algorithm (PODCERT_KEY_ALGORITHM)", problem)
        });
        let ip_addresses_as_dns_names = truth(
            "--ip-addresses-as-dns-names (PODCERT_IP_ADDRESSES_AS_DNS_NAMES)",
            &self.ip_addresses_as_dns_names,
            faults,
        );
        let owner = owner(self.owner.as_deref(), around, faults);
        let renew = truth("--renew (PODCERT_RENEW)", &self.renew, faults);
        let pod_ips = self.pod.ip_addresses(around, faults);
        let pod_ip = pod_ips.as_ref().and_then(|addresses| addresses.first().copied());
        let typed = Typed {
            source: self.source,
            issuer: self.issuer,
            trust: self.trust,
            renew: renew.unwrap_or(false),
        };
        let source = typed.into_source(directory.as_deref(), around, faults, |faults| {
            self.pod.into_pod(pod_ips, around, faults)
        });
        let additional = Identity {
            dns_names: dns_names?.into_iter().collect(),
            ip_addresses: ip_addresses?.into_iter().collect(),
            uris: uris?.into_iter().collect(),
        };
        Some(Settings {
            source: source?,
            directory: directory?,
            additional,
            ip_addresses_as_dns_names: ip_addresses_as_dns_names?,
            duration: duration.ok()?,
            key_algorithm: key_algorithm.ok()?,
            owner: owner?,
            renew: renew?,
            deadline: deadline.ok()?,
            pod_ip,
        })
    }
}

/// The inner option tells whether there is one at all.
#[expect(clippy::option_option, reason = "the outer one is a fault")]
fn owner(text: Option<&str>, around: &Surroundings, faults: &mut Faults) -> Option<Option<Owner>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Some(None) };
    let setting = "--owner (PODCERT_OWNER)";
    let owner = Owner::parse(text, &around.passwd).map_err(|problem| faults.usage(setting, problem)).ok()?;
    match around.uid {
        // Nothing needs to be given.
        Some(uid) if uid == owner.uid() => Some(None),
        Some(0) => Some(Some(owner)),
        _ => {
            faults.conflict(setting, "only root can give the key to another user; run as root, or unset it");
            None
        }
    }
}

fn truth(setting: &str, text: &str, faults: &mut Faults) -> Option<bool> {
    text.parse().map_err(|_| faults.usage(setting, format!("{text:?} is neither true nor false"))).ok()
}

/// Every item that does not parse is told.
pub(super) fn list<T: FromStr<Err: Display>>(
    setting: &str,
    text: &str,
    faults: &mut Faults,
) -> Option<Vec<T>> {
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    let mut parsed = Vec::new();
    let mut complete = true;
    for item in items {
        match item.parse() {
            Ok(item) => parsed.push(item),
            Err(error) => {
                faults.usage(setting, format!("{item:?}: {error}"));
                complete = false;
            }
        }
    }
    complete.then_some(parsed)
}

#[cfg(test)]
mod tests;
