//! The picture as a table for people.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write};

use super::observed::{Link, Node, Picture};

/// Writes a table, in place of the one before where the output is a terminal.
#[derive(Debug, Default)]
pub struct Display {
    shown: String,
}

impl Display {
    /// Shows the picture, unless it is what is shown already.
    pub fn show(&mut self, nodes: &[String], picture: &Picture) -> io::Result<()> {
        let table = table(nodes, picture);
        if table == self.shown {
            return Ok(());
        }
        let mut out = io::stdout().lock();
        if out.is_terminal() && !self.shown.is_empty() {
            // Up to the first line of the last table, and everything below it away.
            write!(out, "\x1b[{}A\x1b[J", self.shown.lines().count())?;
        } else if !self.shown.is_empty() {
            writeln!(out)?;
        }
        write!(out, "{table}")?;
        self.shown = table;
        out.flush()
    }
}

/// One block of lines a node: what it is, and a line for each of its links.
fn table(nodes: &[String], picture: &Picture) -> String {
    let mut rows = vec![["NODE", "OTP", "PID", "PEERS", "CERTIFICATE", "EXPIRES", "LINK", "TLS", "CIPHER"].map(String::from)];
    for name in nodes {
        match picture.get(name) {
            Some(node) => rows.extend(node_rows(name, node, nodes.len() - 1)),
            None => rows.push([name.as_str(), "-", "-", "-", "-", "-", "not reached", "", ""].map(String::from)),
        }
    }
    align(&rows)
}

fn node_rows(name: &str, node: &Node, others: usize) -> Vec<[String; 9]> {
    let mut rows: Vec<[String; 9]> = node.links.iter().map(link_row).collect();
    if rows.is_empty() {
        rows.push(Default::default());
    }
    let peers = format!("{}/{others}", node.links.len());
    let own = [name.to_owned(), node.otp.clone(), node.pid.clone(), peers, short(&node.serial), minute(&node.expires)];
    for (cell, text) in rows[0].iter_mut().zip(own) {
        *cell = text;
    }
    rows
}

fn link_row((peer, link): (&String, &Link)) -> [String; 9] {
    let version = link.tls.strip_prefix("tlsv").map_or(link.tls.clone(), |number| format!("TLS {number}"));
    let mut row: [String; 9] = Default::default();
    [row[6], row[7], row[8]] = [peer.clone(), version, link.cipher.clone()];
    row
}

/// Enough of a serial number to tell certificates apart.
fn short(serial: &str) -> String {
    if serial.len() > 12 { format!("{}..", &serial[..12]) } else { serial.to_owned() }
}

/// A time without its seconds.
fn minute(time: &str) -> String {
    time.get(..16).map_or(time.to_owned(), |minute| minute.replace('T', " ") + "Z")
}

fn align(rows: &[[String; 9]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..9).map(width).collect();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            // Writing to a string cannot fail.
            let _ = write!(line, "{cell:width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn each_link_has_a_line_and_a_missing_node_is_told() {
        let link =
            Link { tls: "tlsv1.3".into(), cipher: "TLS_AES_256_GCM_SHA384".into(), peer_serial: "2".into() };
        let node = Node {
            otp: "27".into(),
            pid: "4711".into(),
            serial: "753a3c68c6733c8026e2".into(),
            expires: "2026-11-25T10:12:26Z".into(),
            links: BTreeMap::from([("b@127.0.0.12".to_owned(), link)]),
        };
        let nodes = ["a@127.0.0.11".to_owned(), "b@127.0.0.12".to_owned()];
        let picture = Picture::from([(nodes[0].clone(), node)]);
        assert_eq!(
            table(&nodes, &picture),
            "\
NODE          OTP  PID   PEERS  CERTIFICATE     EXPIRES            LINK          TLS      CIPHER
a@127.0.0.11  27   4711  1/1    753a3c68c673..  2026-11-25 10:12Z  b@127.0.0.12  TLS 1.3  TLS_AES_256_GCM_SHA384
b@127.0.0.12  -    -     -      -               -                  not reached
"
        );
    }
}
