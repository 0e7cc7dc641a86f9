//! `cargo xtask bench`: what beam-mtls costs, measured against doing without it. It says what it needs before it
//! begins, and passes no judgement by exit code: how fast a machine is depends on what else it does.

mod cluster;
mod place;
mod samples;
mod startup;

use std::fs;
use std::process::{Command, ExitCode};
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use testbed::builds::musl;
use testbed::packages::{self, Package};
use testbed::roots::{otp, release};
use testbed::{Workspace, environment, kubernetes};

use crate::prepare;
use crate::step::{self, Steps};

/// What can be measured by itself.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Part {
    /// Time and memory until the command runs, and the size of the binary
    Startup,
    /// Connections of nodes of OTP 25, 27 and 29, with OTP's TLS and plain TCP beside ours (needs root)
    Distribution,
    /// Releases of each kind and their consoles, without beam-mtls beside (needs root)
    Launchers,
    /// Certificates and pods in a real cluster, with the least that they can take and a shell script beside (needs root)
    Cluster,
}

/// Measures the parts that were named, or all.
pub fn run(workspace: &Workspace, named: &[Part]) -> Result<ExitCode> {
    let parts = if named.is_empty() { Part::value_variants() } else { named };
    for part in parts {
        println!("{}", about(*part));
    }
    println!("logs          {}\n", workspace.shown(&step::logs(workspace)));
    if let Some(reason) = obstacle(parts) {
        bail!("{reason}");
    }

    let steps = Steps::new(workspace);
    if !prepare(workspace, parts, &steps) {
        return Ok(steps.close());
    }
    println!(
        "\ncargo xtask bench {}\n{}\n",
        parts.iter().map(|part| part.name()).collect::<Vec<_>>().join(" "),
        machine()?
    );
    for part in parts {
        match part {
            Part::Startup => startup::measure(workspace)?,
            Part::Distribution => scenarios(workspace, "distribution")?,
            Part::Launchers => scenarios(workspace, "launchers")?,
            Part::Cluster => cluster::measure(workspace)?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

impl Part {
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

fn prepare(workspace: &Workspace, parts: &[Part], steps: &Steps) -> bool {
    let prepared = |part| match part {
        Part::Startup => true,
        Part::Distribution => {
            prepare::roots(workspace, steps)
                && steps.run("distribution", |log| {
                    log.run(cargo_bench(workspace, "distribution").arg("--no-run"))
                })
        }
        Part::Launchers => {
            prepare::roots(workspace, steps)
                && steps.run("launchers", |log| {
                    // The release in the middle is the one that they are measured on.
                    release::build(workspace, &otp::RELEASES[1], log)?;
                    log.run(cargo_bench(workspace, "launchers").arg("--no-run"))
                })
        }
        Part::Cluster => cluster::prepare(workspace, steps),
    };
    steps.run("musl", |log| musl::build(workspace, log)) && parts.iter().copied().all(prepared)
}

fn scenarios(workspace: &Workspace, name: &str) -> Result<()> {
    let status = cargo_bench(workspace, name).arg("--quiet").status().context("cannot run cargo")?;
    ensure!(status.success(), "{name}: not measured to the end: {status}");
    Ok(())
}

fn cargo_bench(workspace: &Workspace, name: &str) -> Command {
    let mut cargo = environment::cargo();
    cargo
        .args(["bench", "--locked", "--package", "scenarios", "--bench", name])
        .current_dir(&workspace.root)
        .env("CARGO_TERM_COLOR", "never")
        .env("BEAM_MTLS_OTP_ROOTS", otp::directory(workspace))
        .env("BEAM_MTLS_BINARY", musl::binary(workspace, "beam-mtls"));
    cargo
}

/// Why the parts cannot be measured here.
fn obstacle(parts: &[Part]) -> Option<String> {
    let mut missing = packages::missing(&packages::MUSL);
    if parts.contains(&Part::Startup) || parts.contains(&Part::Cluster) {
        missing.extend(packages::missing(&[TIME]));
    }
    if parts.contains(&Part::Cluster) {
        missing.extend(packages::missing(&packages::CLUSTER));
    }
    if !missing.is_empty() {
        return Some(packages::advice(&missing));
    }
    let roots = parts.iter().any(|part| *part != Part::Startup).then(otp::obstacle).flatten();
    roots.or_else(|| parts.contains(&Part::Cluster).then(kubernetes::obstacle).flatten())
}

fn about(part: Part) -> &'static str {
    match part {
        Part::Startup => {
            "startup       builds a static beam-mtls (1 min when cold) and starts it 1300 times: 20 s; \
             needs the packages musl-tools and time"
        }
        Part::Launchers => {
            "launchers     nodes of OTP 27 as releases of mix and relx, as a shipment and by erl, and their consoles: 3 min; \
             needs root"
        }
        Part::Distribution => {
            "distribution  builds it, makes the root file systems of OTP 25, 27 and 29 (3 min when cold) \
             and lets nodes talk: 6 min"
        }
        Part::Cluster => {
            "cluster       builds both, brings a cluster up unless it runs (20 min when cold), and obtains 2000 \
             certificates in the namespace podcert-bench: 10 min"
        }
    }
}

/// What figures mean without the machine is nothing.
fn machine() -> Result<String> {
    let cpu = fs::read_to_string("/proc/cpuinfo")?;
    let model = cpu.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or("unknown");
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let load = fs::read_to_string("/proc/loadavg")?;
    Ok(format!(
        "{} x {}, Linux {}, load {}",
        thread::available_parallelism()?,
        model.trim_start_matches([' ', '\t', ':']),
        kernel.trim(),
        load.split(' ').next().unwrap_or_default()
    ))
}

/// Tells how much memory a process used.
const TIME: Package = Package { name: "time", command: "time" };
