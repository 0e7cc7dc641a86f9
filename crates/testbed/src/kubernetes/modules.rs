//! Builds the cluster's programs from the Go modules in `crates/testbed/kubernetes`.
//!
//! Each upstream project has a separate module, since their dependencies conflict. Go's caches are below
//! `target/cluster` too: nothing outside changes, and removing `target` removes everything.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::layout::Layout;
use crate::environment;
use crate::log::Log;

/// A Go module and what is built from it.
pub struct Module {
    /// Its directory in `crates/testbed/kubernetes`.
    pub name: &'static str,
    /// How long a cold build takes on two processors.
    pub minutes: u8,
    packages: &'static [&'static str],
    /// Variables that the linker sets.
    variables: &'static [&'static str],
    /// The subdirectory for its programs, if others have the same names.
    subdirectory: &'static str,
}

/// All modules. The one that takes longest is last, so that errors in the others show early.
pub const MODULES: [Module; 7] = [
    Module { name: "pods", minutes: 0, packages: &["./pause"], variables: &[], subdirectory: "" },
    Module { name: "coredns", minutes: 1, packages: &["."], variables: &[], subdirectory: "" },
    Module {
        name: "containerd",
        minutes: 2,
        packages: &[
            "github.com/containerd/containerd/v2/cmd/containerd",
            "github.com/containerd/containerd/v2/cmd/containerd-shim-runc-v2",
            "github.com/containerd/containerd/v2/cmd/ctr",
        ],
        variables: &[],
        subdirectory: "",
    },
    Module {
        name: "helm",
        minutes: 2,
        packages: &["helm.sh/helm/v4/cmd/helm"],
        variables: &[],
        subdirectory: "",
    },
    Module {
        name: "helm-3",
        minutes: 1,
        packages: &["helm.sh/helm/v3/cmd/helm"],
        variables: &[],
        subdirectory: "helm-3",
    },
    Module {
        name: "cert-manager",
        minutes: 3,
        packages: &["./cert-manager-controller", "./cert-manager-webhook", "./cert-manager-cainjector"],
        variables: &[],
        subdirectory: "",
    },
    Module {
        name: "kubernetes",
        minutes: 10,
        packages: &["."],
        // Otherwise Kubernetes reports version 0.0.0.
        variables: &[
            "k8s.io/component-base/version.gitVersion=v1.37.2",
            "k8s.io/component-base/version.gitMajor=1",
            "k8s.io/component-base/version.gitMinor=37",
        ],
        subdirectory: "",
    },
];

impl Module {
    /// Whether exactly these sources were built, according to the stamp.
    pub fn is_built(&self, layout: &Layout) -> bool {
        let stamp = fs::read_to_string(self.stamp_path(layout)).unwrap_or_default();
        self.stamp(layout).is_ok_and(|expected| expected == stamp)
    }

    /// Builds the programs.
    pub fn build(&self, layout: &Layout, log: &Log) -> Result<()> {
        let directory = layout.binaries().join(self.subdirectory);
        fs::create_dir_all(&directory)?;
        let variables = self.variables.iter().map(|variable| format!(" -X {variable}"));
        let linker = format!("-s -w{}", variables.collect::<String>());
        let mut go = go(layout, self);
        go.args(["build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", &linker, "-o"]);
        // With a slash at the end, Go names each program after its package.
        go.arg(directory.join("")).args(self.packages);
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

/// The chart of cert-manager, packaged with the version that it belongs to.
pub fn chart(layout: &Layout) -> PathBuf {
    layout.binaries().join(format!("cert-manager-{CERT_MANAGER}.tgz"))
}

/// Go, on PATH or where its archive is usually unpacked.
pub fn go_program() -> Option<PathBuf> {
    ["go", "/usr/local/go/bin/go"].into_iter().find_map(environment::find)
}

/// The version in the module's go.mod. The chart in the module does not contain it.
const CERT_MANAGER: &str = "v1.21.2";

/// One binary contains all of Kubernetes: the name by which it is called selects the program.
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
            symlink("kubernetes", &link).with_context(|| format!("cannot create {}", link.display()))?;
        }
    }
    Ok(())
}

fn package_chart(layout: &Layout, module: &Module, log: &Log) -> Result<()> {
    let directory = "github.com/cert-manager/cert-manager";
    let output =
        go(layout, module).args(["list", "-m", "-f", "{{.Dir}} {{.Version}}", directory]).output()?;
    let text = String::from_utf8(output.stdout)?;
    let (directory, version) = text.trim().split_once(' ').context("go list -m printed no directory")?;
    ensure!(
        version == CERT_MANAGER,
        "go.mod requires cert-manager {version}, but modules.rs has {CERT_MANAGER}"
    );
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
        // By default Go makes modules read-only, and `rm -r` could not remove them.
        .env("GOFLAGS", "-modcacherw")
        .env("GOWORK", "off")
        .env("GOCACHE", layout.go_cache("cache"))
        .env("GOMODCACHE", layout.go_cache("modules"));
    go
}
