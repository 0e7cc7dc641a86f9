//! An example on the cluster: its namespace, its objects, and what its pods say.

use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::{Example, Kind, steps, views};
use crate::cluster::layout::Layout;
use crate::cluster::sandbox::Sandbox;
use crate::step::Log;
use crate::workspace::Workspace;

/// Where an example runs.
pub struct Site<'a> {
    pub workspace: &'a Workspace,
    pub layout: &'a Layout,
    pub sandbox: &'a Sandbox,
    /// Of the example, and of its Helm release.
    pub name: &'a str,
    pub example: &'a Example,
}

/// The namespace of an example.
pub fn namespace(name: &str) -> String {
    format!("example-{name}")
}

impl Site<'_> {
    /// Makes the namespace, unless it is there, with the Issuer `ca`.
    pub fn furnish(&self, log: &Log) -> Result<()> {
        let namespace = namespace(self.name);
        if self.said(&["get", "namespace", &namespace]).is_err() {
            log.run(self.kubectl().args(["create", "namespace", &namespace]))?;
        }
        let label = "pod-security.kubernetes.io/enforce=restricted";
        log.run(self.kubectl().args(["label", "--overwrite", "namespace", &namespace, label]))?;
        let issuer = self.workspace.root.join("examples/issuer.yaml");
        log.run(self.kubectl().args(["apply", "--filename"]).arg(issuer))?;
        log.run(self.kubectl().args(["wait", "issuer/ca", "--for=condition=Ready", PATIENCE]))
    }

    /// Makes its objects, or changes those that are there. Returns when its pods run, and its jobs are done.
    pub fn start(&self, log: &Log) -> Result<()> {
        match self.example.kind {
            Kind::Kustomization => {
                // A job that is done would not run again.
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

    /// What its jobs have found, or its nodes see.
    pub fn result(&self, log: &Log) -> Result<String> {
        match self.example.kind {
            Kind::Kustomization => {
                self.said(&["logs", "--selector=batch.kubernetes.io/job-name", "--tail=-1"])
            }
            Kind::Steps => {
                let said = self.said(&["logs", steps::CLIENT])?;
                Ok(format!("{}\n\n{}", self.views(log)?, steps::counted(&said)))
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

    /// Waits until each node sees all others.
    fn views(&self, log: &Log) -> Result<String> {
        let selector = match self.example.kind {
            Kind::Steps => steps::SELECTOR.to_owned(),
            // The pod of `helm test` has another name than the nodes'.
            Kind::Kustomization | Kind::Values => format!(
                "--selector=app.kubernetes.io/instance={},app.kubernetes.io/name=clustered-app",
                self.name
            ),
        };
        let since = Instant::now();
        loop {
            let pods = self.said(&["get", "pods", &selector, "--output=name"])?.lines().count();
            // Pods that start have no log yet.
            let logs = ["logs", &selector, "--container=app", "--prefix", "--tail=-1"];
            let said = self.said(&logs).unwrap_or_default();
            if let Some(views) = views::complete(&said, pods) {
                return Ok(views.join("\n"));
            }
            log.write(&said)?;
            ensure!(since.elapsed() < Duration::from_secs(60), "not all of {pods} nodes see each other");
            sleep(Duration::from_secs(1));
        }
    }

    fn said(&self, arguments: &[&str]) -> Result<String> {
        let output = self.kubectl().args(arguments).output().context("cannot run kubectl")?;
        let error = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "kubectl {}: {}", arguments.join(" "), error.trim());
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    fn kubectl(&self) -> Command {
        self.client("kubectl")
    }

    fn client(&self, program: &str) -> Command {
        let mut client = self.sandbox.client(self.layout, program);
        client.arg("--namespace").arg(namespace(self.name));
        client
    }
}

const PATIENCE: &str = "--timeout=120s";
