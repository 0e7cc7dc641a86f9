//! A Helm, and the chart that it renders.

use std::path::PathBuf;
use std::process::Command;

/// One version of Helm.
#[derive(Clone)]
pub struct Helm {
    program: PathBuf,
    /// What it calls itself.
    pub version: String,
}

impl Helm {
    /// Those that the environment names.
    #[expect(clippy::disallowed_methods, reason = "the door for the environment")]
    pub fn all() -> Result<Vec<Self>, String> {
        let programs = std::env::var_os(VARIABLE).ok_or_else(|| {
            format!("{VARIABLE} is not set; set it to the paths of all Helms, separated by colons")
        })?;
        std::env::split_paths(&programs).map(Self::new).collect()
    }

    fn new(program: PathBuf) -> Result<Self, String> {
        let mut helm = Self { program, version: String::new() };
        helm.version = helm.run(&["version", "--template={{.Version}}"])?;
        Ok(helm)
    }

    /// Renders the chart with these arguments and the least that it needs.
    pub fn template(&self, arguments: &[&str]) -> Result<String, String> {
        let values = format!("--values={CHART}/ci/default-values.yaml");
        self.run(&[&["template", "app", CHART, OLDEST_KUBERNETES, &values], arguments].concat())
    }

    /// What it prints, or why it fails.
    pub fn run(&self, arguments: &[&str]) -> Result<String, String> {
        let shown = || format!("{} {}", self.program.display(), arguments.join(" "));
        let output = Command::new(&self.program)
            .args(arguments)
            .output()
            .map_err(|error| format!("cannot run {}: {error}", shown()))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if output.status.success() {
            Ok(text(&output.stdout))
        } else {
            Err(format!("{}: {}\n{}{}", shown(), output.status, text(&output.stdout), text(&output.stderr)))
        }
    }
}

/// The chart's directory.
pub const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../helm/clustered-app");

const VARIABLE: &str = "CLUSTER_HELMS";

/// That the chart supports. Without it, Helm assumes a version that depends on how it was built.
const OLDEST_KUBERNETES: &str = "--kube-version=1.25.0";
