//! Flags and variables as typed.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::CommandFactory;
use podcert::settings::{Faults, known_variables, refuse_unknown_variables};

use super::peers::PeersArgs;
use super::{ConsoleArgs, DoctorArgs, HandshakeArgs, RpcArgs, Run, parts};
use crate::environment::Environment;
use crate::launcher::{self, DefaultName};
use crate::plain_path::PlainPath;

/// The command line.
#[derive(Debug, clap::Parser)]
#[command(name = "beam-mtls", version, about, max_term_width = 110)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub subcommand: Subcommand,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
pub enum Subcommand {
    /// Obtain a certificate, render ssl_dist.conf and vm.args, and become COMMAND
    Run(Box<RunArgs>),
    /// Run a cluster of nodes on this machine, each with a certificate of its own from a local CA
    Local(LocalArgs),
    /// Open an Erlang shell on the node that runs here
    Remote(ConsoleArgs),
    /// Evaluate an Erlang expression on the node that runs here, and print its value
    Rpc(RpcArgs),
    /// Look at all that the node needs, tell what is wrong and what to do, and change nothing
    #[command(after_help = DOCTOR_HELP)]
    Doctor(Box<DoctorArgs>),
    /// Dial every address of a host as a node would, and tell which nodes answer
    Handshake(HandshakeArgs),
}

/// What was typed for `run`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct RunArgs {
    /// The node's name, NAME@HOST; HOST is an IP address or a fully qualified name
    #[arg(long, env = NAME_VARIABLE, hide_env_values = true, value_name = "NAME@HOST")]
    pub(super) name: Option<String>,

    /// The part of the node's name before the @, instead of --name [default: the release's name]
    #[arg(long, env = BASENAME_VARIABLE, hide_env_values = true, value_name = "NAME")]
    pub(super) basename: Option<String>,

    /// The part behind the @, with --basename [default: the pod's IP address]
    #[arg(long, env = HOST_VARIABLE, hide_env_values = true)]
    pub(super) host: Option<String>,

    /// Port of the distribution, the same on all nodes; with an address before it, only that one listens
    #[arg(
        long,
        env = "BEAM_MTLS_LISTEN",
        hide_env_values = true,
        value_name = "[ADDRESS:]PORT",
        default_value = DEFAULT_LISTEN
    )]
    pub(super) listen: String,

    #[command(flatten)]
    pub(super) peers: PeersArgs,

    /// File that holds the cookie; or set BEAM_MTLS_COOKIE to the cookie itself
    #[arg(long, env = "BEAM_MTLS_COOKIE_FILE", hide_env_values = true, value_name = "FILE")]
    pub(super) cookie_file: Option<PathBuf>,

    /// Ask epmd for ports instead of using one port on all nodes
    #[arg(
        long, env = "BEAM_MTLS_EPMD", hide_env_values = true, value_name = "true|false", num_args = 0..=1,
        require_equals = true, default_value = "false", default_missing_value = "true", hide_default_value = true
    )]
    pub(super) epmd: String,

    /// Absolute path of the directory that ssl_dist.conf, vm.args and the cookie are written to
    #[arg(
        long,
        env = "BEAM_MTLS_CONFIG_DIRECTORY",
        hide_env_values = true,
        value_name = "DIRECTORY",
        default_value = "/run/beam-mtls"
    )]
    pub(super) config_directory: String,

    /// Versions of TLS that the distribution speaks
    #[arg(
        long,
        env = "BEAM_MTLS_TLS_VERSIONS",
        hide_env_values = true,
        value_name = "VERSION,...",
        default_value = "1.3"
    )]
    pub(super) tls_versions: String,

    /// What COMMAND is, instead of what lies beside it tells
    #[arg(long, env = "BEAM_MTLS_LAUNCHER", hide_env_values = true, value_name = "LAUNCHER")]
    launcher: Option<launcher::Kind>,

    /// OTP releases to run on although they were not tested, separated by commas
    #[arg(
        long,
        env = "BEAM_MTLS_ALLOW_OTP",
        hide_env_values = true,
        value_name = "RELEASE,...",
        default_value = "",
        hide_default_value = true
    )]
    pub(super) allow_otp: String,

    /// What to become, after --
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,

    #[command(flatten, next_help_heading = "Certificate")]
    pub(super) certificate: podcert::settings::Args,
}

/// What was typed for `local`.
#[derive(Debug, clap::Args)]
pub struct LocalArgs {
    /// How many nodes
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=50))]
    pub nodes: u8,

    /// Check the cluster, show that impostors are refused, report, and end
    #[arg(long)]
    pub check: bool,

    /// Write JSON instead of a table
    #[arg(long)]
    pub json: bool,

    /// What each node runs [default: erl]
    #[arg(last = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

