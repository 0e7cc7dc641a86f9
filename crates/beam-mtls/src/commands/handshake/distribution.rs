//! The first step of the handshake between Erlang nodes, as the dialing side: both send their names (ERTS User's Guide,
//! "Distribution Protocol", "Distribution Handshake"). The cookie comes only in the next step ([`super::cookie`]).

use std::io::{self, Read, Write};

/// How the length of a message is written: OTP's carriers differ in it.
#[derive(Clone, Copy)]
pub(super) enum Carrier {
    /// inet_tcp_dist: two bytes.
    Tcp,
    /// inet_tls_dist: four bytes.
    Tls,
}

/// The other node, which has sent its name and waits for a proof that we know the cookie.
pub(super) struct Challenger {
    /// Its name.
    pub(super) name: String,
    /// What the proof is about.
    pub(super) challenge: u32,
}

/// Sends our name, and returns that of the other node.
pub(super) fn introduce(
    carrier: Carrier,
    stream: &mut (impl Read + Write),
    own_name: &str,
) -> Result<Challenger, Error> {
    stream.write_all(&carrier.packet(&send_name(own_name)))?;
    stream.flush()?;
    status(&carrier.read_packet(stream)?)?;
    challenger(&carrier.read_packet(stream)?).ok_or(Error::NotDistribution)
}

/// Why the other side has not sent its name.
#[derive(Debug)]
pub(super) enum Error {
    /// The connection.
    Io(io::Error),
    /// It answered something else.
    NotDistribution,
    /// It refused, and sent the reason.
    Refused(String),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// send_name. A node that is not published stays hidden from applications, and no features are expected of it.
fn send_name(name: &str) -> Vec<u8> {
    let mut message = vec![b'N'];
    message.extend(FLAGS.to_be_bytes());
    message.extend(CREATION.to_be_bytes());
    message.extend(u16::try_from(name.len()).unwrap_or(u16::MAX).to_be_bytes());
    message.extend(name.bytes());
    message
}

/// Parses recv_status.
fn status(message: &[u8]) -> Result<(), Error> {
    match message {
        b"sok" | b"sok_simultaneous" => Ok(()),
        [b's', status @ ..] => Err(Error::Refused(text(status))),
        _ => Err(Error::NotDistribution),
    }
}

/// Parses recv_challenge: tag, flags, challenge, creation, length of the name, the name.
fn challenger(message: &[u8]) -> Option<Challenger> {
    let (head, name) = message.split_at_checked(1 + 8 + 4 + 4 + 2)?;
    let length = usize::from(u16::from_be_bytes([head[17], head[18]]));
    (head[0] == b'N' && length > 0).then_some(())?;
    let challenge = u32::from_be_bytes(head[9..13].try_into().ok()?);
    Some(Challenger { name: text(name.get(..length)?), challenge })
}

impl Carrier {
    pub(super) fn packet(self, message: &[u8]) -> Vec<u8> {
        // Ours are short.
        let length = u16::try_from(message.len()).unwrap_or(u16::MAX);
        let length = match self {
            Self::Tcp => length.to_be_bytes().to_vec(),
            Self::Tls => u32::from(length).to_be_bytes().to_vec(),
        };
        [&length, message].concat()
    }

    pub(super) fn read_packet(self, stream: &mut impl Read) -> Result<Vec<u8>, Error> {
        let mut length = [0; 4];
        match self {
            Self::Tcp => stream.read_exact(&mut length[2..])?,
            Self::Tls => stream.read_exact(&mut length)?,
        }
        let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
        // Other protocols begin with letters, which would be a long packet.
        if length > MAX_PACKET {
            return Err(Error::NotDistribution);
        }
        let mut message = vec![0; length];
        stream.read_exact(&mut message)?;
        Ok(message)
    }
}

/// Text from the other side, made safe for a terminal.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).escape_debug().to_string()
}

/// A challenge with a name of 255 characters, each of up to 4 bytes.
const MAX_PACKET: usize = 19 + 255 * 4;

