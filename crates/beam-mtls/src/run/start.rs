//! A node that starts: obtain, render, exec.

use std::convert::Infallible;
use std::fs;
use std::path::Path;

use jiff::Timestamp;
use podcert::names::SubjectNames;
use podcert::settings::Source;
use podcert::source::obtain_as_set;

use super::Error;
use crate::command::Command;
use crate::config_directory;
use crate::environment::Environment;
use crate::family::Family;
use crate::flags::own::{Own, own};
use crate::flags::{self, Flags};
use crate::launcher::args_file::{self, ArgsFile};
use crate::launcher::{Kind, Launch, variables};
use crate::node_name::{Host, NodeName};
use crate::otp;
use crate::render::{self, Options, VM_ARGS};
use crate::settings::{BASENAME_VARIABLE, COOKIE_VARIABLE, HOST_VARIABLE, Run, RunArgs};

/// Becomes the command, with a certificate in place and the BEAM told about it. Returns only on failure.
pub(super) async fn start(
    args: RunArgs,
    command: Command,
    launch: &Launch,
    environment: &Environment,
    now: Timestamp,
) -> Result<Infallible, Error> {
    let vm_args = args.config_directory()?.as_path().join(VM_ARGS);
    let own = own_flags(launch, &vm_args, environment)?;
    let mut settings = args.into_settings(environment, launch.name(own.name.as_deref(), environment))?;
    let directory = settings.config_directory.as_path();
    check_flags(&command, launch, environment, &vm_args)?;
    check_port(environment, settings.listen.port)?;
    config_directory::check(directory)?;
    let owner = settings.certificate.owner.clone();
    // Who switches users takes that user's home.
    let home = owner.as_ref().map_or_else(|| environment.home(), |owner| owner.home().map(Path::to_owned));
    if let Some(home) = home {
        settings.cookie.check_home(&home, &settings.cookie_origin)?;
    }

    if matches!(settings.name.host(), Host::Ip(_))
        && wants_dns_names(&settings, &command, launch, environment)
    {
        settings.certificate.ip_addresses_as_dns_names = true;
    }
    // The node's host is what its peers check.
    let identity = settings.name.host().identity();
    let certificate = obtain_as_set(&settings.certificate, &identity, now).await?.certificate;
    check_host(&settings.name, certificate.names())?;

    let files = render::render(&Options {
        allowed_releases: &settings.allowed_releases,
        certificates: &settings.certificate.directory.to_string_lossy(),
        directory: &settings.config_directory,
        epmd: settings.epmd,
        family: Family::of_node(settings.listen.interface, settings.name.host(), &hosts_file()),
        interface: settings.listen.interface,
        is_named_by_launcher: launch.kind == Kind::Mix,
        name: &settings.name,
        own: &own.lines,
        peers: &settings.peers.uris(certificate.names().uris().iter().cloned()),
        port: settings.listen.port,
        tls_versions: &settings.tls_versions,
    })?;
    config_directory::write(directory, &files, &settings.cookie, owner.map(|owner| owner.uid()))?;
    let node = settings.name.to_string();
    let variables = variables::start(launch, &node, &settings.config_directory, environment);
    Err(command.exec(variables, &UNSET).into())
}

/// Variables that end with us: the cookie, what the name took the place of, and what relx would set a second time.
const UNSET: [&str; 4] = [COOKIE_VARIABLE, BASENAME_VARIABLE, HOST_VARIABLE, DIST_PORT_VARIABLE];

/// From it relx's script makes flags of its own.
const DIST_PORT_VARIABLE: &str = "ERL_DIST_PORT";

/// What the release says itself, and stays.
fn own_flags(launch: &Launch, ours: &Path, environment: &Environment) -> Result<Own, Error> {
    let Some(ArgsFile { path, text, directory }) = args_file::read(launch, ours, environment)? else {
        return Ok(Own::default());
    };
    let own = own(&path, &text, &directory, ours)?;
    if !own.replaced.is_empty() {
        tracing::info!("{} in {} give way to ours", own.replaced.join(", "), path.display());
    }
    Ok(own)
}

fn check_port(environment: &Environment, port: u16) -> Result<(), Error> {
    match environment.get(DIST_PORT_VARIABLE).map(|value| value.to_string_lossy().into_owned()) {
        Some(value) if value != port.to_string() => Err(Error::DistPort { value, port }),
        _ => Ok(()),
    }
}

fn check_flags(
    command: &Command,
    launch: &Launch,
    environment: &Environment,
    ours: &Path,
) -> Result<(), flags::Error> {
    let mut found = match launch.kind {
        // What stands behind `mix` is for its task.
        Kind::Elixir if command.program().ends_with("mix") => Vec::new(),
        Kind::Elixir | Kind::Mix => vec![Flags::of_elixir(command.arguments())?],
        _ => vec![Flags::of_command(command.arguments())?],
    };
    for (name, text) in environment.flags() {
        found.push(Flags::of_variable(&name, &text)?);
    }
    flags::check(&found, ours)
}

/// Whether peers will look for the node's address among the DNS names of its certificate.
fn wants_dns_names(settings: &Run, command: &Command, launch: &Launch, environment: &Environment) -> bool {
    let release = launch.release.as_ref().map(|release| release.root.join("releases"));
    let erl = Command::find("erl".into(), Vec::new(), environment.get("PATH")).ok();
    if otp::wants_addresses_as_dns_names(release.as_deref(), command, erl.as_ref()) {
        tracing::info!("this OTP looks for IP addresses among the DNS names of a certificate");
        return true;
    }
    // Nodes on one machine may dial from another address than their own. OTP's carrier, whatever its release, then
    // looks for theirs among the DNS names.
    matches!(settings.certificate.source, Source::Local { .. })
}

fn check_host(node: &NodeName, names: &SubjectNames) -> Result<(), Error> {
    let is_certified = match node.host() {
        Host::Fqdn(name) => names.dns_names().contains(name),
        Host::Ip(address) => names.ip_addresses().contains(address),
    };
    if is_certified {
        return Ok(());
    }
    Err(Error::HostNotCertified { node: node.to_string(), names: names.to_string() })
}

/// A missing file says as little as one without our name.
fn hosts_file() -> String {
    fs::read_to_string("/etc/hosts").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use podcert::identity::Identity;

    use super::*;

    fn names(dns_name: &str) -> SubjectNames {
        let dns_names = BTreeSet::from([dns_name.parse().expect("a name")]);
        Identity { dns_names, ..Identity::default() }.names().expect("names")
    }

    #[test]
    fn a_host_that_is_not_in_the_certificate_is_an_error_that_names_both() {
        let node: NodeName = "app@pod-0.ns.svc".parse().expect("a name");
        assert!(check_host(&node, &names("pod-0.ns.svc")).is_ok());
        let error = check_host(&node, &names("pod-1.ns.svc")).expect_err("another host");
        assert_eq!(error.exit_code(), 65);
        let text = error.to_string();
        assert!(text.contains("app@pod-0.ns.svc") && text.contains("DNS:pod-1.ns.svc"), "{text}");
    }
}
