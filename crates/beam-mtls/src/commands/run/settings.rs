//! The settings of `beam-mtls run`.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;

use podcert_cli::given;
use podcert_cli::settings::{self, Faults, Given, List, Problem, Recorded, SWITCH, Switch};

use crate::cli::{self, ConfigDirectoryArgs};
use crate::distribution::node_name::{BaseName, Host, NodeName};
use crate::distribution::{
    Cookie, DEFAULT_LISTEN, Listen, OtpRelease, Peers, PeersArgs, TlsVersion, TlsVersions,
};
use crate::environment::Environment;
use crate::launcher::{self, DefaultName};
use crate::support::plain_path::PlainPath;

/// The flags of `run`.
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct RunArgs {
    #[command(flatten)]
    pub(crate) node_name: NodeNameArgs,

    /// Distribution port, the same on all nodes; with an ADDRESS, listen on that address only
    #[arg(long, env = "BEAM_MTLS_LISTEN", value_name = "[ADDRESS:]PORT", default_value = DEFAULT_LISTEN)]
    pub(crate) listen: Given<Listen>,

    #[command(flatten)]
    pub(crate) peers: PeersArgs,

    /// File that contains the cookie; or set BEAM_MTLS_COOKIE to the cookie itself
    #[arg(long, env = "BEAM_MTLS_COOKIE_FILE", value_name = "FILE")]
    pub(crate) cookie_file: Option<PathBuf>,

    /// Look up ports in epmd instead of using one port on all nodes
    #[arg(long, env = "BEAM_MTLS_EPMD", value_name = SWITCH)]
    pub(crate) epmd: Given<Switch>,

    #[command(flatten)]
    pub(crate) config_directory: ConfigDirectoryArgs,

    /// TLS versions that the distribution may use, separated by commas
    #[arg(long, env = "BEAM_MTLS_TLS_VERSIONS", value_name = "VERSION,...", default_value = "1.3")]
    pub(crate) tls_versions: Given<TlsVersions>,

    /// What kind of program COMMAND is, instead of detecting it from its files
    #[arg(long, env = "BEAM_MTLS_LAUNCHER", value_name = "LAUNCHER")]
    pub(crate) launcher: Option<launcher::Kind>,

    /// Untested OTP releases to run on anyway, separated by commas
    #[arg(
        long,
        env = "BEAM_MTLS_ALLOW_OTP",
        value_name = "RELEASE,...",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) allow_otp: Given<List<OtpRelease>>,

    /// Stay as the parent of the command: renew the certificate, forward signals, reap orphans; for PID 1 of a container
    #[arg(long, env = "BEAM_MTLS_SUPERVISE", value_name = SWITCH)]
    supervise: Given<Switch>,

    /// The command that starts the node, after --
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,

    #[command(flatten, next_help_heading = "Certificate")]
    pub(crate) certificate: settings::Args,
}

/// The flags that name the node, in one of two ways.
#[derive(Clone, Debug, clap::Args)]
pub struct NodeNameArgs {
    /// The node's name; HOST is an IP address or a fully qualified domain name
    #[arg(long, env = NAME_VARIABLE, value_name = "NAME@HOST")]
    name: Option<Given<NodeName>>,

    /// The part of the node's name before the @, instead of --name [default: the release's name]
    #[arg(long, env = BASENAME_VARIABLE, value_name = "NAME")]
    basename: Option<Given<BaseName>>,

    /// The part after the @, with --basename [default: the pod's IP address]
    #[arg(long, env = HOST_VARIABLE)]
    host: Option<Given<Host>>,
}

/// The node's name; the command finds it there in any case.
pub const NAME_VARIABLE: &str = "BEAM_MTLS_NAME";

/// Its first part.
pub const BASENAME_VARIABLE: &str = "BEAM_MTLS_BASENAME";

/// Its second part.
pub const HOST_VARIABLE: &str = "BEAM_MTLS_HOST";

const AFTER_HELP: &str = "\
Variables from which the BEAM reads flags (ERL_AFLAGS, ERL_FLAGS, ERL_ZFLAGS, ELIXIR_ERL_OPTIONS) are passed on, \
with beam-mtls's own flags added. It is an error if they set a flag that beam-mtls sets itself.

Exit codes: COMMAND's own once it runs (with --supervise, 128 + n if signal n ended it); before that 64 usage error, \
65 bad certificate or key, 69 signer unavailable, 73 cannot write, 75 deadline exceeded, 77 refused, 78 settings missing \
or in conflict, 126 COMMAND not executable, 127 COMMAND not found.";