/// What OTP 26 and later demand of every node (`erts_internal:get_dflags/0`), and nothing more: no DFLAG_PUBLISHED.
const FLAGS: u64 = EXTENDED_REFERENCES
    | FUN_TAGS
    | NEW_FUN_TAGS
    | EXTENDED_PIDS_PORTS
    | EXPORT_PTR_TAG
    | BIT_BINARIES
    | NEW_FLOATS
    | UTF8_ATOMS
    | MAP_TAG
    | BIG_CREATION
    | HANDSHAKE_23
    | UNLINK_ID
    | V4_NC;
const EXTENDED_REFERENCES: u64 = 0x4;
const FUN_TAGS: u64 = 0x10;
const NEW_FUN_TAGS: u64 = 0x80;
const EXTENDED_PIDS_PORTS: u64 = 0x100;
const EXPORT_PTR_TAG: u64 = 0x200;
const BIT_BINARIES: u64 = 0x400;
const NEW_FLOATS: u64 = 0x800;
const UTF8_ATOMS: u64 = 0x1_0000;
const MAP_TAG: u64 = 0x2_0000;
const BIG_CREATION: u64 = 0x4_0000;
const HANDSHAKE_23: u64 = 0x100_0000;
const UNLINK_ID: u64 = 0x200_0000;
const V4_NC: u64 = 0x4_0000_0000;

/// Tells incarnations of a node apart, of which we have one.
const CREATION: u32 = 1;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    /// What the other side sends, and what was sent to it.
    struct Script {
        answers: Cursor<Vec<u8>>,
        said: Vec<u8>,
    }

    impl Read for Script {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.answers.read(buffer)
        }
    }

    impl Write for Script {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.said.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn introduced_to(answers: &[u8]) -> (Result<String, Error>, Vec<u8>) {
        let mut script = Script { answers: Cursor::new(answers.to_vec()), said: Vec::new() };
        let result = introduce(Carrier::Tcp, &mut script, "handshake@127.0.0.1");
        (result.map(|challenger| challenger.name), script.said)
    }

    /// Recorded from a node of OTP 27: `sok`, then the challenge of `app@127.0.0.9`.
    const RECORDED: &[u8] =
        b"\0\x03sok\0\x20N\0\0\0\x0d\x07\xdf\x7f\xbd\x14\x42\x3d\xf8\x6b\x07\xbf\x52\0\x0dapp@127.0.0.9";

    #[test]
    fn both_tell_their_names() {
        let (name, said) = introduced_to(RECORDED);
        assert_eq!(name.expect("a name"), "app@127.0.0.9");
        assert_eq!(said, b"\0\x22N\0\0\0\x04\x03\x07\x0f\x94\0\0\0\x01\0\x13handshake@127.0.0.1");
    }

    #[test]
    fn over_tls_lengths_have_four_bytes() {
        assert_eq!(Carrier::Tls.packet(b"sok"), b"\0\0\0\x03sok");
        assert_eq!(Carrier::Tls.read_packet(&mut &b"\0\0\0\x03sok"[..]).expect("a packet"), b"sok");
        assert!(matches!(Carrier::Tls.read_packet(&mut &b"HTTP"[..]), Err(Error::NotDistribution)));
    }

    #[test]
    fn a_status_that_is_not_ok_is_shown_without_control_characters() {
        for (answer, expected) in
            [(&b"\0\x0csnot_allowed"[..], "not_allowed"), (b"\0\x04s\x1b[J", "\\u{1b}[J")]
        {
            let (result, _) = introduced_to(answer);
            assert!(matches!(result, Err(Error::Refused(status)) if status == expected));
        }
    }

    #[test]
    fn other_protocols_and_broken_messages_are_not_distribution() {
        let no_name = b"\0\x03sok\0\x13N\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        let longer_than_it_is = b"\0\x03sok\0\x14N\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x02a";
        for answer in [
            &b"HTTP/1.1 400 Bad Request"[..],
            b"\0\0",
            b"\0\x01x",
            b"\0\x03sok\0\x01N",
            no_name,
            longer_than_it_is,
        ] {
            assert!(matches!(introduced_to(answer).0, Err(Error::NotDistribution)), "{answer:?}");
        }
        assert!(matches!(introduced_to(b"\0\x03so").0, Err(Error::Io(_))));
    }
}
