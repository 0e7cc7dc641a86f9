//! `cargo xtask test`: prints what it will do, runs every test that this machine can run, and counts the results.

mod beam;
mod cluster;
mod plan;
mod unit;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::thread;

use anyhow::Result;
use clap::ValueEnum;
use testbed::builds::cross;
use testbed::{Workspace, packages};

use crate::step::Steps;
use crate::{install, prepare};

/// What can be run separately.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Part {
    /// Format, lints, tidy rules, dependencies, tests without nodes, documentation
    Unit,
    /// Nodes of OTP 25, 27 and 29 that connect to each other
    Beam,
    /// A Kubernetes cluster with cert-manager, and what it leaves behind
    Cluster,
    /// On that cluster, every launcher on every OTP in both kinds of workloads, half of which `cluster` runs; only if named
    Launchers,
}

/// The parts that run if none is named.
const DEFAULT: [Part; 3] = [Part::Unit, Part::Beam, Part::Cluster];

/// Runs the parts that are named, or the default ones.
pub fn run(workspace: &Workspace, named: &[Part]) -> Result<ExitCode> {
    let parts = if named.is_empty() { &DEFAULT } else { named };
    let (unit, beam) = (parts.contains(&Part::Unit), parts.contains(&Part::Beam));
    let missing = missing_packages(parts);
    println!("{}", plan::Plan::new(workspace, parts, &missing));

    let steps = Steps::new(workspace);
    // If packages cannot be installed, the steps that need them are skipped.
    if !missing.is_empty() && install::is_allowed(&missing)? {
        steps.run("packages", |log| packages::install(&missing, log));
    }
    // Root file systems need the network and the disk: they are made while cargo uses the processors.
    thread::scope(|scope| {
        let roots = beam.then(|| scope.spawn(|| prepare::roots(workspace, &steps)));
        if unit {
            unit::run(workspace, &steps);
        }
        if let Some(roots) = roots {
            beam::run(workspace, &steps, || roots.join().unwrap_or(false));
        }
    });
    let [cluster, launchers] = [Part::Cluster, Part::Launchers].map(|part| parts.contains(&part));
    if cluster || launchers {
        cluster::run(workspace, &steps, cluster, launchers)?;
    }
    Ok(steps.close())
}

/// Runs what can be run on the user's own cluster, in which only images are left behind.
pub fn run_on(workspace: &Workspace, context: String, load: Option<String>) -> Result<ExitCode> {
    println!(
        "cluster   scenarios in namespaces podcert-tests-* of the context {context}, which are removed afterwards"
    );
    println!(
        "images    in target/cluster/images, named podcert.local/test/...; without --load, load them yourself\n"
    );
    let steps = Steps::new(workspace);
    cluster::run_on(&cluster::UserCluster { context, load }, workspace, &steps)?;
    Ok(steps.close())
}

fn missing_packages(parts: &[Part]) -> Vec<&'static str> {
    let needed = |part: &Part| match part {
        Part::Unit => packages::missing(&packages::UNIT),
        Part::Beam => [&packages::OTP[..], &packages::MUSL, &packages::BENCH, &cross::PACKAGES]
            .map(packages::missing)
            .concat(),
        Part::Cluster | Part::Launchers => {
            [&packages::CLUSTER[..], &packages::OTP, &packages::MUSL, &packages::BENCH]
                .map(packages::missing)
                .concat()
        }
    };
    // A set, since several parts can need the same package.
    parts.iter().flat_map(needed).collect::<BTreeSet<_>>().into_iter().collect()
}