/// The settings.
#[derive(Debug)]
pub struct Run {
    /// OTP releases that were not tested and are wanted nevertheless.
    pub allowed_releases: Vec<OtpRelease>,
    /// What concerns the certificate.
    pub certificate: settings::Settings,
    /// Where the rendered files go.
    pub config_directory: PlainPath,
    /// The cookie.
    pub cookie: Cookie,
    /// Whether epmd is asked for ports.
    pub epmd: bool,
    /// Where the distribution listens.
    pub listen: Listen,
    /// The node's name.
    pub name: NodeName,
    /// Which certificates may connect.
    pub peers: Peers,
    /// The versions of TLS that are spoken.
    pub tls_versions: Vec<TlsVersion>,
}

impl RunArgs {
    /// What to become.
    pub fn command(&self) -> Result<(OsString, Vec<OsString>), Faults> {
        let command =
            self.command.split_first().map(|(program, arguments)| (program.clone(), arguments.to_vec()));
        command.ok_or_else(|| {
            let mut faults = Faults::of(&cli::command());
            let remedy = "put it after --, as in `beam-mtls run -- bin/app start`";
            faults.usage("command", Problem::with_remedy("there is nothing to run", remedy));
            faults
        })
    }

    /// Whether to stay as the parent of the command.
    pub fn supervises(&self) -> Result<bool, Faults> {
        if let Some(Switch(supervise)) = self.supervise.value() {
            return Ok(*supervise);
        }
        let mut faults = Faults::of(&cli::command());
        let supervise = self.supervise.clone().require("supervise", &mut faults).map(|switch| switch.0);
        faults.none_or(supervise)
    }

    /// Where the rendered files are.
    pub fn config_directory(&self) -> Result<PlainPath, Faults> {
        // The command line is built anew only to name a fault: that takes time at each start.
        if let Some(directory) = self.config_directory.config_directory.value() {
            return Ok(directory.clone());
        }
        let mut faults = Faults::of(&cli::command());
        let directory = self.config_directory.clone().into_path(&mut faults);
        faults.none_or(directory)
    }

    /// The settings of a node, or everything that is wrong with them; `default` is the name that its release sets.
    pub fn into_settings(self, environment: &Environment, default: DefaultName) -> Result<Run, Faults> {
        let mut faults = cli::faults(environment);
        let settings = self.resolve(environment, default, &mut faults);
        faults.none_or(settings)
    }

    fn resolve(
        self,
        environment: &Environment,
        default: DefaultName,
        faults: &mut Faults,
    ) -> Result<Run, Recorded> {
        let cookie = Cookie::of_settings(self.cookie_file.as_deref(), environment, faults);
        let certificate = self.certificate.into_settings(faults);
        let pod_ip = certificate.as_ref().ok().and_then(|settings| settings.pod_ip);
        let name = self.node_name.resolve(default, pod_ip, faults);
        let listen = given!(self.listen, faults);
        let peers = self.peers.into_peers(faults);
        let epmd = given!(self.epmd, faults);
        let config_directory = self.config_directory.into_path(faults);
        let tls_versions = given!(self.tls_versions, faults);
        let allowed_releases = given!(self.allow_otp, faults);
        Ok(Run {
            allowed_releases: allowed_releases?.0,
            certificate: certificate?,
            config_directory: config_directory?,
            cookie: cookie?,
            epmd: epmd?.0,
            listen: listen?,
            name: name?,
            peers: peers?,
            tls_versions: tls_versions?.0,
        })
    }
}

impl NodeNameArgs {
    /// The node's name; `default` is the name that its release sets; the address of a pod overrides its host.
    pub(crate) fn resolve(
        self,
        default: DefaultName,
        pod_ip: Option<IpAddr>,
        faults: &mut Faults,
    ) -> Result<NodeName, Recorded> {
        let is_split = self.basename.is_some() || self.host.is_some();
        if let Some(name) = given!(optional self.name, faults)? {
            if is_split {
                faults.conflict("name", "it cannot be combined with --basename or --host", NAMED_TWICE);
            }
            return Ok(name);
        }
        let basename = given!(optional self.basename, faults).and_then(|given| {
            let found = given.or(default.base);
            found.ok_or_else(|| faults.conflict("name", "the node has no name", NO_NAME))
        });
        // A release that was tested on a developer's machine may use 127.0.0.1.
        let default_host = default.host.filter(|host| pod_ip.is_none() || !host.is_loopback());
        let host = given!(optional self.host, faults).and_then(|given| {
            let found = given.or(default_host).or(pod_ip.map(Host::Ip));
            found.ok_or_else(|| match basename {
                Ok(_) => faults.conflict(
                    "host",
                    "the node's name needs a host, and no pod address is known",
                    "set it",
                ),
                Err(recorded) => recorded,
            })
        });
        Ok(NodeName::new(basename?, host?))
    }
}

