//! A node that starts: everything is decided, then its certificate is obtained and its files are written.

use std::path::Path;

use podcert::diagnose::explain;
use podcert::request::Wanted;
use podcert::signer::Origin;
use podcert::support::clock::Clock;
use podcert_cli::settings::Settings;

use super::settings::{BASENAME_VARIABLE, HOST_VARIABLE, Run};
use super::{Error, Launchable, NodeFiles, Renewal, RunArgs};
use crate::artifacts::directory;
use crate::artifacts::render::VM_ARGS;
use crate::command::Command;
use crate::distribution::NodeName;
use crate::distribution::cookie::COOKIE_VARIABLE;
use crate::distribution::node_name::Host;
use crate::environment::Environment;
use crate::flags::release_flags::{self, ReleaseFlags};
use crate::flags::{self, Flags};
use crate::launcher::args_file::{self, ArgsFile};
use crate::launcher::scripts::{Assignment, assignments};
use crate::launcher::{Kind, Launch, dumps, otp, presets, variables};

/// A node, decided and not yet prepared.
#[derive(Debug)]
pub struct NodePlan {
    certificate: Settings,
    files: NodeFiles,
    launchable: Launchable,
}

impl NodePlan {
    /// Checks the settings, the flags of the BEAM and the directory against each other. Nothing is written.
    pub(super) fn decide(
        args: RunArgs,
        command: Command,
        launch: &Launch,
        environment: &Environment,
    ) -> Result<Self, Error> {
        let vm_args = args.config_directory()?.as_path().join(VM_ARGS);
        let release = release_flags(launch, &vm_args, environment)?;
        let default_name = launch.name(release.name.as_deref(), environment);
        let mut settings = args.into_settings(environment, default_name)?;
        check_flags(&command, launch, environment, &vm_args)?;
        let assignments = assignments(&command, launch, environment);
        check_scripts(&assignments, launch, &settings.name, &vm_args)?;
        check_port(environment, settings.listen.port)?;
        directory::check(settings.config_directory.as_path())?;
        check_home(&settings, environment)?;

        settings.certificate.wanted = Wanted {
            // The node's host is what its peers check.
            needed: settings.name.host().identity(),
            ip_addresses_as_dns_names: settings.certificate.wanted.ip_addresses_as_dns_names
                || wants_dns_names(&settings, &command, launch, environment),
            ..settings.certificate.wanted
        };
        let node = settings.name.to_string();
        let mut set = variables::start(launch, &node, &settings.config_directory, environment);
        set.extend(dumps::without(&command, launch, &assignments, &release.variables, environment));
        Ok(Self {
            certificate: settings.certificate.clone(),
            files: NodeFiles::new(settings, release.lines, launch.kind == Kind::Mix),
            launchable: Launchable { command, set, unset: &UNSET },
        })
    }

    /// Obtains the certificate and writes the files. If anything fails, nothing was started. A certificate that is due but
    /// still good will do if it is going to be renewed.
    pub async fn prepare(self, renews: bool, clock: &dyn Clock) -> Result<(Launchable, Renewal), Error> {
        let store = self.certificate.store()?;
        let keeper = self.certificate.keeper(&store, clock);
        let obtained = if renews { keeper.start().await? } else { keeper.obtain().await? };
        self.files.write(&obtained.certificate)?;
        let renewal = Renewal::new(self.certificate, store, self.files, obtained);
        Ok((self.launchable, renewal))
    }
}

/// Variables that end with us: the cookie, what the name replaced, and what relx would set a second time.
const UNSET: [&str; 4] = [COOKIE_VARIABLE, BASENAME_VARIABLE, HOST_VARIABLE, DIST_PORT_VARIABLE];

/// relx's script derives flags from it.
const DIST_PORT_VARIABLE: &str = "ERL_DIST_PORT";

/// What the release sets itself, and stays.
fn release_flags(launch: &Launch, ours: &Path, environment: &Environment) -> Result<ReleaseFlags, Error> {
    let Some(ArgsFile { path, text, directory, unset }) = args_file::read(launch, ours, environment)? else {
        return Ok(ReleaseFlags::default());
    };
    for unset in unset {
        tracing::warn!("{}", explain(&unset));
    }
    let flags = release_flags::read(&path, &text, &directory, ours)?;
    for ignored in &flags.ignored {
        tracing::warn!("{}", explain(ignored));
    }
    if !flags.replaced.is_empty() {
        tracing::info!("{} in {} are overridden", flags.replaced.join(", "), path.display());
    }
    Ok(flags)
}

fn check_flags(
    command: &Command,
    launch: &Launch,
    environment: &Environment,
    ours: &Path,
) -> Result<(), flags::Error> {
    let mut found = match launch.kind {
        // What follows `mix` is for its task.
        Kind::Elixir if command.program().ends_with("mix") => Vec::new(),
        Kind::Elixir | Kind::Mix => vec![Flags::of_elixir(command.arguments())?],
        _ => vec![Flags::of_command(command.arguments())?],
    };
    for (name, text) in environment.flags() {
        found.push(Flags::of_variable(&name, &text)?);
    }
    for ignored in found.iter().flat_map(Flags::ignored) {
        tracing::warn!("{}", explain(&ignored));
    }
    flags::check(&found, ours)
}

/// What scripts that run after us set.
fn check_scripts(
    assignments: &[Assignment],
    launch: &Launch,
    node: &NodeName,
    ours: &Path,
) -> Result<(), flags::Error> {
    let presets = presets::check(assignments, launch, Some(&node.to_string()), ours);
    for warning in &presets.warnings {
        tracing::warn!("{}", explain(warning));
    }
    if presets.errors.is_empty() { Ok(()) } else { Err(flags::Error::Conflicts(presets.errors)) }
}

fn check_port(environment: &Environment, port: u16) -> Result<(), Error> {
    match environment.get(DIST_PORT_VARIABLE).map(|value| value.to_string_lossy().into_owned()) {
        Some(value) if value != port.to_string() => Err(Error::DistPort { value, port }),
        _ => Ok(()),
    }
}

/// A server that switches users takes that user's home.
fn check_home(settings: &Run, environment: &Environment) -> Result<(), Error> {
    let owner = settings.certificate.owner.as_ref();
    let home = owner.map_or_else(|| environment.home(), |owner| owner.home().map(Path::to_owned));
    match home {
        Some(home) => Ok(settings.cookie.check_home(&home)?),
        None => Ok(()),
    }
}

/// Whether peers will look for the node's address among the DNS names of its certificate.
fn wants_dns_names(settings: &Run, command: &Command, launch: &Launch, environment: &Environment) -> bool {
    if !matches!(settings.name.host(), Host::Ip(_)) {
        return false;
    }
    let release = launch.release.as_ref().map(|release| release.root.join("releases"));
    let erl = Command::find("erl".into(), Vec::new(), environment.get("PATH")).ok();
    if otp::wants_addresses_as_dns_names(release.as_deref(), command, erl.as_ref()) {
        tracing::info!("this OTP release looks up IP addresses among a certificate's DNS names");
        return true;
    }
    // Nodes on one machine may dial from an address other than their own. OTP's carrier, whatever its release, then
    // looks for theirs among the DNS names.
    settings.certificate.source.provider().origin() == Some(Origin::Local)
}
