//! What a run is going to do, said before it begins.

use std::fmt;

use super::Part;
use crate::workspace::Workspace;
use crate::{musl, otp, step};

/// Facts about this machine and what was asked for; its text is the plan.
pub struct Plan {
    parts: Vec<Part>,
    installs: Vec<String>,
    roots: Vec<&'static str>,
    logs: String,
}

impl Plan {
    /// Looks what is missing here.
    pub fn new(workspace: &Workspace, parts: &[Part], packages: &[&str]) -> Self {
        let beam = parts.contains(&Part::Beam);
        let mut installs: Vec<_> = packages.iter().map(|name| format!("Debian package {name}")).collect();
        if beam && !musl::target_is_installed() {
            installs.push(format!("Rust target {}", musl::target()));
        }
        let unmade = otp::RELEASES.iter().filter(|release| beam && !otp::seems_made(workspace, release));
        Self {
            parts: parts.to_vec(),
            installs,
            roots: unmade.map(|release| release.otp).collect(),
            logs: workspace.shown(&step::logs(workspace)),
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.parts {
            writeln!(f, "{}", about(*part))?;
        }
        let installs = if self.installs.is_empty() { "nothing".to_owned() } else { self.installs.join(", ") };
        writeln!(f, "installs  {installs}")?;
        if !self.roots.is_empty() {
            writeln!(f, "makes     root file systems of OTP {}, 0.3 GB each", self.roots.join(", "))?;
        }
        writeln!(f, "logs      {}", self.logs)
    }
}

fn about(part: Part) -> &'static str {
    match part {
        Part::Unit => {
            "unit      format, lints, rules, licences, tests, documentation: 4 min when cold, 1 min when warm"
        }
        Part::Beam => {
            "beam      nodes of OTP 25, 27 and 29 with a static beam-mtls: 12 min when cold, 5 min when warm"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cold_machine_is_told_all_that_will_come() {
        let plan = Plan {
            parts: vec![Part::Unit, Part::Beam],
            installs: vec!["Debian package strace".into(), "Rust target x86_64-unknown-linux-musl".into()],
            roots: vec!["25", "29"],
            logs: "target/xtask/logs".into(),
        };
        let text = plan.to_string();
        let starts: Vec<_> = text.lines().map(|line| line.split(' ').next().unwrap()).collect();
        assert_eq!(starts, ["unit", "beam", "installs", "makes", "logs"]);
        assert!(text.contains("\ninstalls  Debian package strace, Rust target x86_64-unknown-linux-musl\n"));
        assert!(text.contains("\nmakes     root file systems of OTP 25, 29, 0.3 GB each\n"));
    }

    #[test]
    fn a_warm_machine_installs_nothing() {
        let plan = Plan {
            parts: vec![Part::Unit],
            installs: vec![],
            roots: vec![],
            logs: "target/xtask/logs".into(),
        };
        assert!(plan.to_string().ends_with("\ninstalls  nothing\nlogs      target/xtask/logs\n"));
    }
}