const NAMED_TWICE: &str = "set either --name, or --basename and --host";
const NO_NAME: &str = "set it, or --basename and --host";

#[cfg(test)]
mod tests {
    use clap::FromArgMatches;

    use super::*;
    use crate::cli::{Cli, Subcommand};

    const GOOD: [&str; 10] = [
        "beam-mtls",
        "run",
        "--source",
        "local",
        "--name",
        "app@10.0.0.1",
        "--config-directory",
        "/run/beam-mtls",
        "--",
        "erl",
    ];

    fn settings(arguments: &[&str], environment: &Environment) -> Result<Run, String> {
        let matches =
            cli::command().try_get_matches_from(arguments).expect("a command line that clap understands");
        let cli = Cli::from_arg_matches(&matches).expect("a command line");
        let Subcommand::Run(args) = cli.subcommand else { panic!("not run") };
        args.into_settings(environment, DefaultName::default()).map_err(|faults| faults.to_string())
    }

    fn environment() -> Environment {
        Environment::from([("HOME", "/home/me"), ("BEAM_MTLS_COOKIE", "topsecret")])
    }

    fn with(extra: &[&str]) -> Vec<&'static str> {
        let mut all: Vec<&str> = GOOD[..8].to_vec();
        all.extend(
            extra.iter().map(|text| -> &'static str { Box::leak((*text).to_owned().into_boxed_str()) }),
        );
        all.extend(&GOOD[8..]);
        all
    }

    #[test]
    fn what_is_needed_is_a_source_a_name_a_cookie_and_a_command() {
        let run = settings(&GOOD, &environment()).expect("settings");
        assert_eq!(run.name.to_string(), "app@10.0.0.1");
        assert_eq!((run.listen.port, run.listen.interface, run.epmd), (9100, None, false));
        assert_eq!(run.peers, Peers::Own);
    }

    #[test]
    fn all_faults_are_reported_at_once() {
        let faults =
            settings(&["beam-mtls", "run", "--listen", "x"], &Environment::from([("BEAM_MTLS_PEER", "y")]))
                .expect_err("faults");
        for part in ["--source", "--name", "--listen", "--cookie-file", "did you mean BEAM_MTLS_PEERS?"] {
            assert!(faults.contains(part), "{part} is not in:\n{faults}");
        }
    }

    #[test]
    fn a_name_is_given_in_one_way() {
        let named = |extra: &[&str]| settings(&with(extra), &environment());
        assert!(named(&["--basename", "app"]).expect_err("two ways").contains("either --name"));
        let mut arguments = vec!["beam-mtls", "run", "--source", "local", "--basename", "app"];
        assert!(settings(&arguments, &environment()).expect_err("no host").contains("--host"));
        let in_pod = [&arguments[..], &["--pod-ips", "fd00::7,10.0.0.7", "--", "erl"]].concat();
        assert_eq!(settings(&in_pod, &environment()).expect("settings").name.to_string(), "app@fd00::7");
        arguments.extend(["--host", "pod-0.ns.svc", "--", "erl"]);
        let run = settings(&arguments, &environment()).expect("settings");
        assert_eq!(run.name.to_string(), "app@pod-0.ns.svc");
    }

    #[test]
    fn a_cookie_comes_from_one_place_and_is_never_shown() {
        let both =
            settings(&with(&["--cookie-file", "/no/such/file"]), &environment()).expect_err("two places");
        assert!(both.contains("BEAM_MTLS_COOKIE") && !both.contains("topsecret"), "{both}");
        let missing =
            settings(&with(&["--cookie-file", "/no/such/file"]), &Environment::from([("HOME", "/home/me")]));
        assert!(missing.expect_err("no file").contains("/no/such/file"));
        let run = settings(&GOOD, &environment()).expect("settings");
        assert!(!format!("{run:?}").contains("topsecret"));
    }

    #[test]
    fn releases_are_numbers() {
        let run = settings(&with(&["--allow-otp", "26, 28"]), &environment()).expect("settings");
        let releases: Vec<String> = run.allowed_releases.iter().map(ToString::to_string).collect();
        assert_eq!(releases, ["26", "28"]);
        let faults =
            settings(&with(&["--allow-otp", "28\"],halt()"]), &environment()).expect_err("no releases");
        assert!(faults.contains("--allow-otp"), "{faults}");
    }
}