const AFTER_HELP: &str = "\
Variables that the BEAM reads (ERL_AFLAGS, ERL_FLAGS, ERL_ZFLAGS, ELIXIR_ERL_OPTIONS) are passed on with ours \
added; flags in them that are ours to set are an error.

Exit codes: COMMAND's own once it runs; before that 64 usage, 65 certificate or key wrong, 69 signer \
unavailable, 73 cannot write, 75 deadline passed, 77 refused, 78 settings lack or contradict something, 126 \
COMMAND not executable, 127 not found.";

const DOCTOR_HELP: &str = "\
In a pod: `kubectl exec POD -- /beam-mtls doctor`. It sees the variables of the pod's specification, and takes what else it \
has to know from the node's files. With the command that starts the node behind --, its launcher and release are looked \
at too. Nodes are dialled, and have to know the cookie, as by a remote console that leaves at once.

Exit codes: 0 nothing worse than a note; 1 warnings; with errors 64 a setting cannot be understood, 65 certificate, key \
or another file wrong, 69 something cannot be reached, 77 refused, 78 settings lack or contradict something. Of several \
errors the lowest code counts.";

/// The port where none was set.
pub(super) const DEFAULT_LISTEN: &str = "9100";

/// The node's name; the command finds it there in any case.
pub const NAME_VARIABLE: &str = "BEAM_MTLS_NAME";

/// Its first part.
pub const BASENAME_VARIABLE: &str = "BEAM_MTLS_BASENAME";

/// Its second part.
pub const HOST_VARIABLE: &str = "BEAM_MTLS_HOST";

/// The cookie itself: in a variable, never on a command line, which every process can read. It is not passed on.
pub const COOKIE_VARIABLE: &str = "BEAM_MTLS_COOKIE";

impl RunArgs {
    /// What to become.
    pub fn command(&self) -> Result<(OsString, Vec<OsString>), Faults> {
        let command =
            self.command.split_first().map(|(program, arguments)| (program.clone(), arguments.to_vec()));
        command.ok_or_else(|| {
            let mut faults = Faults::default();
            faults
                .usage("COMMAND", "nothing to run; put it after --, as in `beam-mtls run -- bin/app start`");
            faults
        })
    }

    /// What COMMAND is said to be.
    pub fn launcher(&self) -> Option<launcher::Kind> {
        self.launcher
    }

    /// Where the rendered files are.
    pub fn config_directory(&self) -> Result<PlainPath, Faults> {
        let mut faults = Faults::default();
        parts::config_directory(&self.config_directory, &mut faults).ok_or(faults)
    }

    /// The settings of a node, or everything that is wrong with them; `default` is what its release says of its name.
    pub fn into_settings(self, environment: &Environment, default: DefaultName) -> Result<Run, Faults> {
        let mut faults = Faults::default();
        let cookie = parts::cookie(self.cookie_file.as_deref(), environment, &mut faults);
        let settings = parts::parts(self, environment, default, &mut faults).whole(cookie);
        settings.filter(|_| faults.is_empty()).ok_or(faults)
    }
}

pub(super) fn refuse_unknown(environment: &Environment, faults: &mut Faults) {
    let mut known: Vec<String> = Cli::command().get_subcommands().flat_map(known_variables).collect();
    known.push(COOKIE_VARIABLE.to_owned());
    for prefix in ["BEAM_MTLS_", "PODCERT_"] {
        refuse_unknown_variables(environment.names().map(Into::into), prefix, &known, faults);
    }
}

pub(super) fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(
    setting: &str,
    text: &str,
    faults: &mut Faults,
) -> Option<T> {
    text.parse().map_err(|error| faults.usage(setting, error)).ok()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::settings::Peers;

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
        let cli = Cli::try_parse_from(arguments).expect("a command line that clap understands");
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
    fn all_faults_are_told_at_once() {
        let faults =
            settings(&["beam-mtls", "run", "--listen", "x"], &Environment::from([("BEAM_MTLS_PEER", "y")]))
                .expect_err("faults");
        for part in ["--source", "--name", "--listen", "--cookie-file", "is BEAM_MTLS_PEERS meant?"] {
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
        assert_eq!(run.allowed_releases, ["26", "28"]);
        let faults =
            settings(&with(&["--allow-otp", "28\"],halt()"]), &environment()).expect_err("no releases");
        assert!(faults.contains("--allow-otp"), "{faults}");
    }
}
