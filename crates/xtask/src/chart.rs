//! The files of the Helm chart that are generated from its `values.yaml`: the schema, and the tables in its README. The
//! generator is a separate crate, so that its dependencies do not delay the first command on a fresh machine.

use std::process::ExitCode;

use anyhow::Result;
use testbed::{Log, Workspace, environment};

use crate::step::Steps;

/// `cargo xtask chart [--check]`
pub fn run(workspace: &Workspace, check_only: bool) -> Result<ExitCode> {
    let steps = Steps::new(workspace);
    steps.run("chart", |log| if check_only { check(workspace, log) } else { generate(workspace, log, &[]) });
    Ok(steps.close())
}

/// Compares the committed files with those generated from `values.yaml`, and the templates with the values.
pub fn check(workspace: &Workspace, log: &Log) -> Result<()> {
    generate(workspace, log, &["--check"])
}

fn generate(workspace: &Workspace, log: &Log, arguments: &[&str]) -> Result<()> {
    let mut cargo = environment::cargo();
    cargo.args(["run", "--quiet", "--locked", "--package", "chart-docs", "--"]).args(arguments).arg(CHART);
    log.run(cargo.current_dir(&workspace.root).env("CARGO_TERM_COLOR", "never"))
}

const CHART: &str = "helm/clustered-app";
