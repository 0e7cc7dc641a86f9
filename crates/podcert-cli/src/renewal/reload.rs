//! Reloads the programs that use a certificate after it was renewed: by a signal, a command or an HTTP request. A reload
//! that fails is retried until it succeeds, and delays no renewal.

use std::fmt::{self, Display};
use std::fs;
use std::io;
use std::str::FromStr;
use std::time::Duration;

use futures_util::future::join_all;
use http_body_util::Empty;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use podcert::diagnose::chain;
use rustix::process::{Pid, kill_process};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::metrics::Metrics;
use crate::settings::Problem;

/// One way to reload a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reload {
    /// A command that must exit with 0.
    Command(CommandLine),
    /// A signal to a process.
    Signal(Signal, ProcessName),
    /// A POST request that must be answered with a 2xx status.
    Url(Url),
}

/// Reloads programs when it is woken, each independently of the others.
#[derive(Debug)]
pub struct Reloader {
    reloads: Vec<(Reload, Notify)>,
}

impl Reloader {
    /// A reloader for these, with nothing to do yet.
    pub fn new(reloads: Vec<Reload>) -> Self {
        Self { reloads: reloads.into_iter().map(|reload| (reload, Notify::new())).collect() }
    }

    /// A certificate was renewed.
    pub fn wake(&self) {
        for (_, renewed) in &self.reloads {
            renewed.notify_one();
        }
    }

    /// Reloads for as long as it is polled.
    pub async fn run(&self, metrics: &Metrics) {
        join_all(self.reloads.iter().map(|(reload, renewed)| repeat(reload, renewed, metrics))).await;
    }
}

async fn repeat(reload: &Reload, renewed: &Notify, metrics: &Metrics) {
    loop {
        renewed.notified().await;
        let mut pause = FIRST_PAUSE;
        while let Err(error) = attempt(reload, metrics).await {
            tracing::warn!(%reload, next_in = ?pause, "reload failed: {}", chain(&error));
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

async fn attempt(reload: &Reload, metrics: &Metrics) -> Result<(), ReloadError> {
    let result = timeout(TIME_LIMIT, reload.run()).await.unwrap_or(Err(ReloadError::TimeLimit));
    metrics.reloaded(result.is_ok());
    if result.is_ok() {
        tracing::info!(%reload, "reloaded");
    }
    result
}

impl Reload {
    async fn run(&self) -> Result<(), ReloadError> {
        match self {
            Self::Command(command) => command.run().await,
            Self::Signal(signal, process) => process.signal(*signal),
            Self::Url(url) => url.post().await,
        }
    }
}

impl Display for Reload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Command(CommandLine { program, .. }) => write!(f, "command {program}"),
            Self::Signal(signal, ProcessName(name)) => write!(f, "{} to {name}", signal.name),
            Self::Url(Url(uri)) => write!(f, "{uri}"),
        }
    }
}

/// A program and its arguments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandLine {
    program: String,
    arguments: Vec<String>,
}

impl CommandLine {
    async fn run(&self) -> Result<(), ReloadError> {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).kill_on_drop(true);
        let status = command.status().await.map_err(ReloadError::NotRun)?;
        if status.success() { Ok(()) } else { Err(ReloadError::Status { status: status.to_string() }) }
    }
}

impl FromStr for CommandLine {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let mut words = text.split_whitespace().map(str::to_owned);
        let program = words.next().ok_or_else(|| Problem::new("it is empty"))?;
        Ok(Self { program, arguments: words.collect() })
    }
}

/// A process name: the file name of its program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessName(String);

impl ProcessName {
    /// Signals each process with this name whose parent has a different one: the main process of a server.
    fn signal(&self, signal: Signal) -> Result<(), ReloadError> {
        let processes = processes_named(&self.0);
        let leaders: Vec<_> =
            processes.iter().filter(|(_, parent)| processes.iter().all(|(pid, _)| pid != parent)).collect();
        if leaders.is_empty() {
            return Err(ReloadError::NoProcess { name: self.0.clone() });
        }
        for (pid, _) in leaders {
            let pid = Pid::from_raw(*pid).ok_or_else(|| ReloadError::NoProcess { name: self.0.clone() })?;
            kill_process(pid, signal.signal).map_err(|error| ReloadError::Signal(error.into()))?;
        }
        Ok(())
    }
}

/// The processes with this name, each with its parent.
fn processes_named(name: &str) -> Vec<(i32, i32)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let stats = entries.filter_map(|entry| {
        entry.file_name().to_str()?.parse::<i32>().ok()?;
        fs::read_to_string(entry.path().join("stat")).ok()
    });
    stats.filter_map(|stat| parse_stat(&stat, name)).collect()
}

/// proc_pid_stat(5): PID, name in parentheses (which the name may contain), state, parent.
fn parse_stat(stat: &str, name: &str) -> Option<(i32, i32)> {
    let (pid, rest) = stat.split_once(" (")?;
    let (found, rest) = rest.rsplit_once(") ")?;
    let parent = rest.split(' ').nth(1)?;
    let is_named = found == name || (found.len() == COMM_LENGTH && name.starts_with(found));
    if is_named { Some((pid.parse().ok()?, parent.parse().ok()?)) } else { None }
}

