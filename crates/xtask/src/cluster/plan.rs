//! What `cargo xtask cluster up` is going to do, said before it begins.

use std::fmt;

use super::build::MODULES;
use super::layout::Layout;
use crate::step;
use crate::workspace::Workspace;

/// Its text is the plan.
pub struct Plan {
    missing: Vec<&'static str>,
    /// Modules that have to be built, each with its minutes.
    builds: Vec<(&'static str, u8)>,
    place: String,
    logs: [String; 2],
}

impl Plan {
    /// Looks what is built already.
    pub fn new(workspace: &Workspace, layout: &Layout, missing_packages: &[&'static str]) -> Self {
        let unbuilt = MODULES.iter().filter(|module| !module.is_built(layout));
        Self {
            missing: missing_packages.to_vec(),
            builds: unbuilt.map(|module| (module.name, module.minutes)).collect(),
            place: workspace.shown(&layout.root),
            logs: [workspace.shown(&step::logs(workspace)), workspace.shown(&layout.logs())],
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "cluster   Kubernetes with cert-manager, in namespaces of its own: half a minute once it is built"
        )?;
        if self.missing.is_empty() {
            writeln!(f, "installs  nothing")?;
        } else {
            writeln!(f, "installs  Debian packages {}", self.missing.join(" "))?;
        }
        if !self.builds.is_empty() {
            let names: Vec<_> = self.builds.iter().map(|(name, _)| *name).collect();
            let minutes: u8 = self.builds.iter().map(|(_, minutes)| minutes).sum();
            writeln!(
                f,
                "builds    {} from Go modules, in {}: {minutes} min on two processors, 10 GB",
                names.join(", "),
                self.place
            )?;
        }
        writeln!(f, "logs      {} of the steps, {} of the cluster's programs", self.logs[0], self.logs[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cold_machine_is_told_what_comes_and_how_long_it_takes() {
        let text = Plan {
            missing: vec!["runc"],
            builds: vec![("helm", 2), ("kubernetes", 10)],
            place: "target/cluster".into(),
            logs: ["target/xtask/logs".into(), "target/cluster/logs".into()],
        }
        .to_string();
        assert!(text.contains("\ninstalls  Debian packages runc\n"));
        assert!(text.contains("\nbuilds    helm, kubernetes from Go modules, in target/cluster: 12 min on"));
    }
}
