//! Flags and variables of `doctor` as typed.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use podcert::settings::{DEFAULT_DIRECTORY, Faults};

use super::args::{COOKIE_VARIABLE, DEFAULT_LISTEN, RunArgs};
use super::rendered::Rendered;
use super::{Parts, Target, parts};
use crate::config_directory::cookie_file;
use crate::cookie::Cookie;
use crate::environment::Environment;
use crate::launcher::{DefaultName, Kind};

/// What was typed for `doctor`.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// Names whose addresses are peers, as the headless Service of the nodes, separated by commas; a port goes before
    /// --listen's [default: DNS_CLUSTER_QUERY, else the domain of the node's host in a headless Service]
    #[arg(long, env = "BEAM_MTLS_PEER_SERVICE", hide_env_values = true, value_name = "NAME[:PORT],...")]
    peer_service: Option<String>,

    /// Write JSON instead of a table
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    run: RunArgs,
}

/// Settings of `beam-mtls doctor`, as far as they are good.
#[derive(Debug)]
pub struct Doctor {
    /// The command that starts the node, where it was told.
    pub command: Option<(std::ffi::OsString, Vec<std::ffi::OsString>)>,
    /// The cookie that the settings name, and where it came from.
    pub cookie: Option<(Cookie, String)>,
    /// Where the certificate is published.
    pub directory: PathBuf,
    /// Write JSON.
    pub json: bool,
    /// What the command is said to be.
    pub launcher: Option<Kind>,
    /// The settings of the node.
    pub parts: Parts,
    /// Whose addresses are peers.
    pub peer_services: Vec<PeerService>,
    /// Settings that the files of the node tell, as flags.
    pub taken: Vec<String>,
}

/// A name whose addresses are peers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerService {
    /// The name.
    pub host: String,
    /// Their port, where it is not our own.
    pub port: Option<u16>,
}

impl DoctorArgs {
    /// The settings as far as they are good, and everything that is wrong with them. What nobody has set is taken from
    /// the files of the node, where it was started.
    pub fn into_settings(mut self, environment: &Environment) -> (Doctor, Faults) {
        let mut faults = Faults::default();
        let directory = self.run.config_directory().ok();
        let directory = directory.as_ref().map(|directory| directory.as_path());
        let command = self.run.command().ok();
        let cookie = cookie(&self.run, directory, environment, &mut faults);
        let launcher = self.run.launcher();
        let rendered = directory.map(Rendered::read).unwrap_or_default();
        let is_set = Typed::of(&self.run);
        let mut taken = Vec::new();
        let mut take = |flag: &str, value: &dyn Display| taken.push(format!("{flag} {value}"));
        if let Some(certificates) = rendered.certificates.filter(|_| !is_set.directory) {
            take("--directory", &certificates.display());
            self.run.certificate.set_directory(&certificates);
        }
        let directory = self.run.certificate.directory();
        let default = rendered.name.map_or_else(DefaultName::default, |name| DefaultName {
            base: Some(name.base().clone()),
            host: Some(name.host().clone()),
        });
        let peer_services = peer_services(self.peer_service, environment, &mut faults);
        let mut parts = parts::parts(self.run, environment, default, &mut faults);
        if let Some(listen) = rendered.listen.filter(|_| !is_set.listen) {
            take("--listen", &listen);
            parts.listen = Some(listen);
        }
        if let Some(peers) = rendered.peers.filter(|_| !is_set.peers) {
            take("--peers", &peers);
            parts.peers = Some(peers);
        }
        let settings =
            Doctor { command, cookie, directory, json: self.json, launcher, parts, peer_services, taken };
        (settings, faults)
    }
}

/// Which settings are not the default.
struct Typed {
    directory: bool,
    listen: bool,
    peers: bool,
}

impl Typed {
    fn of(args: &RunArgs) -> Self {
        Self {
            directory: args.certificate.directory() != Path::new(DEFAULT_DIRECTORY),
            listen: args.listen != DEFAULT_LISTEN,
            peers: !args.peers.is_default(),
        }
    }
}

/// The cookie of the settings. A node that was started has one already.
fn cookie(
    args: &RunArgs,
    rendered: Option<&Path>,
    environment: &Environment,
    faults: &mut Faults,
) -> Option<(Cookie, String)> {
    let is_set = args.cookie_file.is_some() || environment.get(COOKIE_VARIABLE).is_some();
    let is_rendered = || rendered.is_some_and(|directory| cookie_file(directory).exists());
    if is_set || !is_rendered() {
        return parts::cookie(args.cookie_file.as_deref(), environment, faults);
    }
    None
}

fn peer_services(typed: Option<String>, environment: &Environment, faults: &mut Faults) -> Vec<PeerService> {
    let query = || environment.get("DNS_CLUSTER_QUERY").map(|query| query.to_string_lossy().into_owned());
    let (setting, text) = match typed {
        Some(typed) => ("--peer-service (BEAM_MTLS_PEER_SERVICE)", typed),
        None => ("DNS_CLUSTER_QUERY", query().unwrap_or_default()),
    };
    let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
    let parsed = items.filter_map(|item| item.parse().map_err(|error| faults.usage(setting, error)).ok());
    parsed.collect()
}

impl FromStr for PeerService {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(Target { host, port }) = text.parse() {
            return Ok(Self { host, port: Some(port) });
        }
        // Any port, to see whether the host is one.
        let bare = if text.contains(':') { format!("[{text}]:1") } else { format!("{text}:1") };
        match bare.parse() {
            Ok(Target { host, .. }) => Ok(Self { host, port: None }),
            Err(_) => Err(format!(
                "{text:?} is not NAME[:PORT], as in app-nodes.shop.svc.cluster.local, 10.0.0.1:9100 or fd00::1"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_optional() {
        let service = |host: &str, port| Ok(PeerService { host: host.to_owned(), port });
        assert_eq!("nodes.shop".parse(), service("nodes.shop", None));
        assert_eq!("10.0.0.1:9101".parse(), service("10.0.0.1", Some(9101)));
        assert_eq!("fd00::1".parse(), service("fd00::1", None));
        assert_eq!("[fd00::1]:9101".parse(), service("fd00::1", Some(9101)));
        for text in ["a b", "a:b", "a:0", ""] {
            assert!(text.parse::<PeerService>().is_err(), "{text}");
        }
    }
}
