//! Text as Erlang reads it.

use std::fmt::{self, Write};
use std::net::IpAddr;

/// Escapes the text between the quotes of an Erlang string; no text can end the string.
#[derive(Clone, Copy, Debug)]
pub struct ErlangString;

impl askama::filters::Escaper for ErlangString {
    fn write_escaped_str<W: Write>(&self, mut out: W, text: &str) -> fmt::Result {
        text.chars().try_for_each(|c| match c {
            '"' | '\\' => write!(out, "\\{c}"),
            ' '..='~' => out.write_char(c),
            other => write!(out, "\\x{{{:x}}}", u32::from(other)),
        })
    }
}

/// An address as the tuple that Erlang's `inet` takes.
pub fn address(address: IpAddr) -> String {
    let parts: Vec<String> = match address {
        IpAddr::V4(v4) => v4.octets().iter().map(ToString::to_string).collect(),
        IpAddr::V6(v6) => v6.segments().iter().map(ToString::to_string).collect(),
    };
    format!("{{{}}}", parts.join(","))
}

#[cfg(test)]
mod tests {
    use askama::filters::Escaper;

    use super::*;

    fn escaped(text: &str) -> String {
        let mut out = String::new();
        ErlangString.write_escaped_str(&mut out, text).expect("written");
        out
    }

    #[test]
    fn quotes_and_backslashes_cannot_end_a_string() {
        assert_eq!(escaped(r#"a"b\c"#), r#"a\"b\\c"#);
    }

    #[test]
    fn everything_beyond_printable_ascii_is_written_as_its_code() {
        assert_eq!(escaped("a\nä\u{1f600}\0"), "a\\x{a}\\x{e4}\\x{1f600}\\x{0}");
    }

    #[test]
    fn addresses_are_tuples() {
        assert_eq!(address("127.0.0.11".parse().expect("an address")), "{127,0,0,11}");
        assert_eq!(address("fd00::1".parse().expect("an address")), "{64768,0,0,0,0,0,0,1}");
    }
}
