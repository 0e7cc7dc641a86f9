//! A real Kubernetes with cert-manager, built from Go modules, that runs in its own namespaces on this machine, and the
//! images that its pods run. What pods are started on it belongs to the tests and examples.
//!
//! The Go modules, the configurations and the namespaces' first script are in `crates/testbed/kubernetes`.

pub mod addons;
mod cgroups;
mod containerfile;
pub mod host_snapshot;
pub mod image;
pub mod images;
mod layout;
mod leftovers;
pub mod modules;
pub mod namespaces;
pub mod node;
mod pki;
pub mod process_tree;
pub mod programs;
pub mod restart;

use std::fs;
use std::process::Command;

use anyhow::Result;

use crate::environment;
use crate::log::Log;

pub use layout::Layout;
pub use namespaces::Namespaces;

/// Why there cannot be a cluster on this machine.
pub fn obstacle() -> Option<String> {
    if !environment::is_root() {
        return Some("the cluster needs root, for namespaces and cgroups".to_owned());
    }
    if modules::go_program().is_none() {
        return Some("the cluster is built with Go 1.26 or newer, which is not on PATH".to_owned());
    }
    let private = Command::new("unshare").args(["--mount", "--net", "--pid", "--fork", "true"]).output();
    let allowed = private.is_ok_and(|output| output.status.success());
    (!allowed)
        .then(|| "the cluster needs CAP_SYS_ADMIN to make namespaces, which this container lacks".to_owned())
}

/// Makes namespaces in which nothing runs yet, with certificates and configurations for the programs. An old cluster is
/// removed.
pub fn make_namespaces(layout: &Layout, log: &Log) -> Result<Namespaces> {
    namespaces::remove(layout)?;
    if layout.logs().exists() {
        fs::remove_dir_all(layout.logs())?;
    }
    for directory in [layout.logs(), layout.up().join("home")] {
        fs::create_dir_all(directory)?;
    }
    node::configure(layout)?;
    pki::make(layout, log)?;
    Namespaces::make(layout, log)
}
