//! Pods on a real Kubernetes with cert-manager.
//!
//! The [`access`] is what all scenarios reach the cluster by; each gets a [`namespace`] of its own, with an issuer and
//! service accounts, which goes when the scenario is over. The scenarios themselves are in [`scenarios`], by theme.

pub mod access;
pub mod namespace;
pub mod release;
pub mod scenarios;
pub mod transcript;
