//! `--check`: the mesh is whole and each node is who its certificate says, and others are kept out.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use tokio::time::{sleep, timeout};

use super::member::{Launcher, Member};
use super::observed::Picture;
use super::workspace::Folder;

/// One thing that was checked.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// What should hold.
    pub claim: String,
    /// Whether it does.
    pub ok: bool,
    /// What was seen.
    pub seen: String,
}

/// How long a stranger may take to be let in or refused.
const DIAL_TIME: Duration = Duration::from_secs(30);

/// How long a node may take to log a refusal, and how often its log is read.
const LOG_TIME: Duration = Duration::from_secs(10);
const LOG_PAUSE: Duration = Duration::from_millis(50);

/// What is missing of a full mesh; nothing when it is whole.
pub fn missing(nodes: &[String], picture: &Picture) -> Vec<String> {
    let mut missing = Vec::new();
    for name in nodes {
        match picture.get(name) {
            None => missing.push(format!("{name} does not answer")),
            Some(node) => {
                let peers = nodes.iter().filter(|peer| *peer != name && !node.links.contains_key(*peer));
                missing.extend(peers.map(|peer| format!("{name} has no link to {peer}")));
            }
        }
    }
    missing
}

/// What a whole mesh shows: TLS 1.3 on every link, and a certificate of its own for every node.
pub fn mesh(nodes: &[String], picture: &Picture) -> Vec<Finding> {
    let missing = missing(nodes, picture);
    let links: Vec<_> = picture.values().flat_map(|node| &node.links).collect();
    let ciphers: BTreeSet<String> =
        links.iter().map(|(_, link)| format!("{} {}", link.tls, link.cipher)).collect();
    let serials: BTreeSet<&str> = picture.values().map(|node| node.serial.as_str()).collect();
    let is_own = |(peer, link): &(&String, &super::observed::Link)| {
        picture.get(*peer).is_some_and(|node| node.serial == link.peer_serial)
    };
    let count = nodes.len();
    vec![
        Finding {
            claim: format!("{count} nodes form a full mesh"),
            ok: missing.is_empty(),
            seen: if missing.is_empty() {
                format!("{} links", count * (count - 1) / 2)
            } else {
                missing.join("; ")
            },
        },
        Finding {
            claim: "every link is TLS 1.3".to_owned(),
            ok: !links.is_empty() && links.iter().all(|(_, link)| link.tls == "tlsv1.3"),
            seen: ciphers.into_iter().collect::<Vec<_>>().join(", "),
        },
        Finding {
            claim: "every node shows a certificate of its own on every link".to_owned(),
            ok: serials.len() == count && !serials.contains("unknown") && links.iter().all(is_own),
            seen: format!("{} serial numbers", serials.len()),
        },
    ]
}

/// Dials the cluster from outside, with certificates of the same CA.
#[derive(Debug)]
pub struct Outsiders<'a> {
    /// Two addresses, for a guest and for a stranger.
    pub addresses: [IpAddr; 2],
    /// The program that dials.
    pub erl: &'a Path,
    /// How they are started.
    pub launcher: &'a Launcher<'a>,
    /// The node whose log tells why somebody was refused.
    pub target: &'a Member,
    /// The URI of the cluster's nodes.
    pub uri: &'a str,
    /// A node that is there, whose name the impostor takes.
    pub victim: &'a str,
}

impl Outsiders<'_> {
    /// Three that differ in one thing each: let in, refused for the name, refused for the URI.
    pub async fn dial(&self) -> io::Result<Vec<Finding>> {
        let [guest, stranger] = self.addresses;
        let target = self.target.name();
        let own_name = format!("guest@{guest}");
        let config = self.prepare(&own_name, guest, self.uri).await?;
        let admitted = self.dial_as(&own_name, &config).await?;
        let impostor = self.dial_as(self.victim, &config).await?;

        let stranger_name = format!("stranger@{stranger}");
        let config = self.prepare(&stranger_name, stranger, "spiffe://local/ns/local/sa/other").await?;
        let other_uri = self.dial_as(&stranger_name, &config).await?;
        Ok(vec![
            Finding {
                claim: format!("{target} lets in a console with the cluster's URI that says who it is"),
                ok: admitted == "true",
                seen: format!("{own_name}: {admitted}"),
            },
            self.refusal(
                format!("{target} refuses the same certificate under the name of {}", self.victim),
                &impostor,
                &format!("disallowed node {}", self.victim),
            )
            .await,
            self.refusal(
                format!("{target} refuses a certificate of the same CA with another URI"),
                &other_uri,
                "uri_not_among_peers",
            )
            .await,
        ])
    }

    /// A refusal counts only if the node that refused says why.
    async fn refusal(&self, claim: String, answer: &str, reason: &str) -> Finding {
        let line = timeout(LOG_TIME, self.logged(reason)).await.ok();
        let seen = match &line {
            Some(line) => format!("{answer}; its log: {}", line.trim().trim_matches('*').trim()),
            None => format!("{answer}; nothing of {reason:?} in its log"),
        };
        Finding { claim, ok: answer == "false" && line.is_some(), seen }
    }

    /// The last line of the log that contains the reason. The node may log it after it has refused.
    async fn logged(&self, reason: &str) -> String {
        loop {
            let log = self.target.log();
            if let Some(line) = log.lines().rev().find(|line| line.contains(reason)) {
                return line.to_owned();
            }
            sleep(LOG_PAUSE).await;
        }
    }

    /// A certificate and rendered files, by the ordinary way.
    async fn prepare(&self, name: &str, address: IpAddr, uri: &str) -> io::Result<Folder> {
        let (mut command, folder) = self.launcher.run(name, address, uri)?;
        // Its own side would refuse the cluster otherwise, before the cluster could refuse it.
        command.args(["--peers", "any", "--", "true"]);
        let status = command.status().await?;
        if status.success() {
            Ok(folder)
        } else {
            Err(io::Error::other(format!("{name} could not be prepared: {status}")))
        }
    }

    /// What `net_kernel:connect_node/1` answers to a console of that name.
    async fn dial_as(&self, name: &str, folder: &Folder) -> io::Result<String> {
        let dial = format!(
            "io:format(\"~n{ANSWER}~p~n\", [net_kernel:connect_node('{}')]), halt().",
            self.target.name()
        );
        let arguments: [OsString; 7] = [
            "-args_file".into(),
            folder.config().join("remote.vm.args").into(),
            "-name".into(),
            name.into(),
            "-noinput".into(),
            "-eval".into(),
            dial.into(),
        ];
        let mut command = self.launcher.bare(self.erl, folder)?;
        let config_home: PathBuf = crate::artifacts::directory::config_home(&folder.config());
        command.args(arguments).env("XDG_CONFIG_HOME", config_home).stdout(std::process::Stdio::piped());
        match timeout(DIAL_TIME, command.output()).await {
            Ok(output) => Ok(answer(&String::from_utf8_lossy(&output?.stdout))),
            Err(_) => Ok("no answer in time".to_owned()),
        }
    }
}

/// How the line begins that tells the answer: the console's reports go to the same output.
const ANSWER: &str = "answer: ";

fn answer(output: &str) -> String {
    let answer = output.lines().find_map(|line| line.strip_prefix(ANSWER));
    answer.unwrap_or("no answer").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_around_an_answer_are_passed_over() {
        assert_eq!(answer("=NOTICE REPORT====\nTLS alert\n\nanswer: false\n=NOTICE"), "false");
        assert_eq!(answer("=NOTICE REPORT===="), "no answer");
    }
}
