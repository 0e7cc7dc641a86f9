//! The container entrypoint: obtain a certificate, render the options of TLS distribution, exec the BEAM.
//!
//! The folders, in the order in which data passes through them: [`cli`] is the command line and [`commands`] has a
//! folder for each of its verbs; [`launcher`] recognizes what a command starts, and [`flags`] the flags that the BEAM
//! gets already; [`distribution`] holds the types that a node is described by; [`artifacts`] are the files that the
//! BEAM reads. [`command`] takes our place or, under [`supervise`], becomes our child;
//! [`environment`] is the one door to variables.

pub mod artifacts;
pub mod cli;
pub mod command;
pub mod commands;
pub mod distribution;
pub mod environment;
pub mod flags;
pub mod launcher;
pub mod supervise;
pub mod support;
