//! The settings of `beam-mtls handshake`.

use std::path::PathBuf;

use podcert_cli::given;
use podcert_cli::settings::{DirectoryArgs, Faults, Given};

use crate::cli;
use crate::distribution::{Peers, PeersArgs, Target};
use crate::environment::Environment;

/// The flags.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct HandshakeArgs {
    /// The host to dial, at each of its addresses; PORT is that of the distribution [default: 9100]
    #[arg(value_name = "HOST[:PORT]")]
    target: Given<Target>,

    /// Fail if HOST has fewer addresses than this
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    at_least: usize,

    #[command(flatten)]
    directory: DirectoryArgs,

    #[command(flatten)]
    peers: PeersArgs,
}

/// The settings.
#[derive(Debug)]
pub struct Handshake {
    /// How many addresses the target must have.
    pub at_least: usize,
    /// Where this node's certificate is published.
    pub directory: PathBuf,
    /// Which certificates are peers.
    pub peers: Peers,
    /// The host to dial.
    pub target: Target,
}

impl HandshakeArgs {
    /// The settings, or everything that is wrong with them.
    pub fn into_settings(self, environment: &Environment) -> Result<Handshake, Faults> {
        let mut faults = cli::faults(environment);
        let target = given!(self.target, &mut faults);
        let peers = self.peers.into_peers(&mut faults);
        let (at_least, directory) = (self.at_least, self.directory.as_given());
        let settings = target.and_then(|target| Ok(Handshake { at_least, directory, peers: peers?, target }));
        faults.none_or(settings)
    }
}

const AFTER_HELP: &str = "\
Each address is dialed as a node would dial it: TLS with the certificate that podcert has published, then the \
first step of the distribution handshake, in which the other node gives its name. No cookie is needed, and the \
nodes do not connect.

Exit codes: 0 every address answered correctly; 64 usage error, 65 bad certificate, 69 unreachable or not a \
node, 77 refused, 78 no certificate is published. If several apply, the lowest one.";
