//! The hidden node that connects the others and watches them.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::ChildStdout;

use super::member::{Launcher, Member};
use super::observed::{Picture, Reader};
use crate::artifacts::modules::{OBSERVER, OBSERVER_MODULES};

/// The running observer.
#[derive(Debug)]
pub struct Observer {
    lines: Lines<BufReader<ChildStdout>>,
    member: Member,
    reader: Reader,
}

impl Observer {
    /// Starts it on `address`, to watch `nodes`.
    pub fn start(
        launcher: &Launcher<'_>,
        erl: &Path,
        address: IpAddr,
        uri: &str,
        nodes: &[String],
    ) -> io::Result<Self> {
        let name = format!("observer@{address}");
        let (mut command, folder) = launcher.run(&name, address, uri)?;
        for (module, object) in OBSERVER_MODULES {
            fs::write(launcher.workspace.path().join(format!("{module}.beam")), object)?;
        }
        command
            .arg("--")
            .arg(erl)
            .args(["-noinput", "-hidden", "-pa"])
            .arg(launcher.workspace.path())
            .args(["-run", OBSERVER, "main"])
            .args(nodes)
            .stdout(Stdio::piped());
        let mut child = command.spawn()?;
        let output = child.stdout.take().ok_or_else(|| io::Error::other("the observer has no output"))?;
        Ok(Self {
            lines: BufReader::new(output).lines(),
            member: Member::new(&name, child, folder),
            reader: Reader::default(),
        })
    }

    /// The next picture; none once the observer has ended. Can be dropped while it waits, nothing is lost.
    pub async fn next(&mut self) -> io::Result<Option<Picture>> {
        while let Some(line) = self.lines.next_line().await? {
            if let Some(picture) = self.reader.line(&line) {
                return Ok(Some(picture));
            }
        }
        Ok(None)
    }

    /// Its process.
    pub fn into_member(self) -> Member {
        self.member
    }

    /// The last lines of its log.
    pub fn log_tail(&self) -> String {
        self.member.log_tail()
    }
}
