//! The second step of the handshake between Erlang nodes: both prove that they know the cookie. After that the other
//! node takes us for connected, as it does with a remote console; we leave at once.

use std::io::{ErrorKind, Read, Write};

use ring::rand::{SecureRandom, SystemRandom};

use super::distribution::{Carrier, Error};
use crate::distribution::cookie::Cookie;

/// Whether both sides have the same cookie. A node that finds a different one closes the connection, and logs why.
pub(super) fn is_shared(
    carrier: Carrier,
    stream: &mut (impl Read + Write),
    challenge: u32,
    cookie: &Cookie,
) -> Result<bool, Error> {
    let own = random()?;
    // send_challenge_reply
    let reply = [&b"r"[..], &own.to_be_bytes(), &digest(cookie, challenge)].concat();
    stream.write_all(&carrier.packet(&reply))?;
    stream.flush()?;
    match carrier.read_packet(stream) {
        Ok(message) => match message.split_first() {
            // recv_challenge_ack
            Some((b'a', theirs)) => Ok(theirs == digest(cookie, own)),
            _ => Err(Error::NotDistribution),
        },
        Err(Error::Io(error))
            if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) =>
        {
            Ok(false)
        }
        Err(error) => Err(error),
    }
}

/// MD5 over the cookie and the challenge in decimal, as the protocol demands. An attacker would be inside of TLS.
fn digest(cookie: &Cookie, challenge: u32) -> [u8; 16] {
    let mut context = md5::Context::new();
    context.consume(cookie.as_bytes());
    context.consume(challenge.to_string());
    context.finalize().0
}

fn random() -> Result<u32, Error> {
    let mut bytes = [0; 4];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| Error::Io(std::io::Error::other("the system does not provide random numbers")))?;
    Ok(u32::from_be_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by OTP 27: `erlang:md5(["secret" | integer_to_list(12345)])`.
    #[test]
    fn the_digest_is_that_of_erlang() {
        let cookie = Cookie::parse("secret".to_owned(), "TEST").expect("a cookie");
        let expected = [212, 4, 125, 62, 86, 230, 214, 214, 63, 125, 22, 184, 92, 210, 250, 136];
        assert_eq!(digest(&cookie, 12345), expected);
    }
}
