//! What `beam-mtls run` adds before a command runs: time, memory, and the size of the binary.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use testbed::builds::musl;
use testbed::{Workspace, environment};

use super::place::Place;
use super::samples::Samples;

/// Measures and prints; `against` is a different build of beam-mtls, measured in turns with this one.
pub fn measure(workspace: &Workspace, rounds: Option<usize>, against: Option<&Path>) -> Result<()> {
    let ours = musl::binary(workspace, "beam-mtls");
    let subject = Subject {
        command: environment::find("true").context("there is no `true` on PATH")?,
        starts: starts(&ours, against),
    };
    println!(
        "Startup: {} rounds of the bare command (`true`) and of the same behind beam-mtls, in turns",
        rounds.unwrap_or(ROUNDS)
    );
    let places = Place::all(workspace)?;
    for place in &places {
        times(&subject, place, rounds.unwrap_or(ROUNDS))?;
    }
    println!();
    let place = places.first().context("there is no directory to write to")?;
    for start in &subject.starts {
        let memory = peak_memory(&subject, start, place.path(), rounds.unwrap_or(MEMORY_ROUNDS))?;
        let name = format!("peak memory of {}", start.name);
        println!("  {name:<50}{memory:>8.2} MiB{}", verdict(memory, start.aim.map(|_| MEMORY_AIM), "MiB"));
    }
    for (name, binary, aim) in [
        ("size of the static binary", Some(ours.as_path()), Some(SIZE_AIM)),
        ("size of the other one", against, None),
    ] {
        if let Some(binary) = binary {
            let size = fs::metadata(binary)?.len() as f64 / MIB;
            println!("  {name:<50}{size:>8.2} MiB{}", verdict(size, aim, "MiB"));
        }
    }
    println!();
    Ok(())
}

/// What is started, in which ways.
struct Subject {
    command: PathBuf,
    starts: Vec<Start>,
}

/// How the command is started.
struct Start {
    name: &'static str,
    /// The beam-mtls that it is behind; none for the bare command.
    binary: Option<PathBuf>,
    /// Whether it obtains a certificate from the local CA, instead of finding a valid one.
    renews: bool,
    /// Milliseconds that may be added.
    aim: Option<f64>,
}

fn starts(ours: &Path, against: Option<&Path>) -> Vec<Start> {
    let start = |name, binary: Option<&Path>, renews, aim| Start {
        name,
        binary: binary.map(Path::to_owned),
        renews,
        aim,
    };
    let mut starts = vec![
        start("`true`", None, false, None),
        start("`run`, certificate there", Some(ours), false, Some(3.0)),
        start("`run --renew`", Some(ours), true, Some(5.0)),
    ];
    if against.is_some() {
        starts.push(start("the other `run`, certificate there", against, false, None));
        starts.push(start("the other `run --renew`", against, true, None));
    }
    starts
}

impl Start {
    fn words(&self, command: &Path, directory: &Path) -> Vec<PathBuf> {
        let Some(binary) = &self.binary else { return vec![command.to_owned()] };
        // Each binary has files of its own: it would rewrite those of another.
        let directory = directory.join(binary.to_string_lossy().replace('/', "_"));
        let mut words = vec![binary.clone()];
        words.extend(["run", "--source=local", "--name=bench@127.0.0.1"].map(PathBuf::from));
        words.extend(["--directory".into(), directory.join("certificate")]);
        words.extend(["--config-directory".into(), directory.join("config")]);
        if self.renews {
            words.push("--renew".into());
        }
        words.extend(["--".into(), command.to_owned()]);
        words
    }
}

fn times(subject: &Subject, place: &Place, rounds: usize) -> Result<()> {
    let mut samples: Vec<Samples> = subject.starts.iter().map(|_| Samples::default()).collect();
    for round in 0..WARM_UP + rounds {
        for (start, samples) in subject.starts.iter().zip(&mut samples) {
            let mut command = command(start.words(&subject.command, place.path()), place.path());
            let since = Instant::now();
            let status = command.status();
            let time = since.elapsed();
            ensure!(status?.success(), "{command:?} failed");
            if round >= WARM_UP {
                samples.push(time);
            }
        }
    }
    println!("\n  {}\n{:>51}{:>12}{:>12}{:>12}", place.name, "25 % below", "median", "95 % below", "added");
    let bare = samples[0].percentile(50);
    for (start, samples) in subject.starts.iter().zip(&samples) {
        let [fast, median, slow] = [25, 50, 95].map(|percent| samples.percentile(percent));
        let added = if start.binary.is_some() {
            let verdict = verdict(median - bare, start.aim.filter(|_| place.is_memory), "ms");
            format!("{:>9.2} ms{verdict}", median - bare)
        } else {
            String::new()
        };
        println!("    {:<35}{fast:>9.2} ms{median:>9.2} ms{slow:>9.2} ms{added}", start.name);
    }
    Ok(())
}

/// The most memory that a process used in any of the runs, in MiB.
///
/// The kernel's figure covers every program that the process has been: the fork of its parent, beam-mtls, and the
/// command. So the parent must be small, which we are not: the command `time` is. The bare command shows how much of the
/// figure belongs to `time` and the command; the rest belongs to beam-mtls.
fn peak_memory(subject: &Subject, start: &Start, directory: &Path, rounds: usize) -> Result<f64> {
    let report = directory.join("memory");
    let mut peak: f64 = 0.0;
    for _ in 0..rounds {
        let time = ["time", "--format=%M", "--output"].map(PathBuf::from);
        let words = time.into_iter().chain([report.clone()]).chain(start.words(&subject.command, directory));
        let status = command(words.collect(), directory).status()?;
        ensure!(status.success(), "time failed: {status}");
        let kib: f64 = fs::read_to_string(&report)?.trim().parse().context("time wrote no number")?;
        peak = peak.max(kib / 1024.0);
    }
    Ok(peak)
}

/// In an environment in which only beam-mtls makes a difference.
fn command(words: Vec<PathBuf>, directory: &Path) -> Command {
    let mut words = words.into_iter();
    let mut command = Command::new(words.next().unwrap_or_default());
    command
        .args(words)
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("HOME", directory)
        .env("XDG_STATE_HOME", directory.join("state"))
        .env("BEAM_MTLS_COOKIE", "cookie-of-the-bench")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn verdict(value: f64, aim: Option<f64>, unit: &str) -> String {
    aim.map_or_else(String::new, |aim| {
        format!("  aim: {aim} {unit}, {}", if value <= aim { "met" } else { "MISSED" })
    })
}

const WARM_UP: usize = 20;
const ROUNDS: usize = 300;
const MEMORY_ROUNDS: usize = 20;

const MEMORY_AIM: f64 = 6.0;
const SIZE_AIM: f64 = 6.0;
const MIB: f64 = 1024.0 * 1024.0;
