//! Flags and variables of `handshake` as typed.

use podcert::settings::{DirectoryArgs, Faults};

use super::args::{parse, refuse_unknown};
use super::peers::PeersArgs;
use super::{Handshake, Target};
use crate::environment::Environment;

/// What was typed for `handshake`.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub struct HandshakeArgs {
    /// Whom to dial: every address of HOST, at the port of the distribution
    #[arg(value_name = "HOST:PORT")]
    target: String,

    /// Fail if HOST has fewer addresses
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    at_least: usize,

    #[command(flatten)]
    directory: DirectoryArgs,

    #[command(flatten)]
    peers: PeersArgs,
}

impl HandshakeArgs {
    /// The settings, or everything that is wrong with them.
    pub fn into_settings(self, environment: &Environment) -> Result<Handshake, Faults> {
        let mut faults = Faults::default();
        refuse_unknown(environment, &mut faults);
        let target = parse::<Target>("HOST:PORT", &self.target, &mut faults);
        let peers = self.peers.parse(&mut faults);
        let settings = (|| {
            Some(Handshake {
                at_least: self.at_least,
                directory: self.directory.typed(),
                peers: peers?,
                target: target?,
            })
        })();
        settings.filter(|_| faults.is_empty()).ok_or(faults)
    }
}

const AFTER_HELP: &str = "\
Each address is dialled as a node would: TLS with the certificate that podcert has published, then the first step of \
Erlang's handshake, in which the other node tells its name. No cookie is needed, and no connection of nodes is made.

Exit codes: 0 every address answered as it should; 64 usage, 65 a certificate is wrong, 69 something cannot be \
reached or is no node, 77 refused, 78 nothing is published. Where several hold, the lowest one.";
