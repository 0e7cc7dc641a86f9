//! What `cargo xtask cluster up` is going to do; printed before it starts.

use std::fmt;

use testbed::Workspace;
use testbed::kubernetes::Layout;
use testbed::kubernetes::modules::MODULES;

use crate::step;

/// The plan is its `Display`.
pub struct Plan {
    missing: Vec<&'static str>,
    /// Modules to build, with the minutes that each takes.
    builds: Vec<(&'static str, u8)>,
    directory: String,
    logs: [String; 2],
}

impl Plan {
    /// Checks what is already built.
    pub fn new(workspace: &Workspace, layout: &Layout, missing_packages: &[&'static str]) -> Self {
        let unbuilt = MODULES.iter().filter(|module| !module.is_built(layout));
        Self {
            missing: missing_packages.to_vec(),
            builds: unbuilt.map(|module| (module.name, module.minutes)).collect(),
            directory: workspace.shown(&layout.root),
            logs: [workspace.shown(&step::logs(workspace)), workspace.shown(&layout.logs())],
        }
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "cluster   Kubernetes with cert-manager, in its own namespaces: half a minute once it is built"
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
                self.directory
            )?;
        }
        writeln!(f, "logs      {} for the steps, {} for the cluster's programs", self.logs[0], self.logs[1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_lists_what_is_built_and_how_long_it_takes() {
        let text = Plan {
            missing: vec!["runc"],
            builds: vec![("helm", 2), ("kubernetes", 10)],
            directory: "target/cluster".into(),
            logs: ["target/xtask/logs".into(), "target/cluster/logs".into()],
        }
        .to_string();
        assert!(text.contains("\ninstalls  Debian packages runc\n"));
        assert!(text.contains("\nbuilds    helm, kubernetes from Go modules, in target/cluster: 12 min on"));
    }
}
