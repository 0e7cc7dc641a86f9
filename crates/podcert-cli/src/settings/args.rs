//! The flags and variables of a certificate's settings, and the settings that they make.

use std::path::{Path, PathBuf};

use podcert::identity::Identity;
use podcert::names::{DnsName, Uri};
use podcert::request::{KeyAlgorithm, Wanted};
use podcert::signer::cert_manager::IssuerRef;
use podcert::store::Owner;

use super::ambient::Ambient;
use super::command::SWITCH;
use super::directory::DirectoryArgs;
use super::duration::{Lifetime, TimeLimit};
use super::pod::PodArgs;
use super::source::{SourceKind, SourceSettings};
use super::value::{AbsolutePath, List, Switch};
use super::{Faults, Given, Problem, Recorded, Settings};
use crate::given;

/// The settings as they were given. Whether they are good is found out later, so that all faults are reported at
/// once.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Where the certificate comes from: "cert-manager", "local" (a CA on this machine, for development), or
    /// "auto" (cert-manager if --issuer is set, otherwise the certificate that podcert has already published)
    #[arg(long, env = "PODCERT_SOURCE", default_value = "auto")]
    source: Given<SourceKind>,

    /// The issuer that signs: NAME for an Issuer, ClusterIssuer/NAME, or KIND.GROUP/NAME for an external issuer
    #[arg(long, env = "PODCERT_ISSUER", value_name = "[KIND[.GROUP]/]NAME")]
    issuer: Option<Given<IssuerRef>>,

    /// File with the CA certificates to verify peers against, instead of the root CA that the issuer returns
    #[arg(long, env = "PODCERT_TRUST", value_name = "FILE")]
    trust: Option<Given<AbsolutePath>>,

    /// Time limit for obtaining the certificate, as in 90s, 2m or 1m30s
    #[arg(long, env = "PODCERT_DEADLINE", default_value = "2m")]
    deadline: Given<TimeLimit>,

    #[command(flatten)]
    directory: DirectoryArgs,

    /// Additional host names to certify, separated by commas
    #[arg(long, env = "PODCERT_DNS_NAMES", default_value = "", hide_default_value = true)]
    dns_names: Given<List<DnsName>>,

    /// Additional IP addresses to certify, separated by commas
    #[arg(long, env = "PODCERT_IP_ADDRESSES", default_value = "", hide_default_value = true)]
    ip_addresses: Given<List<std::net::IpAddr>>,

    /// Additional URIs to certify, separated by commas
    #[arg(long, env = "PODCERT_URIS", default_value = "", hide_default_value = true)]
    uris: Given<List<Uri>>,

    /// Certify each IP address as a DNS name too, for peers that look for addresses only among the DNS names, such
    /// as OTP 25
    #[arg(long, env = "PODCERT_IP_ADDRESSES_AS_DNS_NAMES", value_name = SWITCH)]
    ip_addresses_as_dns_names: Given<Switch>,

    /// Lifetime of the certificate, as in 90m, 24h, 1h30m or 7d; at least one minute
    #[arg(long, env = "PODCERT_DURATION", default_value = "24h")]
    duration: Given<Lifetime>,

    /// Key algorithm: ecdsa-p256, ecdsa-p384 or ed25519
    #[arg(long, env = "PODCERT_KEY_ALGORITHM", default_value_t = default_key_algorithm())]
    key_algorithm: Given<KeyAlgorithm>,

    /// User (name or UID) that must be able to read the key when root obtains it for a server running as that user
    #[arg(long, env = "PODCERT_OWNER", value_name = "USER")]
    owner: Option<String>,

    /// Obtain a new certificate even if a good or a damaged one is already published
    #[arg(long, env = "PODCERT_RENEW", value_name = SWITCH)]
    renew: Given<Switch>,

    #[command(flatten, next_help_heading = "Pod (with cert-manager; detected by default)")]
    pod: PodArgs,
}

impl Args {
    /// The settings. What is wrong with them is recorded in `faults`.
    pub fn into_settings(self, faults: &mut Faults) -> Result<Settings, Recorded> {
        self.resolve(&Ambient::of_process(), faults)
    }

    /// The directory as it was given, for a check that goes on although something else is wrong.
    pub fn directory(&self) -> PathBuf {
        self.directory.as_given()
    }

    /// Replaces the directory.
    pub fn set_directory(&mut self, directory: &Path) {
        let Ok(given) = directory.to_string_lossy().parse();
        self.directory.directory = given;
    }

    pub(super) fn resolve(self, ambient: &Ambient, faults: &mut Faults) -> Result<Settings, Recorded> {
        let directory = self.directory.into_path(faults);
        let dns_names = given!(self.dns_names, faults);
        let ip_addresses = given!(self.ip_addresses, faults);
        let uris = given!(self.uris, faults);
        let duration = given!(self.duration, faults);
        let deadline = given!(self.deadline, faults);
        let key_algorithm = given!(self.key_algorithm, faults);
        let ip_addresses_as_dns_names = given!(self.ip_addresses_as_dns_names, faults);
        let owner = owner(self.owner.as_deref(), ambient, faults);
        let renew = given!(self.renew, faults);
        let pod_ips = self.pod.ip_addresses(ambient, faults);
        let pod_ip = pod_ips.as_ref().ok().and_then(|addresses| addresses.first().copied());
        let source = SourceSettings {
            kind: given!(self.source, faults),
            issuer: given!(optional self.issuer, faults),
            trust: given!(optional self.trust, faults),
            renew: matches!(renew, Ok(Switch(true))),
            directory: directory.as_deref().ok(),
        };
        let source = source.resolve(ambient, faults, |faults| self.pod.into_pod(pod_ips, ambient, faults));
        let additional = Identity {
            dns_names: dns_names?.0.into_iter().collect(),
            ip_addresses: ip_addresses?.0.into_iter().collect(),
            uris: uris?.0.into_iter().collect(),
        };
        let wanted = Wanted {
            additional,
            needed: Identity::default(),
            ip_addresses_as_dns_names: ip_addresses_as_dns_names?.0,
            duration: duration?.0,
            key_algorithm: key_algorithm?,
            renew: renew?.0,
        };
        Ok(Settings {
            source: source?,
            wanted,
            directory: directory?,
            owner: owner?,
            deadline: deadline?.0,
            pod_ip,
        })
    }
}

/// None for the user that this process runs as, which can read the key anyway.
fn owner(text: Option<&str>, ambient: &Ambient, faults: &mut Faults) -> Result<Option<Owner>, Recorded> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let owner =
        Owner::parse(text, &ambient.passwd).map_err(|error| faults.usage("owner", Problem::of(&error)))?;
    match ambient.uid {
        Some(uid) if uid == owner.uid() => Ok(None),
        Some(0) => Ok(Some(owner)),
        _ => Err(faults.conflict(
            "owner",
            "only root can give the key to another user",
            "run as root, or unset it",
        )),
    }
}

fn default_key_algorithm() -> Given<KeyAlgorithm> {
    let Ok(given) = KeyAlgorithm::default().to_string().parse();
    given
}
