//! `beam-mtls local`: a cluster on this machine, each node started by `beam-mtls run` with a certificate of
//! its own from the local CA.

mod addresses;
mod check;
mod member;
mod observed;
mod observer;
mod settings;
mod table;
mod workspace;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::net::IpAddr;
use std::process::ExitCode;
use std::time::Duration;

use podcert::diagnose;
use podcert::diagnose::Diagnose;
use podcert_cli::exit;
use serde::Serialize;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, timeout_at};

use self::check::{Finding, Outsiders};
use self::member::{Launcher, Member};
use self::observed::Picture;
use self::observer::Observer;
pub use self::settings::LocalArgs;
use self::table::Display;
use self::workspace::Workspace;
use crate::command::{self, Command};
use crate::environment::Environment;

/// A cluster that could not be started or watched.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Loopback addresses.
    #[error(transparent)]
    Addresses(#[from] addresses::Error),
    /// Erlang is not there.
    #[error(
        "Erlang is needed to watch the nodes; install it so that `erl` is in PATH (Debian: erlang-base, erlang-ssl)"
    )]
    Erlang(#[source] command::Error),
    /// No directory for the local CA.
    #[error("there is no directory for the local CA")]
    NoStateHome,
    /// The observer ended.
    #[error("the node that watches the others ended; its last lines:\n{0}")]
    Observer(String),
    /// A node ended.
    #[error("{name} ended ({status}); its last lines:\n{log}")]
    NodeEnded {
        /// The node.
        name: String,
        /// How.
        status: String,
        /// The end of what it wrote.
        log: String,
    },
    /// The machine.
    #[error("the cluster could not be run")]
    Io(#[from] io::Error),
}

diagnose!(Error {
    Self::Addresses(error) => of(error),
    Self::Erlang(error) => of(error),
    Self::Io(_) => CannotWrite(),
    Self::NoStateHome => Settings("set XDG_STATE_HOME or HOME to an absolute path"),
    Self::NodeEnded { .. } => Unavailable(),
    Self::Observer(_) => Unavailable(),
});

impl Error {
    /// What the process exits with: 126 or 127 without an `erl` that can be run, as a shell would.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Erlang(error) => error.exit_code(),
            error => exit::code(error.class()),
        }
    }
}

/// What scripts get: the picture, and with `--check` what was found.
#[derive(Serialize)]
struct Report<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    ok: Option<bool>,
    nodes: &'a Picture,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    checks: &'a [Finding],
}

/// The URI of every node's certificate.
const URI: &str = "spiffe://local/ns/local/sa/node";

/// How long a mesh may take to form.
const MESH_TIME: Duration = Duration::from_secs(60);

/// Runs the cluster until Ctrl-C, or until it is checked.
pub async fn local(args: LocalArgs, environment: &Environment) -> Result<ExitCode, Error> {
    let erl = Command::find("erl".into(), Vec::new(), environment.get("PATH")).map_err(Error::Erlang)?;
    let (mut addresses, port) = addresses::choose(args.nodes + OTHERS)?;
    let others = addresses.split_off(usize::from(args.nodes));
    let workspace = Workspace::new()?;
    let launcher = Launcher {
        environment,
        port,
        program: std::env::current_exe()?,
        state_home: environment.state_home().ok_or(Error::NoStateHome)?,
        workspace: &workspace,
    };
    let mut interrupt = Interrupt::new()?;
    let mut cluster = Cluster::start(&launcher, &erl, &args.command, &addresses, others[0])?;
    let result = if args.check {
        let outsiders = [others[1], others[2]];
        tokio::select! {
            checked = cluster.check(&launcher, &erl, outsiders, args.json) => checked,
            () = interrupt.received() => Ok(ExitCode::from(INTERRUPTED)),
        }
    } else {
        tokio::select! {
            watched = cluster.watch(args.json) => watched,
            () = interrupt.received() => Ok(ExitCode::SUCCESS),
        }
    };
    cluster.end().await;
    result
}

/// Addresses for the observer and two outsiders.
const OTHERS: u8 = 3;

/// What shells say of a command that SIGINT ended.
const INTERRUPTED: u8 = 130;

/// The nodes and who watches them.
struct Cluster {
    members: Vec<Member>,
    names: Vec<String>,
    observer: Observer,
}

impl Cluster {
    fn start(
        launcher: &Launcher<'_>,
        erl: &Command,
        what: &[OsString],
        addresses: &[IpAddr],
        observer: IpAddr,
    ) -> Result<Self, Error> {
        let erl = erl.program();
        let bare: [OsString; 2] = [erl.into(), "-noinput".into()];
        let what = if what.is_empty() { &bare } else { what };
        let names: Vec<String> =
            addresses.iter().zip(1..).map(|(address, number)| format!("n{number}@{address}")).collect();
        let members = names
            .iter()
            .zip(addresses)
            .map(|(name, address)| launcher.node(name, *address, URI, what))
            .collect::<Result<_, _>>()?;
        let observer = Observer::start(launcher, erl, observer, URI, &names)?;
        Ok(Self { members, names, observer })
    }

