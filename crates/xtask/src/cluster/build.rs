//! Builds the cluster's programs from the Go modules in `tests/cluster`.
//!
//! Each upstream project has a module of its own, since their dependencies do not agree. Go's caches lie below
//! `target/cluster` too: nothing outside changes, and removing `target` removes all.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::layout::Layout;
use crate::environment;
use crate::step::{Log, Steps};

/// A Go module and what is built from it.
pub struct Module {
    /// Its directory in `tests/cluster`.
    pub name: &'static str,
    /// How long a cold build takes on two processors.
    pub minutes: u8,
    packages: &'static [&'static str],
    /// What the linker writes into variables.
    variables: &'static [&'static str],
    /// Where its programs go below the others, where they have the same names.
    place: &'static str,
}

/// All modules, the long one last: what is wrong with the others shows early.
pub const MODULES: [Module; 7] = [
    Module { name: "pods", minutes: 0, packages: &["./pause"], variables: &[], place: "" },
    Module { name: "coredns", minutes: 1, packages: &["."], variables: &[], place: "" },
    Module {
        name: "containerd",
        minutes: 2,
        packages: &[
            "github.com/containerd/containerd/v2/cmd/containerd",
            "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
            "github.com/containerd/containerd/v2/cmd/ctr",
        ],
        variables: &[],
        place: "",
    },
    Module { name: "helm", minutes: 2, packages: &["helm.sh/helm/v4/cmd/helm"], variables: &[], place: "" },
    Module {
        name: "helm-3",
        minutes: 1,
        packages: &["helm.sh/helm/v3/cmd/helm"],
        variables: &[],
        place: "helm-3",
    },
    Module {
        name: "cert-manager",
        minutes: 3,
        packages: &["./cert-manager-controller", "./cert-manager-webhook", "./cert-manager-cainjector"],
        variables: &[],
        place: "",
    },
    Module {
        name: "kubernetes",
        minutes: 10,
        packages: &["."],
        // Otherwise it takes itself for version 0.0.0.
        variables: &[
            "k8s.io/component-base/version.gitVersion=v1.37.2",
            "k8s.io/component-base/version.gitMajor=1",
            "k8s.io/component-base/version.gitMinor=37",
        ],
        place: "",
    },
];

impl Module {
    /// Whether this very source was built; a stamp tells what from.
    pub fn is_built(&self, layout: &Layout) -> bool {
        let stamp = fs::read_to_string(self.stamp_path(layout)).unwrap_or_default();
        self.stamp(layout).is_ok_and(|expected| expected == stamp)
    }

    fn build(&self, layout: &Layout, log: &Log) -> Result<()> {
        let place = layout.binaries().join(self.place);
        fs::create_dir_all(&place)?;
        let variables = self.variables.iter().map(|variable| format!(" -X {variable}"));
        let linker = format!("-s -w{}", variables.collect::<String>());
        let mut go = go(layout, self);
        go.args(["build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", &linker, "-o"]);
        // With the slash Go names each program after its package.
        go.arg(place.join("")).args(self.packages);
        log.run(&mut go)?;
        match self.name {
            "kubernetes" => link_names(layout)?,
            "cert-manager" => package_chart(layout, self, log)?,
            _ => {}
        }
        fs::write(self.stamp_path(layout), self.stamp(layout)?)?;
        Ok(())
    }

    fn stamp_path(&self, layout: &Layout) -> PathBuf {
        layout.binaries().join(format!(".{}.stamp", self.name))
    }

    fn stamp(&self, layout: &Layout) -> Result<String> {
        let mut stamp = format!("{:?} {:?}\n", self.packages, self.variables);
        let mut directories = vec![layout.sources.join(self.name)];
        while let Some(directory) = directories.pop() {
            let mut entries = fs::read_dir(&directory)?
                .map(|entry| Ok(entry?.path()))
                .collect::<std::io::Result<Vec<_>>>()?;
            entries.sort();
            for entry in entries {
                if entry.is_dir() {
                    directories.push(entry);
                } else {
                    stamp += &fs::read_to_string(entry)?;
                }
            }
        }
        Ok(stamp)
    }
}

/// Builds what is not built, one step each. True when all is there.
pub fn build_all(layout: &Layout, steps: &Steps) -> bool {
    MODULES
        .iter()
        .filter(|module| !module.is_built(layout))
        .all(|module| steps.run(&format!("go-{}", module.name), |log| module.build(layout, log)))
}

/// The chart of cert-manager, packed under the version that it belongs to.
pub fn chart(layout: &Layout) -> PathBuf {
    layout.binaries().join(format!("cert-manager-{CERT_MANAGER}.tgz"))
}

/// Go, also where its own archive puts it and nobody has changed PATH.
pub fn go_program() -> Option<PathBuf> {
    ["go", "/usr/local/go/bin/go"].into_iter().find_map(environment::find)
}

/// The version in the module's go.mod, which the chart in the module does not tell.
const CERT_MANAGER: &str = "v1.21.2";

/// One binary is all of Kubernetes: the name that it is called by tells which program.
const KUBERNETES: [&str; 7] = [
    "etcd",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubectl",
    "kubelet",
];

fn link_names(layout: &Layout) -> Result<()> {
    for name in KUBERNETES {
        let link = layout.binary(name);
        if !link.exists() {
            symlink("kubernetes", &link).with_context(|| format!("cannot make {}", link.display()))?;
        }
    }
    Ok(())
}

fn package_chart(layout: &Layout, module: &Module, log: &Log) -> Result<()> {
    let directory = "github.com/cert-manager/cert-manager";
    let output =
        go(layout, module).args(["list", "-m", "-f", "{{.Dir}} {{.Version}}", directory]).output()?;
    let text = String::from_utf8(output.stdout)?;
    let (directory, version) = text.trim().split_once(' ').context("go list -m names no directory")?;
    ensure!(version == CERT_MANAGER, "go.mod has cert-manager {version}, but build.rs {CERT_MANAGER}");
    let mut helm = Command::new(layout.binary("helm"));
    helm.args(["package", "--version", version, "--app-version", version, "--destination"])
        .arg(layout.binaries())
        .arg(format!("{directory}/deploy/charts/cert-manager"))
        .env("HELM_CACHE_HOME", layout.root.join("go/helm"))
        .env("HELM_CONFIG_HOME", layout.root.join("go/helm"))
        .env("HELM_DATA_HOME", layout.root.join("go/helm"));
    log.run(&mut helm)
}

fn go(layout: &Layout, module: &Module) -> Command {
    let mut go = Command::new(go_program().unwrap_or_else(|| "go".into()));
    go.current_dir(layout.sources.join(module.name))
        .env("CGO_ENABLED", "0")
        // Go writes modules read-only, so that removing them would take more than `rm -r`.
        .env("GOFLAGS", "-modcacherw")
        .env("GOWORK", "off")
        .env("GOCACHE", layout.go_cache("cache"))
        .env("GOMODCACHE", layout.go_cache("modules"));
    go
}
