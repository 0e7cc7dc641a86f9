//! What was typed or exported becomes types; every fault is told at once.

mod args;
mod console;
mod doctor;
mod handshake;
mod listen;
mod parts;
mod peers;
mod rendered;
mod target;
mod tls_versions;

use std::path::PathBuf;

pub use args::{
    BASENAME_VARIABLE, COOKIE_VARIABLE, Cli, HOST_VARIABLE, LocalArgs, NAME_VARIABLE, RunArgs, Subcommand,
};
pub use console::{Console, ConsoleArgs, RpcArgs};
pub use doctor::{Doctor, DoctorArgs, PeerService};
pub use handshake::HandshakeArgs;
pub use listen::Listen;
pub use parts::Parts;
pub use peers::Peers;
pub use target::Target;
pub use tls_versions::{TlsVersion, TlsVersions};

use crate::cookie::Cookie;
use crate::node_name::NodeName;
use crate::plain_path::PlainPath;

/// Settings of `beam-mtls run`.
#[derive(Debug)]
pub struct Run {
    /// OTP releases that are not tested and wanted nevertheless.
    pub allowed_releases: Vec<String>,
    /// What concerns the certificate.
    pub certificate: podcert::settings::Settings,
    /// Where the rendered files go.
    pub config_directory: PlainPath,
    /// The cookie.
    pub cookie: Cookie,
    /// The file or variable that the cookie came from.
    pub cookie_origin: String,
    /// Whether ports are asked of epmd.
    pub epmd: bool,
    /// Where the distribution listens.
    pub listen: Listen,
    /// The node's name.
    pub name: NodeName,
    /// Who may connect.
    pub peers: Peers,
    /// The versions of TLS that are spoken.
    pub tls_versions: Vec<TlsVersion>,
}

/// Settings of `beam-mtls handshake`.
#[derive(Debug)]
pub struct Handshake {
    /// How many addresses the target has at least.
    pub at_least: usize,
    /// Where the own certificate is published.
    pub directory: PathBuf,
    /// Who is a peer.
    pub peers: Peers,
    /// Whom to dial.
    pub target: Target,
}
