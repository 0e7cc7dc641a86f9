//! `cargo xtask bench`: what beam-mtls costs, compared with the same setup without it. It prints what it needs before it
//! starts. Its exit code only shows whether it ran to the end, since the figures depend on what else the machine does.

mod cluster;
mod machine;
mod place;
mod samples;
mod startup;

use std::env::current_exe;
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail, ensure};
use clap::ValueEnum;
use testbed::builds::musl;
use testbed::roots::{otp, release};
use testbed::{Workspace, environment, kubernetes, packages};

use crate::prepare;
use crate::step::{self, Steps};

/// What can be measured separately.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Part {
    /// Time and memory until the command runs, and the size of the binary
    Startup,
    /// Connections between nodes of OTP 25, 27 and 29, compared with OTP's TLS and plain TCP (needs root)
    Distribution,
    /// Releases of each kind and their consoles, compared with the same without beam-mtls (needs root)
    Launchers,
    /// Certificates and pods in a real cluster, compared with the least that they can take and a shell script (needs root)
    Cluster,
}

/// Measures the parts that are named, or all; each measurement as often as its figures need, or as many rounds as given.
pub fn run(
    workspace: &Workspace,
    named: &[Part],
    rounds: Option<usize>,
    against: Option<&Path>,
) -> Result<ExitCode> {
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
        machine::description()?
    );
    for part in parts {
        match part {
            Part::Startup => startup::measure(workspace, rounds, against)?,
            Part::Distribution => scenarios(workspace, "distribution", rounds)?,
            Part::Launchers => scenarios(workspace, "launchers", rounds)?,
            Part::Cluster => cluster::measure(workspace, rounds)?,
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs one part with a single round as a step of the tests, so that it keeps working. Its figures do not matter.
pub fn run_once(steps: &Steps, part: Part) {
    let name = format!("bench-{}", part.name());
    match obstacle(&[part]) {
        Some(reason) => steps.skip(&name, &reason),
        None => {
            steps.run(&name, |log| {
                log.run(Command::new(current_exe()?).args(["bench", &part.name(), "--rounds", "1"]))
            });
        }
    }
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
    prepare::binaries(workspace, steps) && parts.iter().copied().all(prepared)
}

fn scenarios(workspace: &Workspace, name: &str, rounds: Option<usize>) -> Result<()> {
    let mut bench = cargo_bench(workspace, name);
    bench.arg("--quiet");
    if let Some(rounds) = rounds {
        bench.args(["--", "--rounds", &rounds.to_string()]);
    }
    let status = bench.status().context("cannot run cargo")?;
    ensure!(status.success(), "{name} did not run to the end: {status}");
    Ok(())
}

/// Without optimization, since these programs only start others and wait: so what the tests have built is used again.
fn cargo_bench(workspace: &Workspace, name: &str) -> Command {
    let mut cargo = environment::cargo();
    cargo
        .args(["bench", "--locked", "--profile", "dev", "--package", "scenarios", "--bench", name])
        .current_dir(&workspace.root)
        .env("CARGO_TERM_COLOR", "never")
        .env("BEAM_MTLS_OTP_ROOTS", otp::directory(workspace))
        .env("BEAM_MTLS_BINARY", musl::binary(workspace, "beam-mtls"));
    cargo
}

/// Why the parts cannot be measured on this machine.
fn obstacle(parts: &[Part]) -> Option<String> {
    let mut missing = packages::missing(&packages::MUSL);
    if parts.contains(&Part::Startup) || parts.contains(&Part::Cluster) {
        missing.extend(packages::missing(&packages::BENCH));
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
            "launchers     starts releases of mix and relx, a Gleam shipment and erl on OTP 27, and their consoles: 3 min; \
             needs root"
        }
        Part::Distribution => {
            "distribution  makes the root file systems of OTP 25, 27 and 29 (3 min when cold) and connects nodes: 6 min; \
             needs root"
        }
        Part::Cluster => {
            "cluster       brings a cluster up, unless one is up (20 min when cold), and obtains 2000 certificates in the \
             namespace podcert-bench: 10 min; needs root"
        }
    }
}
