//! What was typed or exported becomes types, once, with every fault reported at once. This is the only
//! module that reads the environment.

mod args;
mod duration;
mod faults;
mod places;
mod variables;

use std::path::PathBuf;
use std::time::Duration;

pub use args::Args;
pub use faults::Faults;
pub use places::state_home;
pub use variables::{known_variables, refuse_unknown_variables};

use crate::identity::Identity;
use crate::key::KeyAlgorithm;

/// What to obtain, from whom, and where to put it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Who signs.
    pub source: Source,
    /// Where the certificate is published.
    pub directory: PathBuf,
    /// Names in addition to those that are found.
    pub additional: Identity,
    /// How long the certificate is to be valid.
    pub duration: Duration,
    /// The kind of key.
    pub key_algorithm: KeyAlgorithm,
    /// Obtain a new certificate even if the existing one is good, or damaged.
    pub renew: bool,
}

/// Where the certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A CA on this machine.
    Local {
        /// The directory that holds it.
        state_directory: PathBuf,
    },
}
