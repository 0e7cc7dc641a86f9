//! The settings of renewal: where probes and metrics are served, and which programs to reload.

use std::net::{Ipv6Addr, SocketAddr};
use std::str::FromStr;

use super::reload::{CommandLine, ProcessName, Reload, Signal, Url};
use crate::given;
use crate::settings::{Faults, Given, Problem, Recorded};

/// The flags.
#[derive(Clone, Debug, clap::Args)]
pub struct RenewalArgs {
    /// Serve /healthz, /readyz and /metrics on this port; not served by default
    #[arg(long, env = "PODCERT_HTTP", value_name = "[ADDRESS:]PORT")]
    http: Option<Given<HttpAddress>>,

    /// Process to signal after each renewal, by its name, for example nginx; needs shareProcessNamespace in the pod
    #[arg(long, env = "PODCERT_RELOAD_PROCESS", value_name = "NAME")]
    reload_process: Option<Given<ProcessName>>,

    /// Signal to send to that process
    #[arg(long, env = "PODCERT_RELOAD_SIGNAL", value_name = "SIGNAL", default_value = "HUP")]
    reload_signal: Given<Signal>,

    /// Command to run after each renewal; split at whitespace and run without a shell
    #[arg(long, env = "PODCERT_RELOAD_COMMAND", value_name = "COMMAND")]
    reload_command: Option<Given<CommandLine>>,

    /// URL to send a POST request to after each renewal, for example http://127.0.0.1:8080/reload
    #[arg(long, env = "PODCERT_RELOAD_URL", value_name = "URL")]
    reload_url: Option<Given<Url>>,
}

/// The settings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewal {
    /// Where probes and metrics are served.
    pub http: Option<SocketAddr>,
    /// How to reload the programs that use the certificate.
    pub reload: Vec<Reload>,
}

impl RenewalArgs {
    /// The settings. What is wrong with them is recorded in `faults`.
    pub fn into_settings(self, faults: &mut Faults) -> Result<Renewal, Recorded> {
        let http = given!(optional self.http, faults);
        let process = given!(optional self.reload_process, faults);
        let signal = given!(self.reload_signal, faults);
        let command = given!(optional self.reload_command, faults);
        let url = given!(optional self.reload_url, faults);
        let (process, signal) = (process?, signal?);
        let reload = [
            process.map(|process| Reload::Signal(signal, process)),
            command?.map(Reload::Command),
            url?.map(Reload::Url),
        ];
        Ok(Renewal { http: http?.map(|address| address.0), reload: reload.into_iter().flatten().collect() })
    }
}

/// Where to listen: on all addresses if only a port is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct HttpAddress(SocketAddr);

impl FromStr for HttpAddress {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let address = text.parse().or_else(|_| text.parse().map(|port| (Ipv6Addr::UNSPECIFIED, port).into()));
        match address {
            Ok(address) if SocketAddr::port(&address) != 0 => Ok(Self(address)),
            _ => Err(Problem::with_remedy(
                format!("{text:?} is neither a port nor ADDRESS:PORT"),
                "write it as in 9101, 127.0.0.1:9101 or [::1]:9101",
            )),
        }
    }
}
