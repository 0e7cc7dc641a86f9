//! The picture as a table for people.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};

use podcert_cli::diagnostics::columns;
use rustix::termios::tcgetwinsize;

use super::observed::{Link, Node, Picture};

/// Writes a table, in place of the one before where the output is a terminal.
#[derive(Debug, Default)]
pub struct Display {
    shown: String,
}

impl Display {
    /// Shows the picture, unless it is what is shown already. `ended` tells how nodes ended, by name.
    pub fn show(
        &mut self,
        nodes: &[String],
        picture: &Picture,
        ended: &BTreeMap<String, String>,
    ) -> io::Result<()> {
        let table = table(nodes, picture, ended);
        if table == self.shown {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        let terminal = out.is_terminal().then(|| tcgetwinsize(&out).ok()).flatten();
        match terminal {
            Some(size) => {
                write!(out, "{}", erased(&self.shown, usize::from(size.ws_row)))?;
                for line in table.lines() {
                    // A line that the terminal would break takes two, and the next table would miss its place.
                    let fitting: String = line.chars().take(usize::from(size.ws_col)).collect();
                    writeln!(out, "{fitting}")?;
                }
            }
            None => write!(out, "{}{table}", if self.shown.is_empty() { "" } else { "\n" })?,
        }
        self.shown = table;
        out.flush()
    }
}

/// What takes the last table away: back to its first line, or to the screen's where it did not fit.
fn erased(shown: &str, rows: usize) -> String {
    match shown.lines().count() {
        0 => String::new(),
        lines if lines < rows => format!("\x1b[{lines}A\x1b[J"),
        _ => "\x1b[2J\x1b[H".to_owned(),
    }
}

/// One block of lines a node: what it is, and a line for each of its links.
fn table(nodes: &[String], picture: &Picture, ended: &BTreeMap<String, String>) -> String {
    let mut rows = vec![
        ["NODE", "OTP", "PID", "PEERS", "LINK", "TLS", "CIPHER", "KEY EXCHANGE", "CERTIFICATE", "EXPIRES"]
            .map(String::from),
    ];
    for name in nodes {
        match picture.get(name) {
            Some(node) => rows.extend(node_rows(name, node, nodes.len() - 1)),
            None => {
                let why = ended.get(name).map_or("not reached", String::as_str);
                rows.push([name.as_str(), "-", "-", "-", why, "", "", "", "", ""].map(String::from));
            }
        }
    }
    columns(&rows)
}

fn node_rows(name: &str, node: &Node, others: usize) -> Vec<[String; 10]> {
    let mut rows: Vec<[String; 10]> = node.links.iter().map(link_row).collect();
    if rows.is_empty() {
        rows.push(Default::default());
    }
    let peers = format!("{}/{others}", node.links.len());
    let [cells @ .., serial, expires] = &mut rows[0];
    for (cell, text) in cells.iter_mut().zip([name.to_owned(), node.otp.clone(), node.pid.clone(), peers]) {
        *cell = text;
    }
    (*serial, *expires) = (short(&node.serial), minute(&node.expires));
    rows
}

fn link_row((peer, link): (&String, &Link)) -> [String; 10] {
    let version = link.tls.strip_prefix("tlsv").map_or(link.tls.clone(), |number| format!("TLS {number}"));
    let mut row: [String; 10] = Default::default();
    [row[4], row[5], row[6], row[7]] =
        [peer.clone(), version, link.cipher.clone(), group(&link.key_exchange)];
    row
}

/// OTP before 29 does not report it in TLS 1.3.
fn group(key_exchange: &str) -> String {
    if key_exchange == "unknown" { "-".to_owned() } else { key_exchange.to_owned() }
}

/// Enough of a serial number to tell certificates apart.
fn short(serial: &str) -> String {
    if serial.len() > 12 { format!("{}..", &serial[..12]) } else { serial.to_owned() }
}

/// A time without its seconds.
fn minute(time: &str) -> String {
    time.get(..16).map_or(time.to_owned(), |minute| minute.replace('T', " ") + "Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_link_has_a_line_and_a_missing_node_is_told() {
        let link = Link {
            tls: "tlsv1.3".into(),
            cipher: "TLS_AES_256_GCM_SHA384".into(),
            key_exchange: "x25519mlkem768".into(),
            peer_serial: "2".into(),
        };
        let node = Node {
            otp: "27".into(),
            pid: "4711".into(),
            serial: "753a3c68c6733c8026e2".into(),
            expires: "2026-11-25T10:12:26Z".into(),
            links: BTreeMap::from([("b@127.0.0.12".to_owned(), link)]),
        };
        let nodes = ["a@127.0.0.11", "b@127.0.0.12", "c@127.0.0.13"].map(String::from);
        let ended = BTreeMap::from([(nodes[2].clone(), "exit status: 1".to_owned())]);
        let picture = Picture::from([(nodes[0].clone(), node)]);
        assert_eq!(
            table(&nodes, &picture, &ended),
            "\
NODE          OTP  PID   PEERS  LINK            TLS      CIPHER                  KEY EXCHANGE    CERTIFICATE     EXPIRES
a@127.0.0.11  27   4711  1/2    b@127.0.0.12    TLS 1.3  TLS_AES_256_GCM_SHA384  x25519mlkem768  753a3c68c673..  2026-11-25 10:12Z
b@127.0.0.12  -    -     -      not reached
c@127.0.0.13  -    -     -      exit status: 1
"
        );
    }

    #[test]
    fn a_table_that_did_not_fit_is_erased_with_the_screen() {
        assert_eq!(erased("", 24), "");
        assert_eq!(erased("a\nb\n", 24), "\x1b[2A\x1b[J");
        assert_eq!(erased("a\nb\n", 2), "\x1b[2J\x1b[H");
    }
}