    /// Shows what is there, for as long as somebody looks and a node is there.
    async fn watch(&mut self, json: bool) -> Result<ExitCode, Error> {
        let mut display = Display::default();
        let mut last = None;
        loop {
            let picture = self.next_picture().await?;
            let ended = self.ended();
            if ended.len() == self.names.len() {
                return Err(self.first_end());
            }
            if !json {
                display.show(&self.names, &picture, &ended)?;
            } else if last.as_ref() != Some(&picture) {
                print_json(&Report { ok: None, nodes: &picture, checks: &[] })?;
                last = Some(picture);
            }
        }
    }

    /// Waits for the mesh, dials it from outside, and reports.
    async fn check(
        &mut self,
        launcher: &Launcher<'_>,
        erl: &Command,
        outsiders: [IpAddr; 2],
        json: bool,
    ) -> Result<ExitCode, Error> {
        let picture = self.mesh().await?;
        let mut findings = check::mesh(&self.names, &picture);
        if findings.iter().all(|finding| finding.ok) {
            let outsiders = Outsiders {
                addresses: outsiders,
                erl: erl.program(),
                launcher,
                target: &self.members[0],
                uri: URI,
                victim: &self.names[1],
            };
            findings.extend(outsiders.dial().await?);
        }
        let ok = findings.iter().all(|finding| finding.ok);
        if json {
            print_json(&Report { ok: Some(ok), nodes: &picture, checks: &findings })?;
        } else {
            Display::default().show(&self.names, &picture, &BTreeMap::new())?;
            print_findings(&findings)?;
        }
        for member in self.members.iter().filter(|member| !ok && !picture.contains_key(member.name())) {
            eprintln!("\n{} did not answer; its last lines:\n{}", member.name(), member.log_tail());
        }
        Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// The first picture of a whole mesh, or the last one before the time is up.
    async fn mesh(&mut self) -> Result<Picture, Error> {
        let deadline = Instant::now() + MESH_TIME;
        let mut last = Picture::new();
        while let Ok(picture) = timeout_at(deadline, self.next_picture()).await {
            last = picture?;
            if !self.ended().is_empty() {
                return Err(self.first_end());
            }
            if check::missing(&self.names, &last).is_empty() {
                break;
            }
        }
        Ok(last)
    }

    async fn next_picture(&mut self) -> Result<Picture, Error> {
        self.observer.next().await?.ok_or_else(|| Error::Observer(self.observer.log_tail()))
    }

    /// How nodes ended, by name.
    fn ended(&mut self) -> BTreeMap<String, String> {
        let ended = |member: &mut Member| Some((member.name().to_owned(), member.ended()?.to_string()));
        self.members.iter_mut().filter_map(ended).collect()
    }

    /// The error that tells of the first node that ended.
    fn first_end(&mut self) -> Error {
        let status = |member: &mut Member| member.ended().map(|status| status.to_string());
        let found = self.members.iter_mut().find_map(|member| status(member).map(|status| (member, status)));
        match found {
            Some((member, status)) => {
                Error::NodeEnded { name: member.name().to_owned(), status, log: member.log_tail() }
            }
            None => Error::Observer(self.observer.log_tail()),
        }
    }

    /// Ends everything, and comes back when it has ended.
    async fn end(self) {
        let all: Vec<Member> = self.members.into_iter().chain([self.observer.into_member()]).collect();
        all.iter().for_each(Member::terminate);
        for member in all {
            member.join().await;
        }
    }
}

/// The signals that end us in an orderly way.
struct Interrupt {
    signals: [Signal; 4],
}

impl Interrupt {
    fn new() -> io::Result<Self> {
        let kinds =
            [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup(), SignalKind::quit()];
        let [a, b, c, d] = kinds.map(signal);
        Ok(Self { signals: [a?, b?, c?, d?] })
    }

    async fn received(&mut self) {
        let [a, b, c, d] = &mut self.signals;
        tokio::select! {
            _ = a.recv() => {}
            _ = b.recv() => {}
            _ = c.recv() => {}
            _ = d.recv() => {}
        }
    }
}

fn print_json(report: &Report<'_>) -> Result<(), Error> {
    let text = serde_json::to_string(report).map_err(io::Error::from)?;
    Ok(writeln!(io::stdout(), "{text}")?)
}

fn print_findings(findings: &[Finding]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out)?;
    for finding in findings {
        let mark = if finding.ok { "ok    " } else { "FAILED" };
        writeln!(out, "{mark} {}\n       {}", finding.claim, finding.seen)?;
    }
    Ok(())
}
