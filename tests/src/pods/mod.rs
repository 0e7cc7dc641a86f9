//! Pods on a real Kubernetes with cert-manager.
//!
//! All scenarios reach the cluster through [`access`]. Each gets its own [`namespace`], with an issuer and
//! service accounts, which goes when the scenario is over. The scenarios themselves are in [`scenarios`], by theme.

pub mod access;
pub mod namespace;
pub mod release;
pub mod scenarios;
pub mod transcript;
