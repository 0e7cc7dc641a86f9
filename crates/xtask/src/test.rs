//! `cargo xtask test`: says what it will do, does all that this machine can, and counts.

mod beam;
mod cluster;
mod plan;
mod unit;

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::thread;

use anyhow::Result;
use clap::ValueEnum;

use crate::step::Steps;
use crate::workspace::Workspace;
use crate::{cross, packages};

/// What can be run by itself.
#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
pub enum Part {
    /// Format, lints, rules of the house, licences, tests without a node, documentation
    Unit,
    /// Nodes of OTP 25, 27 and 29 that talk to each other
    Beam,
    /// A Kubernetes cluster with cert-manager, and what it leaves behind
    Cluster,
    /// On that cluster, every launcher on every OTP in both kinds of workloads, of which `cluster` plays half; only when named
    Launchers,
}

/// What is run when nothing is named.
const USUAL: [Part; 3] = [Part::Unit, Part::Beam, Part::Cluster];

/// Runs the parts that were named, or all.
pub fn run(workspace: &Workspace, named: &[Part]) -> Result<ExitCode> {
    let parts = if named.is_empty() { &USUAL } else { named };
    let (unit, beam) = (parts.contains(&Part::Unit), parts.contains(&Part::Beam));
    let missing = missing_packages(parts);
    println!("{}", plan::Plan::new(workspace, parts, &missing));

    let steps = Steps::new(workspace);
    // Where they cannot be installed, the steps that need them are skipped.
    if !missing.is_empty() && packages::may_install(&missing)? {
        steps.run("packages", |log| packages::install(&missing, log));
    }
    // Root file systems are downloads and small writes: they are made while cargo has the processors.
    thread::scope(|scope| {
        let roots = beam.then(|| scope.spawn(|| beam::make_roots(workspace, &steps)));
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

/// Runs what can be run on a cluster of the user's, of which it leaves nothing but images.
pub fn run_on(workspace: &Workspace, context: String, load: Option<String>) -> Result<ExitCode> {
    println!(
        "cluster   scenarios in namespaces podcert-tests-* of the context {context}, which are removed afterwards"
    );
    println!(
        "images    in target/cluster/images, named podcert.local/test/...; without --load, load them yourself\n"
    );
    let steps = Steps::new(workspace);
    cluster::run_on(&cluster::Theirs { context, load }, workspace, &steps)?;
    Ok(steps.close())
}

fn missing_packages(parts: &[Part]) -> Vec<&'static str> {
    let needed = |part: &Part| match part {
        Part::Unit => packages::missing(&packages::UNIT),
        Part::Beam => [&packages::OTP[..], &packages::MUSL, &cross::PACKAGES].map(packages::missing).concat(),
        Part::Cluster | Part::Launchers => {
            [&packages::CLUSTER[..], &packages::OTP, &packages::MUSL].map(packages::missing).concat()
        }
    };
    // What several parts need is named once.
    parts.iter().flat_map(needed).collect::<BTreeSet<_>>().into_iter().collect()
}
