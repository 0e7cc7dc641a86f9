//! `beam-mtls run`: obtain, render, exec.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::ffi::OsString;
use std::path::PathBuf;

use jiff::Timestamp;
use podcert::exit::ExitClass;
use podcert::identity::Identity;
use podcert::names::SubjectNames;
use podcert::settings::Source;
use podcert::source::{self, obtain_as_set};

use crate::command::{self, Command};
use crate::config_directory::{self, config_home};
use crate::cookie;
use crate::environment::Environment;
use crate::family::Family;
use crate::flags::{self, Flags};
use crate::node_name::{Host, NodeName};
use crate::otp;
use crate::render::{self, Options, TRAP, VM_ARGS};
use crate::settings::{BASENAME_VARIABLE, COOKIE_VARIABLE, HOST_VARIABLE, NAME_VARIABLE, Run};

/// Why the command did not take our place.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The certificate.
    #[error(transparent)]
    Certificate(#[from] source::Error),
    /// The command.
    #[error(transparent)]
    Command(#[from] command::Error),
    /// The directory of the rendered files.
    #[error(transparent)]
    ConfigDirectory(#[from] config_directory::Error),
    /// The cookie.
    #[error(transparent)]
    Cookie(#[from] cookie::Error),
    /// Flags that the BEAM is told elsewhere.
    #[error(transparent)]
    Flags(#[from] flags::Error),
    /// A certificate with which no peer would take us for this node.
    #[error("the certificate is for {names}, not for the host of {node}; no peer would let this node in")]
    HostNotCertified {
        /// The node.
        node: String,
        /// What the certificate names.
        names: String,
    },
    /// A template that failed.
    #[error("the files for the BEAM could not be rendered")]
    Render(#[from] askama::Error),
}

impl Error {
    /// What the process exits with.
    pub fn exit_code(&self) -> u8 {
        let class = match self {
            Self::Command(error) => return error.exit_code(),
            Self::ConfigDirectory(error) => error.exit_class(),
            Self::Cookie(error) => error.exit_class(),
            Self::Flags(error) => error.exit_class(),
            Self::HostNotCertified { .. } => ExitClass::Data,
            Self::Certificate(error) => error.exit_class(),
            Self::Render(_) => ExitClass::CannotWrite,
        };
        class.code()
    }
}

/// Becomes the command, with a certificate in place and the BEAM told about it. Returns only on failure.
pub async fn run(mut settings: Run, environment: &Environment, now: Timestamp) -> Result<Infallible, Error> {
    let (program, arguments) = settings.command.clone();
    let command = Command::find(program, arguments, environment.get("PATH"))?;
    let directory = settings.config_directory.as_path();
    check_flags(&command, environment, &directory.join(VM_ARGS))?;
    config_directory::check(directory)?;
    if let Some(home) = environment.home() {
        settings.cookie.check_home(&home, &settings.cookie_origin)?;
    }

    if matches!(settings.name.host(), Host::Ip(_)) && wants_dns_names(&settings, &command, environment) {
        settings.certificate.ip_addresses_as_dns_names = true;
    }
    let identity = identity(settings.name.host());
    let certificate = obtain_as_set(&settings.certificate, &identity, now).await?.certificate;
    check_host(&settings.name, certificate.names())?;

    let files = render::render(&Options {
        allowed_releases: &settings.allowed_releases,
        certificates: &settings.certificate.directory.to_string_lossy(),
        directory: &settings.config_directory,
        epmd: settings.epmd,
        family: Family::of_node(settings.listen.interface, settings.name.host(), &hosts_file()),
        interface: settings.listen.interface,
        name: &settings.name,
        peers: &settings.peers.uris(certificate.names().uris().iter().cloned()),
        port: settings.listen.port,
    })?;
    config_directory::write(directory, &files, &settings.cookie)?;
    Err(command
        .exec(variables(&settings, environment), &[COOKIE_VARIABLE, BASENAME_VARIABLE, HOST_VARIABLE])
        .into())
}

fn check_flags(
    command: &Command,
    environment: &Environment,
    ours: &std::path::Path,
) -> Result<(), flags::Error> {
    let mut found = Flags::of_command(command.arguments())?;
    for (name, text) in environment.flags() {
        found.extend(Flags::of_variable(&name, &text)?);
    }
    flags::check(&found, ours)
}

/// The node's host is what its peers check.
fn identity(host: &Host) -> Identity {
    match host {
        Host::Fqdn(name) => Identity { dns_names: BTreeSet::from([name.clone()]), ..Identity::default() },
        Host::Ip(address) => Identity { ip_addresses: BTreeSet::from([*address]), ..Identity::default() },
    }
}

/// Whether peers will look for the node's address among the DNS names of its certificate.
fn wants_dns_names(settings: &Run, command: &Command, environment: &Environment) -> bool {
    let erl = Command::find("erl".into(), Vec::new(), environment.get("PATH")).ok();
    if otp::wants_addresses_as_dns_names(command, erl.as_ref()) {
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
    std::fs::read_to_string("/etc/hosts").unwrap_or_default()
}

/// What the command finds in its environment beside what we found in ours.
fn variables(settings: &Run, environment: &Environment) -> Vec<(OsString, OsString)> {
    let directory = settings.config_directory.as_path();
    let mut variables = vec![
        environment.with_flags("ERL_AFLAGS", TRAP),
        environment.with_flags("ERL_FLAGS", &format!("-args_file {}/{VM_ARGS}", settings.config_directory)),
        environment.with_flags("ERL_ZFLAGS", TRAP),
        // For scripts that want the name too, as those of relx do. It takes the place of its two parts.
        (NAME_VARIABLE.into(), settings.name.to_string().into()),
        ("XDG_CONFIG_HOME".into(), config_home(directory).into()),
    ];
    if environment.home().is_none() {
        // Without one the BEAM does not start.
        variables.push(("HOME".into(), PathBuf::from(directory).into()));
    }
    variables
}

#[cfg(test)]
mod tests {
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
