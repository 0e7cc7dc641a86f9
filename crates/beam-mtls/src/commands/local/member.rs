//! One member of the cluster: a process that was started by `beam-mtls run`, in a process group of its own,
//! so that Ctrl-C reaches us alone and we end it with all that it started.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};

use super::workspace::{Folder, Workspace};
use crate::environment::Environment;

/// How long a node may take to end by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// A started process.
#[derive(Debug)]
pub struct Member {
    name: String,
    child: Child,
    folder: Folder,
    /// Its own process group; kept, since a child that was waited for no longer tells its id.
    group: Option<Pid>,
}

/// How members are started.
#[derive(Debug)]
pub struct Launcher<'a> {
    /// What we found in our environment.
    pub environment: &'a Environment,
    /// The port of every member.
    pub port: u16,
    /// This program.
    pub program: PathBuf,
    /// Where `XDG_STATE_HOME` points, and so the local CA.
    pub state_home: PathBuf,
    /// The cluster's directory.
    pub workspace: &'a Workspace,
}

impl Launcher<'_> {
    /// `beam-mtls run` for this member, still without a command.
    pub fn run(&self, name: &str, address: IpAddr, uri: &str) -> io::Result<(Command, Folder)> {
        let (label, _) = name.split_once('@').unwrap_or((name, ""));
        let folder = self.workspace.folder(label)?;
        let listen = SocketAddr::new(address, self.port);
        let mut command = self.bare(&self.program, &folder)?;
        command
            .args(["run", "--source", "local", "--name", name, "--uris", uri])
            .args(["--listen", &listen.to_string()])
            .arg("--directory")
            .arg(folder.certificate())
            .arg("--config-directory")
            .arg(folder.config())
            .arg("--cookie-file")
            .arg(self.workspace.cookie());
        Ok((command, folder))
    }

    /// A program in a member's folder, without any setting of ours that our own environment may hold.
    pub fn bare(&self, program: impl AsRef<OsStr>, folder: &Folder) -> io::Result<Command> {
        let log = File::options().create(true).append(true).open(folder.log())?;
        let mut command = Command::new(program);
        for name in self.environment.names() {
            let name = name.to_string_lossy();
            if name.starts_with("BEAM_MTLS_") || name.starts_with("PODCERT_") {
                command.env_remove(name.as_ref());
            }
        }
        command
            .env("HOME", folder.home())
            .env("XDG_STATE_HOME", &self.state_home)
            .env_remove("XDG_CONFIG_HOME")
            .env("ERL_CRASH_DUMP_SECONDS", "0")
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0)
            .kill_on_drop(true);
        Ok(command)
    }

    /// Starts a node.
    pub fn node(&self, name: &str, address: IpAddr, uri: &str, what: &[OsString]) -> io::Result<Member> {
        let (mut command, folder) = self.run(name, address, uri)?;
        command.arg("--").args(what);
        Ok(Member::new(name, command.spawn()?, folder))
    }
}

impl Member {
    /// Takes a process that leads a group of its own.
    pub fn new(name: &str, child: Child, folder: Folder) -> Self {
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Self { name: name.to_owned(), child, folder, group }
    }

    /// The node's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it ended, where it did.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// All that it wrote.
    pub fn log(&self) -> String {
        fs::read(self.folder.log())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default()
    }

    /// The last lines that it wrote.
    pub fn log_tail(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(12)..].join("\n")
    }

    /// Asks it to end.
    pub fn terminate(&self) {
        self.signal(Signal::TERM);
    }

    /// Waits for its end, and forces it where that takes too long.
    pub async fn join(mut self) {
        let _ = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        // Its helpers may be there still, also when it has ended.
        self.signal(Signal::KILL);
        let _ = self.child.wait().await;
    }

    /// The group may have ended meanwhile, which is as good.
    fn signal(&self, signal: Signal) {
        if let Some(group) = self.group {
            let _ = kill_process_group(group, signal);
        }
    }
}
