//! One address: TCP, TLS, and the first step of Erlang's handshake.

use std::io::{self, Read};
use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use podcert::names::Uri;
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, NamedGroup, ProtocolVersion, Stream};

use super::cookie;
use super::credentials::ClientCredentials;
use super::distribution::{Carrier, Challenger, introduce};
use super::failure::Failure;
use super::peer_certificate::PeerCertificate;
use super::timed::Timed;
use crate::distribution::cookie::Cookie;

/// A node whose certificate is right.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The name that it has sent.
    pub(crate) node: String,
    /// The version of TLS.
    pub(crate) tls: Option<ProtocolVersion>,
    /// The group of the key exchange.
    pub(crate) group: Option<NamedGroup>,
    /// The URIs of its certificate.
    pub(crate) uris: String,
    /// When its certificate expires.
    pub(crate) not_after: Timestamp,
    /// Its certificate's serial number, in hexadecimal.
    pub(crate) serial: String,
}

/// How to dial: the certificate to present, which peers to accept, and whether to compare cookies.
#[derive(Clone, Copy)]
pub(crate) struct Dialer<'a> {
    /// This node's certificate.
    pub(crate) credentials: &'a ClientCredentials,
    /// URIs of which a peer has one; if there are none, any will do.
    pub(crate) peers: &'a [Uri],
    /// The cookie, if it is to be compared with the other node's.
    pub(crate) cookie: Option<&'a Cookie>,
}

impl Dialer<'_> {
    /// Dials an address, of which the certificate there has to be. Takes twice the time of one try at most.
    pub(crate) fn dial(&self, address: SocketAddr) -> Result<Answer, Failure> {
        self.dial_as(address, ServerName::from(address.ip()))
    }

    /// Dials an address; the certificate there has to be for `name`.
    pub(crate) fn dial_as(&self, address: SocketAddr, name: ServerName<'static>) -> Result<Answer, Failure> {
        let mut tcp = Timed::connect(address, PATIENCE)?;
        let result = self.over_tls(&mut tcp, name);
        match result {
            // A node without TLS waits for the rest of what to it is a long message.
            Err(failure @ Failure::Io(_)) if !tcp.has_heard() => {
                Err(over_tcp(address, self.credentials).unwrap_or(failure))
            }
            result => result,
        }
    }

    fn over_tls(&self, tcp: &mut Timed, server: ServerName<'static>) -> Result<Answer, Failure> {
        let name = self.credentials.node_name(tcp.local_address()?);
        let (config, shown) = self.credentials.tls()?;
        let mut tls = ClientConnection::new(config, server)?;
        while tls.is_handshaking() {
            tls.complete_io(tcp)?;
        }
        let der = tls.peer_certificates().and_then(<[_]>::first);
        let certificate = der
            .and_then(|der| PeerCertificate::parse(der))
            .ok_or_else(|| Failure::Certificate("cannot be read".to_owned()))?;
        if !certificate.is_among(self.peers) {
            return Err(Failure::Uris(certificate.uris()));
        }
        if !shown.was_asked() {
            return Err(Failure::NoRequest);
        }
        let mut stream = Stream::new(&mut tls, tcp);
        let Challenger { name: node, challenge } = introduce(Carrier::Tls, &mut stream, &name)
            .map_err(|error| Failure::of_introduction(error, name.clone()))?;
        // A node that presents a different node's certificate gets no proof of the cookie.
        let is_right = certificate.names_host_of(&node);
        let shares_cookie = match self.cookie.filter(|_| is_right) {
            Some(cookie) => cookie::is_shared(Carrier::Tls, &mut stream, challenge, cookie)
                .map_err(|error| Failure::of_introduction(error, name))?,
            None => true,
        };
        leave(&mut tls, tcp);
        if !is_right {
            return Err(Failure::OtherName { node });
        }
        if !shares_cookie {
            return Err(Failure::Cookie { node });
        }
        Ok(Answer {
            node,
            tls: tls.protocol_version(),
            group: tls.negotiated_key_exchange_group().map(|group| group.name()),
            uris: certificate.uris(),
            not_after: certificate.not_after,
            serial: certificate.serial,
        })
    }
}

/// Waits until the other side has left as well: until then it would take a second dial under the same name for a second
/// connection of the same node.
fn leave(tls: &mut ClientConnection, tcp: &mut Timed) {
    tls.send_close_notify();
    // What goes wrong here changes nothing of what was seen.
    let _ = tls.write_tls(tcp);
    let _ = io::copy(&mut tcp.by_ref(), &mut io::sink());
}

/// What is at the address if it speaks the distribution without TLS. Our name is not a secret.
fn over_tcp(address: SocketAddr, own: &ClientCredentials) -> Option<Failure> {
    let mut tcp = Timed::connect(address, PATIENCE).ok()?;
    let name = own.node_name(tcp.local_address().ok()?);
    let node = introduce(Carrier::Tcp, &mut tcp, &name).ok()?.name;
    Some(Failure::PlainTcp { node })
}

const PATIENCE: Duration = Duration::from_secs(5);
