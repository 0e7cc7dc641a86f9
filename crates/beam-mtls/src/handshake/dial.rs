//! One address: TCP, TLS, and the first step of Erlang's handshake.

use std::io::{self, Read};
use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use podcert::names::Uri;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, ProtocolVersion, Stream};

use super::distribution::{Carrier, introduce};
use super::failure::Failure;
use super::own::Own;
use super::peer_certificate::PeerCertificate;
use super::timed::Timed;

/// A node whose certificate is right.
#[derive(Debug)]
pub(super) struct Answer {
    /// The name that it has told.
    pub(super) node: String,
    /// The version of TLS.
    pub(super) tls: Option<ProtocolVersion>,
    /// The URIs of its certificate.
    pub(super) uris: String,
    /// When its certificate expires.
    pub(super) not_after: Timestamp,
}

/// Dials an address, of which the certificate there has to be. Takes twice the time of one try at most.
pub(super) fn dial(address: SocketAddr, own: &Own, peers: &[Uri]) -> Result<Answer, Failure> {
    let mut tcp = Timed::connect(address, PATIENCE)?;
    let result = over_tls(&mut tcp, address, own, peers);
    match result {
        // A node without TLS waits for the rest of what to it is a long message.
        Err(failure @ Failure::Io(_)) if !tcp.has_heard() => Err(over_tcp(address, own).unwrap_or(failure)),
        result => result,
    }
}

fn over_tls(tcp: &mut Timed, address: SocketAddr, own: &Own, peers: &[Uri]) -> Result<Answer, Failure> {
    let name = own.node_name(tcp.local_address()?);
    let (config, shown) = own.tls()?;
    let mut tls = ClientConnection::new(config, ServerName::from(address.ip()))?;
    while tls.is_handshaking() {
        tls.complete_io(tcp)?;
    }
    let der = tls.peer_certificates().and_then(<[_]>::first);
    let certificate = der
        .and_then(|der| PeerCertificate::parse(der))
        .ok_or_else(|| Failure::Certificate("cannot be read".to_owned()))?;
    if !certificate.is_among(peers) {
        return Err(Failure::Uris(certificate.uris()));
    }
    if !shown.was_asked() {
        return Err(Failure::NoRequest);
    }
    let node = introduce(Carrier::Tls, &mut Stream::new(&mut tls, tcp), &name)
        .map_err(|error| Failure::of_introduction(error, name))?;
    leave(&mut tls, tcp);
    if !certificate.names_host_of(&node) {
        return Err(Failure::OtherName { node });
    }
    Ok(Answer {
        node,
        tls: tls.protocol_version(),
        uris: certificate.uris(),
        not_after: certificate.not_after,
    })
}

/// Waits until the other side has left as well: until then it would take another dial under the same name for a
/// second connection of one node.
fn leave(tls: &mut ClientConnection, tcp: &mut Timed) {
    tls.send_close_notify();
    // What goes wrong here changes nothing of what was seen.
    let _ = tls.write_tls(tcp);
    let _ = io::copy(&mut tcp.by_ref(), &mut io::sink());
}

/// What is at the address if it speaks the distribution without TLS. Our name is no secret.
fn over_tcp(address: SocketAddr, own: &Own) -> Option<Failure> {
    let mut tcp = Timed::connect(address, PATIENCE).ok()?;
    let name = own.node_name(tcp.local_address().ok()?);
    let node = introduce(Carrier::Tcp, &mut tcp, &name).ok()?;
    Some(Failure::PlainTcp { node })
}

const PATIENCE: Duration = Duration::from_secs(5);
