//! The settings of `beam-mtls doctor`: those of `run`, as far as they are good.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use podcert_cli::given;
use podcert_cli::settings::{DEFAULT_DIRECTORY, Faults, Given, List, Optional, Problem, Settings};

use crate::artifacts::directory::cookie_file;
use crate::artifacts::read_back::ReadBack;
use crate::cli;
use crate::commands::run::RunArgs;
use crate::distribution::cookie::COOKIE_VARIABLE;
use crate::distribution::{Cookie, DEFAULT_LISTEN, Listen, NodeName, Peers, Target};
use crate::environment::Environment;
use crate::launcher::{DefaultName, Kind};
use crate::support::plain_path::PlainPath;

/// The flags.
#[derive(Debug, clap::Args)]
pub struct DoctorArgs {
    /// DNS names that resolve to the peers, such as the nodes' headless Service, separated by commas; PORT
    /// overrides that of --listen [default: DNS_CLUSTER_QUERY, otherwise the domain of the node's host if it is in
    /// a headless Service]
    #[arg(long, env = "BEAM_MTLS_PEER_SERVICE", value_name = "NAME[:PORT],...")]
    peer_service: Option<Given<List<PeerService>>>,

    /// Write JSON instead of a table
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    run: RunArgs,
}

/// The settings, as far as they are good.
#[derive(Debug)]
pub struct Doctor {
    /// What concerns the certificate.
    pub certificate: Option<Settings>,
    /// The command that starts the node, if it was given.
    pub command: Option<(OsString, Vec<OsString>)>,
    /// Where the rendered files are.
    pub config_directory: Option<PlainPath>,
    /// The cookie that the settings name.
    pub cookie: Option<Cookie>,
    /// Where the certificate is published.
    pub directory: PathBuf,
    /// Write JSON.
    pub json: bool,
    /// The kind of the command according to `--launcher`.
    pub launcher: Option<Kind>,
    /// Where the distribution listens.
    pub listen: Option<Listen>,
    /// The node's name.
    pub name: Option<NodeName>,
    /// Names whose addresses are peers.
    pub peer_services: Vec<PeerService>,
    /// Which certificates may connect.
    pub peers: Option<Peers>,
    /// Settings that were read back from the node's files, as flags.
    pub read_back: Vec<String>,
}

/// A name whose addresses are peers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerService {
    /// The name.
    pub host: String,
    /// Their port, if it is not this node's.
    pub port: Option<u16>,
}

impl DoctorArgs {
    /// The settings as far as they are good, and everything that is wrong with them. What is not set is read back
    /// from
    /// the files of the node, if it was started.
    pub fn into_settings(self, environment: &Environment) -> (Doctor, Faults) {
        let mut faults = cli::faults(environment);
        let Self { peer_service, json, mut run } = self;
        let command = run.command().ok();
        let config_directory = run.config_directory.clone().into_path(&mut faults).ok();
        let files = config_directory.as_ref().map(PlainPath::as_path);
        let cookie = cookie(&run, files, environment, &mut faults);
        let found = files.map(ReadBack::read).unwrap_or_default();
        let mut read_back = Vec::new();
        let mut take = |flag: &str, value: &dyn std::fmt::Display| read_back.push(format!("{flag} {value}"));

        let is_default = run.certificate.directory() == Path::new(DEFAULT_DIRECTORY);
        if let Some(certificates) = found.certificates.filter(|_| is_default) {
            take("--directory", &certificates.display());
            run.certificate.set_directory(&certificates);
        }
        let directory = run.certificate.directory();
        let certificate = run.certificate.into_settings(&mut faults).ok();
        let default = found.name.map_or_else(DefaultName::default, |name| DefaultName {
            base: Some(name.base().clone()),
            host: Some(name.host().clone()),
        });
        let pod_ip = certificate.as_ref().and_then(|settings| settings.pod_ip);
        let name = run.node_name.resolve(default, pod_ip, &mut faults).ok();

        let is_default = run.listen.text() == DEFAULT_LISTEN;
        let mut listen = given!(run.listen, &mut faults).ok();
        if let Some(found) = found.listen.filter(|_| is_default) {
            take("--listen", &found);
            listen = Some(found);
        }
        let is_default = run.peers.is_default();
        let mut peers = run.peers.into_peers(&mut faults).ok();
        if let Some(found) = found.peers.filter(|_| is_default) {
            take("--peers", &found);
            peers = Some(found);
        }
        // Nothing depends on these here; what is wrong with them is reported all the same.
        let _ = given!(run.epmd, &mut faults);
        let _ = given!(run.tls_versions, &mut faults);
        let _ = given!(run.allow_otp, &mut faults);
        let settings = Doctor {
            certificate,
            command,
            config_directory,
            cookie,
            directory,
            json,
            launcher: run.launcher,
            listen,
            name,
            peer_services: peer_services(peer_service, environment, &mut faults),
            peers,
            read_back,
        };
        (settings, faults)
    }
}

/// The cookie of the settings. A node that was started has one already.
fn cookie(
    args: &RunArgs,
    files: Option<&Path>,
    environment: &Environment,
    faults: &mut Faults,
) -> Option<Cookie> {
    let is_set = args.cookie_file.is_some() || environment.get(COOKIE_VARIABLE).is_some();
    let is_written = || files.is_some_and(|directory| cookie_file(directory).exists());
    if is_set || !is_written() {
        return Cookie::of_settings(args.cookie_file.as_deref(), environment, faults).ok();
    }
    None
}

fn peer_services(
    given: Option<Given<List<PeerService>>>,
    environment: &Environment,
    faults: &mut Faults,
) -> Vec<PeerService> {
    if given.is_some() {
        let services = given.optional("peer_service", faults);
        return services.ok().flatten().map(|services| services.0).unwrap_or_default();
    }
    let query = environment.get(DNS_QUERY).map(|query| query.to_string_lossy().into_owned());
    match query.unwrap_or_default().parse::<List<PeerService>>() {
        Ok(services) => services.0,
        Err(error) => {
            faults.usage(DNS_QUERY, Problem::of(&error));
            Vec::new()
        }
    }
}

/// The variable of `dns_cluster`.
const DNS_QUERY: &str = "DNS_CLUSTER_QUERY";

impl FromStr for PeerService {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        // Without a port the colons of an IPv6 address are left.
        let port = text.rsplit_once(':').filter(|(host, _)| !host.contains(':') || host.ends_with(']'));
        match text.parse() {
            Ok(Target { host, port: found }) => Ok(Self { host, port: port.map(|_| found) }),
            Err(_) => Err(Problem::with_remedy(
                format!("{text:?} is not NAME[:PORT]"),
                "write it as in app-nodes.shop.svc.cluster.local, 10.0.0.1:9100 or fd00::1",
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
        assert_eq!("[fd00::1]".parse(), service("fd00::1", None));
        assert_eq!("10.0.0.1:9101".parse(), service("10.0.0.1", Some(9101)));
        assert_eq!("fd00::1".parse(), service("fd00::1", None));
        assert_eq!("[fd00::1]:9101".parse(), service("fd00::1", Some(9101)));
        for text in ["a b", "a:b", "a:0", ""] {
            assert!(text.parse::<PeerService>().is_err(), "{text}");
        }
    }
}
