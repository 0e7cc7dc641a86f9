//! Flags and variables become types, once, with every fault reported at once. This is the only module that reads the
//! environment.

mod ambient;
mod args;
mod command;
mod directory;
mod duration;
mod faults;
mod given;
mod pod;
mod source;
#[cfg(test)]
mod tests;
mod value;
mod variables;
mod xdg;

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use podcert::keeper::Keeper;
use podcert::provider::Source;
use podcert::request::Wanted;
use podcert::store::{self, Owner, Store};
use podcert::support::clock::Clock;

pub use args::Args;
pub use command::{SWITCH, finish, hidden};
pub use directory::{DEFAULT_DIRECTORY, DirectoryArgs};
pub use faults::{Fault, Faults, Problem, Recorded};
pub use given::{Given, Optional};
pub use value::{AbsolutePath, List, Switch, ValueError};
pub(crate) use variables::is_near;
pub use variables::{known_variables, refuse_unknown_variables, variable_names};
pub use xdg::state_home;

/// What to obtain, from which source, and where to publish it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where the certificate comes from.
    pub source: Source,
    /// The certificate that is wanted.
    pub wanted: Wanted,
    /// Where it is published.
    pub directory: PathBuf,
    /// The user that must be able to read the key, if it is not the one that obtains it.
    pub owner: Option<Owner>,
    /// How long obtaining may take in all.
    pub deadline: Duration,
    /// The pod's primary address, if there is a pod that has one.
    pub pod_ip: Option<IpAddr>,
}

impl Settings {
    /// The store that the certificate is published in.
    pub fn store(&self) -> Result<Store, store::Error> {
        Ok(Store::open(&self.directory)?.owned_by(self.owner.as_ref()))
    }

    /// What obtains the certificate and keeps it good.
    pub fn keeper<'a>(&'a self, store: &'a Store, clock: &'a dyn Clock) -> Keeper<'a> {
        Keeper { source: &self.source, wanted: &self.wanted, store, time_limit: self.deadline, clock }
    }
}
