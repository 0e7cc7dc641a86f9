//! `beam-mtls handshake`: dials every address of a host as a node would, and reports which nodes answer.
//! In TLS 1.3 the client's handshake is complete before the server has verified its certificate, so TLS alone would not
//! show whether a node accepts us. Therefore the first step of Erlang's handshake follows, in which both exchange their
//! names.

mod cookie;
mod credentials;
mod dial;
mod distribution;
mod failure;
mod peer_certificate;
mod remedy;
mod settings;
mod table;
mod timed;

use std::io::{self, Write};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use podcert::diagnose;
use podcert::diagnose::ErrorClass;
use podcert_cli::exit;

pub(crate) use self::credentials::ClientCredentials;
pub(crate) use self::dial::{Answer, Dialer};
pub(crate) use self::failure::Failure;
pub(crate) use self::peer_certificate::PeerCertificate;
pub use self::settings::{Handshake, HandshakeArgs};
use crate::distribution::Target;

/// A problem that would keep a node from connecting.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Some addresses, which the table lists with their reasons.
    #[error("{failed} of {all} addresses did not answer as a node with a valid certificate")]
    Failed {
        /// How many.
        failed: usize,
        /// Of how many.
        all: usize,
        /// What decides the exit code.
        class: ErrorClass,
    },
    /// The certificate to show.
    #[error(transparent)]
    Credentials(#[from] credentials::Error),
    /// The table.
    #[error("the table could not be written")]
    Print(#[from] io::Error),
    /// The name.
    #[error("{host} cannot be resolved")]
    Resolve {
        /// The name.
        host: String,
        /// The cause.
        source: io::Error,
    },
    /// Fewer addresses than expected.
    #[error("{host} has {found} addresses, fewer than --at-least {wanted}")]
    TooFew {
        /// The name.
        host: String,
        /// How many there are.
        found: usize,
        /// How many were expected.
        wanted: usize,
    },
}

diagnose!(Error {
    Self::Failed { class, .. } => is(class),
    Self::Credentials(error) => of(error),
    Self::Print(_) => CannotWrite(),
    Self::Resolve { .. } => Unavailable("check the name, and that its Service selects pods that have addresses"),
    Self::TooFew { .. } => Unavailable(),
});

/// Dials all addresses and writes a table of what they answer.
pub fn handshake(settings: &Handshake, now: Timestamp) -> Result<(), Error> {
    let credentials = ClientCredentials::read(&settings.directory, now)?;
    let peers = settings.peers.uris(credentials.names().uris().iter().cloned());
    let addresses = resolve(&settings.target)?;
    let answers = dial_all(Dialer { credentials: &credentials, peers: &peers, cookie: None }, &addresses);
    io::stdout().lock().write_all(table::table(&answers).as_bytes())?;
    judge(settings, &answers)
}

/// What each address answers. Nodes may let us wait, so all are dialed at once; a name has few addresses.
pub(crate) fn dial_all(
    dialer: Dialer<'_>,
    addresses: &[SocketAddr],
) -> Vec<(SocketAddr, Result<Answer, Failure>)> {
    thread::scope(|scope| {
        let dial = |address: &SocketAddr| {
            let address = *address;
            (address, scope.spawn(move || dialer.dial(address)))
        };
        let dials: Vec<_> = addresses.iter().map(dial).collect();
        let joined = |(address, dial): (_, thread::ScopedJoinHandle<'_, _>)| {
            (address, dial.join().expect("a dial that does not panic"))
        };
        dials.into_iter().map(joined).collect()
    })
}

fn judge(settings: &Handshake, answers: &[(SocketAddr, Result<Answer, Failure>)]) -> Result<(), Error> {
    let failures: Vec<&Failure> = answers.iter().filter_map(|(_, answer)| answer.as_ref().err()).collect();
    // A wrong certificate stays wrong, while a node that is down may come back: the lowest code is the worst.
    if let Some(class) = failures.iter().map(|failure| failure.class()).min_by_key(|class| exit::code(*class))
    {
        return Err(Error::Failed { failed: failures.len(), all: answers.len(), class });
    }
    if answers.len() < settings.at_least {
        return Err(Error::TooFew {
            host: settings.target.host.clone(),
            found: answers.len(),
            wanted: settings.at_least,
        });
    }
    Ok(())
}

/// All addresses of the host. The resolver has its own deadlines, which may be long.
pub(crate) fn resolve(target: &Target) -> Result<Vec<SocketAddr>, Error> {
    let (sender, receiver) = mpsc::channel();
    let (host, port) = (target.host.clone(), target.port);
    thread::spawn(move || {
        let found = (host.as_str(), port).to_socket_addrs().map(Vec::from_iter);
        // Nobody waits any more once the time is up.
        let _ = sender.send(found);
    });
    let found =
        receiver.recv_timeout(RESOLVER_PATIENCE).unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let mut addresses = match found {
        Ok(addresses) if addresses.is_empty() => Err(io::Error::other("it has no address")),
        found => found,
    }
    .map_err(|source| Error::Resolve { host: target.host.clone(), source })?;
    addresses.sort_unstable();
    addresses.dedup();
    Ok(addresses)
}

const RESOLVER_PATIENCE: Duration = Duration::from_secs(15);
