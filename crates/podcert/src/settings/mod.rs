//! What was typed or exported becomes types, once, with every fault reported at once. This is the only
//! module that reads the environment.

mod args;
mod directory;
mod duration;
mod faults;
mod places;
mod pod;
mod source;
mod surroundings;
mod variables;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

pub use args::Args;
pub use directory::{DEFAULT_DIRECTORY, DirectoryArgs};
pub use faults::{Fault, Faults};
pub use places::state_home;
pub use variables::{known_variables, refuse_unknown_variables};

use crate::identity::{Identity, Pod};
use crate::key::KeyAlgorithm;
use crate::owner::Owner;
use crate::signer::cert_manager::IssuerRef;

/// What to obtain, from whom, and where to put it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Who signs.
    pub source: Source,
    /// Where the certificate is published.
    pub directory: PathBuf,
    /// Names in addition to those that are found.
    pub additional: Identity,
    /// Certify each IP address as a DNS name too.
    pub ip_addresses_as_dns_names: bool,
    /// How long the certificate is to be valid.
    pub duration: Duration,
    /// The kind of key.
    pub key_algorithm: KeyAlgorithm,
    /// Who is to read the key, if not who obtains it.
    pub owner: Option<Owner>,
    /// Obtain a new certificate even if the existing one is good, or damaged.
    pub renew: bool,
    /// How long obtaining may take in all.
    pub deadline: Duration,
    /// The pod's primary address, where there is a pod that tells.
    pub pod_ip: Option<IpAddr>,
}

/// Where the certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// An issuer, asked by cert-manager's CertificateRequests.
    CertManager {
        /// Who signs.
        issuer: IssuerRef,
        /// In whose name.
        pod: Box<Pod>,
        /// The CAs to trust, if not those that the issuer tells.
        trust: Option<PathBuf>,
    },
    /// A CA on this machine.
    Local {
        /// The directory that holds it.
        state_directory: PathBuf,
    },
    /// What podcert has published in the directory already, as an init container does.
    Published,
}
