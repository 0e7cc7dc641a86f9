//! What a run is going to do; printed before it starts.

use std::fmt;

use testbed::builds::{cross, musl};
use testbed::roots::otp;
use testbed::{Workspace, environment, packages};

use super::Part;
use crate::{deny, step};

/// What is to be run, and what this machine lacks. The plan is its `Display`.
pub struct Plan {
    parts: Vec<Part>,
    /// What is missing: it is installed, or else steps are skipped.
    missing: Vec<String>,
    can_install: bool,
    /// Where cargo-deny will be built, if it must be.
    deny: Option<String>,
    roots: Vec<&'static str>,
    logs: String,
}

impl Plan {
    /// Checks what is missing on this machine.
    pub fn new(workspace: &Workspace, parts: &[Part], missing_packages: &[&str]) -> Self {
        let beam = parts.contains(&Part::Beam);
        let cluster = parts.contains(&Part::Cluster) || parts.contains(&Part::Launchers);
        let mut missing = Vec::new();
        if !missing_packages.is_empty() {
            missing.push(format!("Debian packages {}", missing_packages.join(" ")));
        }
        let targets = [(beam || cluster).then(musl::target), beam.then(|| cross::TARGET.to_owned())];
        for target in targets.into_iter().flatten().filter(|target| !musl::is_installed(target)) {
            missing.push(format!("Rust target {target}"));
        }
        let unmade = otp::RELEASES.iter().filter(|release| !otp::seems_made(workspace, release));
        Self {
            parts: parts.to_vec(),
            missing,
            can_install: packages::can_install(),
            deny: (parts.contains(&Part::Unit) && !deny::is_installed(workspace))
                .then(|| workspace.shown(&deny::directory(workspace))),
            roots: unmade
                .filter(|_| environment::is_root() && (beam || cluster))
                .map(|release| release.otp)
                .collect(),
            logs: workspace.shown(&step::logs(workspace)),
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            writeln!(f, "{}", about(*part))?;
        }
        let missing = self.missing.join("; ");
        match (missing.as_str(), self.can_install) {
            ("", _) => writeln!(f, "installs  nothing")?,
            (_, true) => writeln!(f, "installs  {missing}")?,
            (_, false) => writeln!(
                f,
                "missing   {missing}; only root can install packages, so steps that need them are skipped"
            )?,
        }
        if let Some(directory) = &self.deny {
            writeln!(f, "builds    cargo-deny {}, in {directory}: 1 min", deny::VERSION)?;
        }
        if !self.roots.is_empty() {
            writeln!(f, "makes     root file systems of OTP {}, 0.4 GB each", self.roots.join(", "))?;
        }
        writeln!(f, "logs      {}", self.logs)
    }
}

fn about(part: Part) -> &'static str {
    match part {
        Part::Unit => {
            "unit      format, lints, rules, dependencies, tests, documentation: 4 min when cold, 1 min when warm"
        }
        Part::Beam => {
            "beam      nodes of OTP 25, 27 and 29 with a static beam-mtls: 9 min when cold, 4 min when warm"
        }
        Part::Cluster => {
            "cluster   Kubernetes with cert-manager, built from Go modules: 32 min when cold, 11 min when warm"
        }
        Part::Launchers => "launchers all launchers in pods of that cluster: 6 min once it is up",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_lists_everything_that_is_installed_and_made() {
        let plan = Plan {
            missing: vec!["Debian packages strace".into()],
            deny: Some("target/tools".into()),
            roots: vec!["25", "29"],
            ..warm()
        };
        let text = plan.to_string();
        let starts: Vec<_> = text.lines().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(starts, ["unit", "beam", "installs", "builds", "makes", "logs"]);
        assert!(text.contains("\ninstalls  Debian packages strace\n"));
        assert!(text.contains("\nbuilds    cargo-deny 0.20.2, in target/tools: 1 min\n"));
        assert!(text.contains("\nmakes     root file systems of OTP 25, 29, 0.4 GB each\n"));
    }

    #[test]
    fn nothing_is_installed_if_nothing_is_missing() {
        assert!(warm().to_string().ends_with("\ninstalls  nothing\nlogs      target/xtask/logs\n"));
    }

    #[test]
    fn without_root_nothing_is_installed() {
        let plan = Plan { missing: vec!["Debian packages strace".into()], can_install: false, ..warm() };
        assert!(plan.to_string().contains("\nmissing   Debian packages strace; only root"));
    }

    fn warm() -> Plan {
        Plan {
            parts: vec![Part::Unit, Part::Beam],
            missing: vec![],
            can_install: true,
            deny: None,
            roots: vec![],
            logs: "target/xtask/logs".into(),
        }
    }
}
