//! The way to the cluster: its command line tools, and how far a scenario may go.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::RwLock;

/// One for all scenarios of a run.
#[derive(Debug)]
pub struct Cluster {
    kubectl: PathBuf,
    helms: Vec<PathBuf>,
    context: Option<String>,
    xtask: Option<PathBuf>,
    full_matrix: bool,
    /// Scenarios that only use what runs on the cluster read; one that stops something of it writes.
    pub(crate) exclusive: RwLock<()>,
}

impl Cluster {
    /// The cluster that the environment names, or what is missing.
    #[expect(clippy::disallowed_methods, reason = "the door for the environment")]
    pub fn from_environment() -> Result<Self, String> {
        let path = |name: &str| std::env::var_os(name).map(PathBuf::from);
        let kubectl = path(KUBECTL).ok_or_else(|| format!("{KUBECTL} is not set; {ADVICE}"))?;
        let context = std::env::var(CONTEXT).ok();
        // kubectl would ask whatever cluster the user works with.
        if context.is_none() && path("KUBECONFIG").is_none() {
            return Err(format!("neither KUBECONFIG nor {CONTEXT} is set; {ADVICE}"));
        }
        let helms = std::env::var_os(HELMS).ok_or_else(|| format!("{HELMS} is not set; {ADVICE}"))?;
        Ok(Self {
            kubectl,
            helms: std::env::split_paths(&helms).collect(),
            context,
            xtask: path(XTASK),
            full_matrix: path(FULL_MATRIX).is_some(),
            exclusive: RwLock::new(()),
        })
    }

    /// Whether to run the scenarios that add little to the others, too.
    pub fn full_matrix(&self) -> bool {
        self.full_matrix
    }

    /// kubectl, with what it needs to reach the cluster.
    pub fn kubectl(&self) -> Command {
        let mut kubectl = Command::new(&self.kubectl);
        kubectl.args(self.context.iter().map(|name| format!("--context={name}")));
        kubectl
    }

    /// The programs of all major versions of Helm that are there.
    pub fn helms(&self) -> &[PathBuf] {
        &self.helms
    }

    /// One of them, with what it needs to reach the cluster.
    pub fn helm(&self, program: &Path) -> Command {
        let mut helm = Command::new(program);
        helm.args(self.context.iter().map(|name| format!("--kube-context={name}")));
        helm
    }

    /// `cargo xtask cluster`, if the whole cluster belongs to the tests. Only then may a scenario stop what others use.
    pub fn xtask(&self) -> Option<Command> {
        self.xtask.as_ref().map(|xtask| {
            let mut command = Command::new(xtask);
            command.arg("cluster");
            command
        })
    }
}

const FULL_MATRIX: &str = "CLUSTER_FULL_MATRIX";
const KUBECTL: &str = "CLUSTER_KUBECTL";
const HELMS: &str = "CLUSTER_HELMS";
const CONTEXT: &str = "CLUSTER_CONTEXT";
const XTASK: &str = "CLUSTER_XTASK";
const ADVICE: &str = "run `cargo xtask test cluster`, which sets it";
