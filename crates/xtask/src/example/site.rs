//! An example on the cluster: its namespace, its objects, and what its pods print.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use testbed::kubernetes::{Layout, Namespaces};
use testbed::{Log, Workspace};

use super::{Example, Kind, steps, views};

/// An example, and the cluster that it runs on.
pub struct Site<'a> {
    pub workspace: &'a Workspace,
    pub layout: &'a Layout,
    pub namespaces: &'a Namespaces,
    /// The name of the example, and of its Helm release.
    pub name: &'a str,
    pub example: &'a Example,
}

/// The namespace of an example.
pub fn namespace(name: &str) -> String {
    format!("example-{name}")
}

impl Site<'_> {
    /// Creates the namespace, if needed, with the Issuer `ca`.
    pub fn make_namespace(&self, log: &Log) -> Result<()> {
        let namespace = namespace(self.name);
        if self.stdout(&["get", "namespace", &namespace]).is_err() {
            log.run(self.kubectl().args(["create", "namespace", &namespace]))?;
        }
        let label = "pod-security.kubernetes.io/enforce=restricted";
        log.run(self.kubectl().args(["label", "--overwrite", "namespace", &namespace, label]))?;
        let issuer = self.workspace.root.join("examples/issuer.yaml");
        log.run(self.kubectl().args(["apply", "--filename"]).arg(issuer))?;
        log.run(self.kubectl().args(["wait", "issuer/ca", "--for=condition=Ready", PATIENCE]))
    }

    /// Creates or updates its objects. Returns when its pods are ready and its jobs are complete.
    pub fn start(&self, log: &Log) -> Result<()> {
        match self.example.kind {
            Kind::Kustomization => {
                // A complete job would not run again.
                log.run(self.kubectl().args(["delete", "jobs", "--all"]))?;
                log.run(self.kubectl().args(["apply", "--kustomize"]).arg(&self.example.folder))?;
                for (kind, condition) in [("deployments", "Available"), ("jobs", "Complete")] {
                    let condition = format!("--for=condition={condition}");
                    log.run(self.kubectl().args(["wait", kind, "--all", &condition, PATIENCE]))?;
                }
                Ok(())
            }
            Kind::Steps => steps::names(&self.example.folder)?.iter().try_for_each(|step| {
                log.run(self.kubectl().args(["apply", "--kustomize"]).arg(self.example.folder.join(step)))?;
                log.run(self.kubectl().args(["rollout", "status", steps::NODES, PATIENCE]))?;
                log.run(self.kubectl().args(["wait", steps::CLIENT, "--for=condition=Ready", PATIENCE]))?;
                self.views(log).map(drop)
            }),
            Kind::Values => {
                let mut helm = self.client("helm");
                helm.args(["upgrade", "--install", self.name]);
                helm.arg(self.workspace.root.join("helm/clustered-app"));
                helm.arg("--values").arg(self.example.folder.join(Kind::Values.file()));
                log.run(helm.args(["--wait", PATIENCE]))
            }
        }
    }

    /// What its jobs print, or which peers its nodes see.
    pub fn result(&self, log: &Log) -> Result<String> {
        match self.example.kind {
            Kind::Kustomization => {
                self.stdout(&["logs", "--selector=batch.kubernetes.io/job-name", "--tail=-1"])
            }
            Kind::Steps => {
                let log_of_client = self.stdout(&["logs", steps::CLIENT])?;
                Ok(format!("{}\n\n{}", self.views(log)?, steps::last_count(&log_of_client)))
            }
            Kind::Values => self.views(log),
        }
    }

    /// What to try next.
    pub fn advice(&self) -> String {
        let namespace = namespace(self.name);
        let kubectl = "cargo xtask cluster kubectl";
        format!(
            "{kubectl} --namespace {namespace} get pods,certificaterequests\n\
             {kubectl} delete namespace {namespace}\n\
             cargo xtask cluster down"
        )
    }

    /// Waits until each node sees all others, and returns what they see.
    fn views(&self, log: &Log) -> Result<String> {
        let selector = match self.example.kind {
            Kind::Steps => steps::SELECTOR.to_owned(),
            // Both labels, since the pod of `helm test` has a different name from the nodes'.
            Kind::Kustomization | Kind::Values => format!(
                "--selector=app.kubernetes.io/instance={},app.kubernetes.io/name=clustered-app",
                self.name
            ),
        };
        let since = Instant::now();
        loop {
            let pods = self.stdout(&["get", "pods", &selector, "--output=name"])?.lines().count();
            // Pods that are starting have no log yet.
            let logs = ["logs", &selector, "--container=app", "--prefix", "--tail=-1"];
            let printed = self.stdout(&logs).unwrap_or_default();
            if let Some(views) = views::complete(&printed, pods) {
                return Ok(views.join("\n"));
            }
            log.write(&printed)?;
            ensure!(since.elapsed() < Duration::from_secs(60), "not all {pods} nodes see each other");
            sleep(Duration::from_secs(1));
        }
    }

    fn stdout(&self, arguments: &[&str]) -> Result<String> {
        let output = self.kubectl().args(arguments).output().context("cannot run kubectl")?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "kubectl {}: {}", arguments.join(" "), error.trim());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn kubectl(&self) -> Command {
        self.client("kubectl")
    }

    fn client(&self, program: &str) -> Command {
        let mut client = self.namespaces.client(self.layout, program);
        client.arg("--namespace").arg(namespace(self.name));
        client
    }
}

const PATIENCE: &str = "--timeout=120s";
