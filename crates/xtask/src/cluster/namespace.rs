//! A namespace on the cluster, and what is done with the objects in it.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::layout::Layout;
use super::sandbox::Sandbox;
use crate::step::Log;

/// A namespace that one step works in.
pub struct Namespace<'a> {
    /// Its name.
    pub name: &'static str,
    /// Where the manifests lie.
    pub layout: &'a Layout,
    /// The cluster.
    pub sandbox: &'a Sandbox,
    /// Of the step.
    pub log: &'a Log,
}

impl Namespace<'_> {
    /// It must not be there.
    pub fn create(&self) -> Result<()> {
        self.run(&["create", "namespace", self.name])
    }

    /// With all that is in it, if it was made.
    pub fn delete(&self) -> Result<()> {
        self.run(&["delete", "namespace", self.name, "--ignore-not-found", "--timeout=60s"])
    }

    /// Applies one of the manifests in `tests/cluster/checks`, with the words on the left replaced.
    pub fn apply(&self, manifest: &str, words: &[(&str, &str)]) -> Result<()> {
        let mut text = fs::read_to_string(self.layout.sources.join("checks").join(manifest))?;
        for (word, value) in words {
            text = text.replace(word, value);
        }
        // Where kubectl can read it.
        let place = self.layout.up().join("config").join(manifest);
        fs::write(&place, text).with_context(|| format!("cannot write {}", place.display()))?;
        let mut apply = self.kubectl(&["apply", "--filename"]);
        self.log.run(apply.arg(self.layout.inside(&place)))
    }

    /// Waits until a field of an object has a value.
    pub fn wait(&self, object: &str, field: &str, value: &str) -> Result<()> {
        let condition = format!("--for=jsonpath={{{field}}}={value}");
        let result = self.run(&["wait", object, &condition, "--timeout=60s"]);
        // The reason lies in the object rather than in kubectl's words.
        result.inspect_err(|_| drop(self.run(&["describe", object])))
    }

    /// A field of an object.
    pub fn field(&self, object: &str, field: &str) -> Result<String> {
        self.read(&["get", object, "--output", &format!("jsonpath={{{field}}}")])
    }

    /// What kubectl prints.
    pub fn read(&self, arguments: &[&str]) -> Result<String> {
        let output = self.kubectl(arguments).output().context("cannot run nsenter")?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr).trim());
        Ok(String::from_utf8(output.stdout)?.trim().to_owned())
    }

    /// kubectl, with its output in the log.
    pub fn run(&self, arguments: &[&str]) -> Result<()> {
        self.log.run(&mut self.kubectl(arguments))
    }

    fn kubectl(&self, arguments: &[&str]) -> Command {
        let mut kubectl = self.sandbox.command("kubectl");
        kubectl.args(["--namespace", self.name]).args(arguments);
        kubectl
    }
}
