//! What the programs of this project share on the command line: settings read once, checks that explain themselves,
//! exit codes, and how a process runs and logs. The program `podcert` is the [`commands`] of this crate; `beam-mtls`
//! adds its own commands.
//!
//! Certificates are the job of the library `podcert`. This crate is the only one that may read the environment, `/proc`
//! and the files that Kubernetes puts into a pod, and that writes text for a terminal.

pub mod check;
pub mod cli;
pub mod commands;
pub mod diagnostics;
pub mod exit;
pub mod humanize;
pub mod process;
pub mod process_user;
pub mod renewal;
pub mod settings;

/// The version of all our programs, with the commit that a release build was made from, as in `0.1.0 (0f7498e)`.
pub const VERSION: &str = env!("PODCERT_VERSION");
