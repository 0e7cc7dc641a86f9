//! What the observer (`erlang/beam_mtls/src/beam_mtls_observer.erl`) sees, read from its lines.

use std::collections::BTreeMap;

use serde::Serialize;

/// A picture of the cluster: nodes that answered, by name.
pub type Picture = BTreeMap<String, Node>;

/// A node that answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Node {
    /// OTP release.
    pub otp: String,
    /// Process id.
    pub pid: String,
    /// The serial number of its certificate, in hexadecimal.
    pub serial: String,
    /// The end of its certificate's validity (RFC 3339).
    pub expires: String,
    /// Its connections, by the peer's name.
    pub links: BTreeMap<String, Link>,
}

/// One side of a connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// As OTP names it: `tlsv1.3`.
    pub tls: String,
    /// As IANA names it: `TLS_AES_256_GCM_SHA384`.
    pub cipher: String,
    /// The group of the key exchange, as OTP names it: `x25519mlkem768`. OTP before 29 does not report it in TLS 1.3:
    /// `unknown`.
    pub key_exchange: String,
    /// The serial number of the certificate that the peer showed, in hexadecimal.
    pub peer_serial: String,
}

/// Takes lines until a picture is whole.
#[derive(Debug, Default)]
pub struct Reader {
    picture: Picture,
}

impl Reader {
    /// Takes one line; gives the picture that it completes. Lines of other kinds (reports of the observer's
    /// runtime) are passed over.
    pub fn line(&mut self, line: &str) -> Option<Picture> {
        let words: Vec<&str> = line.split(' ').collect();
        match words.as_slice() {
            ["node", name, otp, pid, serial, expires] => {
                let node = Node {
                    otp: (*otp).into(),
                    pid: (*pid).into(),
                    serial: (*serial).into(),
                    expires: (*expires).into(),
                    links: BTreeMap::new(),
                };
                self.picture.insert((*name).into(), node);
            }
            ["link", name, peer, tls, cipher, group, serial] => {
                let link = Link {
                    tls: (*tls).into(),
                    cipher: (*cipher).into(),
                    key_exchange: (*group).into(),
                    peer_serial: (*serial).into(),
                };
                if let Some(node) = self.picture.get_mut(*name) {
                    node.links.insert((*peer).into(), link);
                }
            }
            ["end"] => return Some(std::mem::take(&mut self.picture)),
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_given_when_it_is_whole() {
        let mut reader = Reader::default();
        assert_eq!(reader.line("node a@127.0.0.11 27 4711 5e 2026-11-25T10:12:26Z"), None);
        assert_eq!(
            reader.line("link a@127.0.0.11 b@127.0.0.12 tlsv1.3 TLS_AES_256_GCM_SHA384 x25519 6f"),
            None
        );
        assert_eq!(reader.line("=INFO REPORT==== something else"), None);
        let picture = reader.line("end").expect("a picture");
        let node = &picture["a@127.0.0.11"];
        assert_eq!((node.otp.as_str(), node.pid.as_str()), ("27", "4711"));
        let link = &node.links["b@127.0.0.12"];
        assert_eq!((link.key_exchange.as_str(), link.peer_serial.as_str()), ("x25519", "6f"));
        assert_eq!(reader.line("end"), Some(Picture::new()), "the next picture starts empty");
    }
}
