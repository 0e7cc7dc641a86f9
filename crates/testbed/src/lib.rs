//! What tests, benchmarks and examples run on: static builds ([`builds`]), root file systems with OTP ([`roots`]), and a
//! Kubernetes cluster ([`kubernetes`]). Everything is made below cargo's target directory.
//!
//! This library makes things and writes to a [`Log`] what it runs. In which steps that happens, and what is reported,
//! is decided by its caller, `cargo xtask`.

pub mod builds;
pub mod environment;
pub mod kubernetes;
mod log;
pub mod packages;
pub mod roots;
mod workspace;

pub use log::Log;
pub use workspace::Workspace;
