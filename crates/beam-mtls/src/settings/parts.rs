//! The settings of a node one by one, for whoever looks at those that are good although others are not.

use std::net::IpAddr;
use std::path::Path;

use podcert::settings::Faults;

use super::args::{COOKIE_VARIABLE, RunArgs, parse, refuse_unknown};
use super::{Listen, Peers, Run, TlsVersion, TlsVersions};
use crate::cookie::Cookie;
use crate::environment::Environment;
use crate::launcher::DefaultName;
use crate::node_name::{BaseName, Host, NodeName};
use crate::plain_path::PlainPath;

/// Settings of a node but for the cookie. What is wrong is none.
#[derive(Debug)]
pub struct Parts {
    /// OTP releases that are not tested and wanted nevertheless.
    pub allowed_releases: Option<Vec<String>>,
    /// What concerns the certificate.
    pub certificate: Option<podcert::settings::Settings>,
    /// Where the rendered files go.
    pub config_directory: Option<PlainPath>,
    /// Whether ports are asked of epmd.
    pub epmd: Option<bool>,
    /// Where the distribution listens.
    pub listen: Option<Listen>,
    /// The node's name.
    pub name: Option<NodeName>,
    /// Who may connect.
    pub peers: Option<Peers>,
    /// The versions of TLS that are spoken.
    pub tls_versions: Option<Vec<TlsVersion>>,
}

/// The parts of what was typed; `default` is what a release says of its name.
pub(super) fn parts(
    args: RunArgs,
    environment: &Environment,
    default: DefaultName,
    faults: &mut Faults,
) -> Parts {
    refuse_unknown(environment, faults);
    let certificate = args.certificate.into_settings(faults);
    let pod_ip = certificate.as_ref().and_then(|settings| settings.pod_ip);
    let name = node_name(args.name, args.basename, args.host, default, pod_ip, faults);
    let listen = parse::<Listen>("--listen (BEAM_MTLS_LISTEN)", &args.listen, faults);
    let peers = args.peers.parse(faults);
    let epmd = args.epmd.parse().map_err(|_| {
        faults.usage("--epmd (BEAM_MTLS_EPMD)", format!("{:?} is neither true nor false", args.epmd));
    });
    let config_directory = config_directory(&args.config_directory, faults);
    let tls_versions =
        parse::<TlsVersions>("--tls-versions (BEAM_MTLS_TLS_VERSIONS)", &args.tls_versions, faults);
    Parts {
        allowed_releases: releases(&args.allow_otp, faults),
        certificate,
        config_directory,
        epmd: epmd.ok(),
        listen,
        name,
        peers,
        tls_versions: tls_versions.map(|versions| versions.0),
    }
}

impl Parts {
    /// All of them.
    pub(super) fn whole(self, cookie: Option<(Cookie, String)>) -> Option<Run> {
        let (cookie, cookie_origin) = cookie?;
        Some(Run {
            allowed_releases: self.allowed_releases?,
            certificate: self.certificate?,
            config_directory: self.config_directory?,
            cookie,
            cookie_origin,
            epmd: self.epmd?,
            listen: self.listen?,
            name: self.name?,
            peers: self.peers?,
            tls_versions: self.tls_versions?,
        })
    }
}

fn node_name(
    name: Option<String>,
    basename: Option<String>,
    host: Option<String>,
    default: DefaultName,
    pod_ip: Option<IpAddr>,
    faults: &mut Faults,
) -> Option<NodeName> {
    let setting = "--name (BEAM_MTLS_NAME)";
    if let Some(name) = name {
        if basename.is_some() || host.is_some() {
            faults.conflict(setting, "set either --name, or --basename and --host");
        }
        return parse(setting, &name, faults);
    }
    let basename = match basename {
        Some(basename) => parse::<BaseName>("--basename (BEAM_MTLS_BASENAME)", &basename, faults),
        None if default.base.is_none() => {
            faults.conflict(setting, "the node has no name; set it, or --basename and --host");
            None
        }
        None => default.base,
    };
    let host = match host {
        Some(host) => parse::<Host>("--host (BEAM_MTLS_HOST)", &host, faults),
        // A release that was tried on somebody's machine may say 127.0.0.1.
        None if default.host.as_ref().is_some_and(|host| pod_ip.is_none() || !host.is_loopback()) => {
            default.host
        }
        None => {
            if basename.is_some() && pod_ip.is_none() {
                faults.conflict(
                    "--host (BEAM_MTLS_HOST)",
                    "the node's name needs a host, and no pod tells its IP address; set it",
                );
            }
            pod_ip.map(Host::Ip)
        }
    };
    Some(NodeName::new(basename?, host?))
}

pub(super) fn config_directory(text: &str, faults: &mut Faults) -> Option<PlainPath> {
    parse("--config-directory (BEAM_MTLS_CONFIG_DIRECTORY)", text, faults)
}

/// The cookie, and where it came from.
pub(super) fn cookie(
    file: Option<&Path>,
    environment: &Environment,
    faults: &mut Faults,
) -> Option<(Cookie, String)> {
    let setting = "--cookie-file (BEAM_MTLS_COOKIE_FILE)";
    let cookie = match (file, environment.get(COOKIE_VARIABLE)) {
        (Some(_), Some(_)) => {
            faults.conflict(setting, format!("set either it or {COOKIE_VARIABLE}"));
            return None;
        }
        (None, None) => {
            let problem = format!(
                "there is no cookie, and one made up here would be unknown to the other nodes; set it, or {COOKIE_VARIABLE}"
            );
            faults.conflict(setting, problem);
            return None;
        }
        (Some(file), None) => Cookie::read(file).map(|cookie| (cookie, file.display().to_string())),
        (None, Some(text)) => Cookie::parse(text.to_string_lossy().into_owned(), COOKIE_VARIABLE)
            .map(|cookie| (cookie, COOKIE_VARIABLE.to_owned())),
    };
    cookie.map_err(|error| faults.conflict(setting, podcert::exit::chain(&error))).ok()
}

fn releases(text: &str, faults: &mut Faults) -> Option<Vec<String>> {
    let releases: Vec<String> =
        text.split(',').map(str::trim).filter(|release| !release.is_empty()).map(str::to_owned).collect();
    if releases.iter().all(|release| release.bytes().all(|b| b.is_ascii_digit())) {
        return Some(releases);
    }
    faults.usage("--allow-otp (BEAM_MTLS_ALLOW_OTP)", format!("{text:?} is no list of releases such as 28"));
    None
}
