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

/// Measures and prints.
pub fn measure(workspace: &Workspace, rounds: Option<usize>) -> Result<()> {
    let subject = Subject {
        binary: musl::binary(workspace, "beam-mtls"),
        command: environment::find("true").context("there is no `true` on PATH")?,
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
    for way in Way::ALL {
        let memory = peak_memory(&subject, way, place.path(), rounds.unwrap_or(MEMORY_ROUNDS))?;
        println!(
            "  {:<34}{memory:>8.2} MiB{}",
            way.memory_name(),
            verdict(memory, way.aim().map(|_| MEMORY_AIM), "MiB")
        );
    }
    let size = fs::metadata(&subject.binary)?.len() as f64 / MIB;
    println!("  {:<34}{size:>8.2} MiB{}", "size of the static binary", verdict(size, Some(SIZE_AIM), "MiB"));
    println!();
    Ok(())
}

/// What is started.
struct Subject {
    binary: PathBuf,
    command: PathBuf,
}

/// How the command is started.
#[derive(Clone, Copy)]
enum Way {
    /// By itself.
    Bare,
    /// Behind beam-mtls, which finds a valid certificate.
    Kept,
    /// Behind beam-mtls, which obtains a certificate from the local CA.
    Renewed,
}

impl Way {
    const ALL: [Self; 3] = [Self::Bare, Self::Kept, Self::Renewed];

    fn name(self) -> &'static str {
        match self {
            Self::Bare => "true",
            Self::Kept => "behind `run`, certificate there",
            Self::Renewed => "behind `run --renew`",
        }
    }

    fn memory_name(self) -> &'static str {
        match self {
            Self::Bare => "peak memory of `true` (the floor)",
            Self::Kept => "... of `run`, certificate there",
            Self::Renewed => "... of `run --renew`",
        }
    }

    /// Milliseconds that may be added.
    fn aim(self) -> Option<f64> {
        match self {
            Self::Bare => None,
            Self::Kept => Some(3.0),
            Self::Renewed => Some(5.0),
        }
    }

    fn words(self, subject: &Subject, directory: &Path) -> Vec<PathBuf> {
        let mut words = Vec::new();
        if !matches!(self, Self::Bare) {
            words.push(subject.binary.clone());
            words.extend(["run", "--source=local", "--name=bench@127.0.0.1"].map(PathBuf::from));
            words.extend(["--directory".into(), directory.join("certificate")]);
            words.extend(["--config-directory".into(), directory.join("config")]);
        }
        if matches!(self, Self::Renewed) {
            words.push("--renew".into());
        }
        if !matches!(self, Self::Bare) {
            words.push("--".into());
        }
        words.push(subject.command.clone());
        words
    }
}

fn times(subject: &Subject, place: &Place, rounds: usize) -> Result<()> {
    let mut samples: [Samples; 3] = Default::default();
    for round in 0..WARM_UP + rounds {
        for (way, samples) in Way::ALL.into_iter().zip(&mut samples) {
            let mut command = command(way.words(subject, place.path()), place.path());
            let since = Instant::now();
            let status = command.status();
            let time = since.elapsed();
            ensure!(status?.success(), "{command:?} failed");
            if round >= WARM_UP {
                samples.push(time);
            }
        }
    }
    println!("\n  {}\n{:>48}{:>12}{:>12}{:>12}", place.name, "25 % below", "median", "95 % below", "added");
    let bare = samples[0].percentile(50);
    for (way, samples) in Way::ALL.into_iter().zip(&samples) {
        let [fast, median, slow] = [25, 50, 95].map(|percent| samples.percentile(percent));
        let added = way.aim().map_or_else(String::new, |aim| {
            let added = median - bare;
            let verdict = verdict(added, place.is_memory.then_some(aim), "ms");
            format!("{added:>9.2} ms{verdict}")
        });
        println!("    {:<32}{fast:>9.2} ms{median:>9.2} ms{slow:>9.2} ms{added}", way.name());
    }
    Ok(())
}

/// The most memory that a process used in any of the runs, in MiB.
///
/// The kernel's figure covers every program that the process has been: the fork of its parent, beam-mtls, and the
/// command. So the parent must be small, which we are not: the command `time` is. The bare command shows how much of the
/// figure belongs to `time` and the command; the rest belongs to beam-mtls.
fn peak_memory(subject: &Subject, way: Way, directory: &Path, rounds: usize) -> Result<f64> {
    let report = directory.join("memory");
    let mut peak: f64 = 0.0;
    for _ in 0..rounds {
        let time = ["time", "--format=%M", "--output"].map(PathBuf::from);
        let words = time.into_iter().chain([report.clone()]).chain(way.words(subject, directory));
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
