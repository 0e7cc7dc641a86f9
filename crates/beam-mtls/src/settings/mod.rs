//! What was typed or exported becomes types; every fault is told at once.

mod args;
mod listen;
mod peers;

use std::ffi::OsString;

use podcert::names::Uri;

pub use args::{COOKIE_VARIABLE, Cli, LocalArgs, RunArgs, Subcommand};
pub use listen::Listen;
pub use peers::Peers;

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
    /// What to become: a program and its arguments.
    pub command: (OsString, Vec<OsString>),
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
}

impl Run {
    /// The URIs of which a peer must have one, given those of our own certificate.
    pub fn peer_uris(&self, own: impl IntoIterator<Item = Uri>) -> Vec<Uri> {
        match &self.peers {
            Peers::Any => Vec::new(),
            Peers::Of(uris) => uris.clone(),
            Peers::Own => own.into_iter().collect(),
        }
    }
}