impl FromStr for ProcessName {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        if text.contains('/') {
            return Err(Problem::with_remedy(
                format!("{text:?} is a path"),
                "give the file name alone, as in nginx",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

/// A signal and its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signal {
    name: &'static str,
    signal: rustix::process::Signal,
}

impl FromStr for Signal {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let wanted = text.strip_prefix("SIG").unwrap_or(text);
        let known = SIGNALS.iter().find(|(name, _)| *name == wanted);
        known.map(|&(name, signal)| Self { name, signal }).ok_or_else(|| {
            let names: Vec<_> = SIGNALS.iter().map(|(name, _)| *name).collect();
            Problem::with_remedy(
                format!("{text:?} is not a signal that programs reload on"),
                format!("use {}", names.join(", ")),
            )
        })
    }
}

/// An `http` URL. It is for a program in the same pod, so TLS is not supported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url(Uri);

impl Url {
    async fn post(&self) -> Result<(), ReloadError> {
        let host = self.0.host().unwrap_or_default().trim_matches(['[', ']']);
        let port = self.0.port_u16().unwrap_or(80);
        let stream = TcpStream::connect((host, port)).await.map_err(ReloadError::Connect)?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let path = self.0.path_and_query().map_or("/", |path| path.as_str());
        let authority = self.0.authority().map_or(host, |authority| authority.as_str());
        let request = Request::builder().method(Method::POST).uri(path).header(HOST, authority);
        let request = request.body(Empty::<Bytes>::new()).map_err(|_| ReloadError::Request)?;
        let response = async {
            tokio::select! {
                response = sender.send_request(request) => Ok(response?),
                ended = connection => Err(ended.err().map_or(ReloadError::Request, ReloadError::Http)),
            }
        };
        let status = response.await?.status();
        if status.is_success() { Ok(()) } else { Err(ReloadError::Answer { status }) }
    }
}

impl FromStr for Url {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let uri: Option<Uri> = text.parse().ok();
        match uri.filter(|uri| uri.scheme_str() == Some("http") && uri.host().is_some()) {
            Some(uri) => Ok(Self(uri)),
            None => Err(Problem::with_remedy(
                format!("{text:?} is not an http URL"),
                "write it as in http://127.0.0.1:8080/reload",
            )),
        }
    }
}

/// A reload that failed.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts explain the fields")]
pub enum ReloadError {
    /// A status other than 2xx.
    #[error("it answered {status}")]
    Answer { status: StatusCode },
    /// Nothing listens there.
    #[error("cannot connect")]
    Connect(#[source] io::Error),
    /// Not an HTTP answer.
    #[error("no answer")]
    Http(#[from] hyper::Error),
    /// There is no such process.
    #[error("no process is called {name}: does the pod share its process namespace (shareProcessNamespace)?")]
    NoProcess { name: String },
    /// The command cannot be started.
    #[error("it cannot be run")]
    NotRun(#[source] io::Error),
    /// The connection ended before the answer.
    #[error("the connection was closed without an answer")]
    Request,
    /// Not permitted.
    #[error("it cannot be signaled: does it run as the same user?")]
    Signal(#[source] io::Error),
    /// The command failed.
    #[error("it ended with {status}")]
    Status { status: String },
    /// It took too long.
    #[error("it took longer than {TIME_LIMIT:?}")]
    TimeLimit,
}

const TIME_LIMIT: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// The kernel truncates process names to this length.
const COMM_LENGTH: usize = 15;
const SIGNALS: [(&str, rustix::process::Signal); 6] = [
    ("HUP", rustix::process::Signal::HUP),
    ("INT", rustix::process::Signal::INT),
    ("QUIT", rustix::process::Signal::QUIT),
    ("TERM", rustix::process::Signal::TERM),
    ("USR1", rustix::process::Signal::USR1),
    ("USR2", rustix::process::Signal::USR2),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_found_by_its_name_whatever_characters_it_contains() {
        assert_eq!(parse_stat("7 (nginx) S 1 7 7", "nginx"), Some((7, 1)));
        assert_eq!(parse_stat("7 (a) b (c)) S 3 7 7", "a) b (c)"), Some((7, 3)));
        assert_eq!(parse_stat("7 (a-very-long-nam) S 1 7", "a-very-long-name-indeed"), Some((7, 1)));
        assert_eq!(parse_stat("7 (nginx) S 1 7 7", "ngin"), None);
        assert_eq!(parse_stat("nothing", "nothing"), None);
    }

    #[test]
    fn values_that_cannot_work_are_refused_with_a_remedy() {
        assert_eq!("SIGHUP".parse::<Signal>().map(|signal| signal.name), Ok("HUP"));
        assert!("KILL".parse::<Signal>().is_err_and(|problem| problem.remedy.is_some()));
        assert!("/usr/sbin/nginx".parse::<ProcessName>().is_err());
        assert!("https://127.0.0.1/".parse::<Url>().is_err() && "reload".parse::<Url>().is_err());
        assert!("http://[::1]:8080/reload?now".parse::<Url>().is_ok());
        assert!(" ".parse::<CommandLine>().is_err());
    }
}
