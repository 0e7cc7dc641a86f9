//! What a run is going to do, said before it begins.

use std::fmt;

use super::Part;
use crate::workspace::Workspace;
use crate::{cross, environment, musl, otp, packages, step};

/// Facts about this machine and what was asked for; its text is the plan.
pub struct Plan {
    parts: Vec<Part>,
    /// What is missing and will be installed, or is missed.
    missing: Vec<String>,
    can_install: bool,
    roots: Vec<&'static str>,
    logs: String,
}

impl Plan {
    /// Looks what is missing here.
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
                "misses    {missing}; only root can install packages, what needs them is skipped"
            )?,
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
            "unit      format, lints, rules, licences, tests, documentation: 3 min when cold, 1 min when warm"
        }
        Part::Beam => {
            "beam      nodes of OTP 25, 27 and 29 with a static beam-mtls: 8 min when cold, 3 min when warm"
        }
        Part::Cluster => {
            "cluster   Kubernetes with cert-manager, built from Go modules: 30 min when cold, 10 min when warm"
        }
        Part::Launchers => "launchers all of them in pods of that cluster: 6 min once it is up",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cold_machine_is_told_all_that_will_come() {
        let plan = Plan { missing: vec!["Debian packages strace".into()], roots: vec!["25", "29"], ..warm() };
        let text = plan.to_string();
        let starts: Vec<_> = text.lines().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(starts, ["unit", "beam", "installs", "makes", "logs"]);
        assert!(text.contains("\ninstalls  Debian packages strace\n"));
        assert!(text.contains("\nmakes     root file systems of OTP 25, 29, 0.4 GB each\n"));
    }

    #[test]
    fn a_warm_machine_installs_nothing() {
        assert!(warm().to_string().ends_with("\ninstalls  nothing\nlogs      target/xtask/logs\n"));
    }

    #[test]
    fn without_root_nothing_is_promised() {
        let plan = Plan { missing: vec!["Debian packages strace".into()], can_install: false, ..warm() };
        assert!(plan.to_string().contains("\nmisses    Debian packages strace; only root"));
    }

    fn warm() -> Plan {
        Plan {
            parts: vec![Part::Unit, Part::Beam],
            missing: vec![],
            can_install: true,
            roots: vec![],
            logs: "target/xtask/logs".into(),
        }
    }
}
