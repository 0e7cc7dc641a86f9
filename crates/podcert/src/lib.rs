//! One pod's certificate: from its identity to verified, atomically published files.
//!
//! The folders, in the order in which data passes through them: [`identity`] and [`names`] say who this pod is,
//! [`request`] makes a fresh key and a signing request, a [`signer`] answers it, [`verify`] checks the answer against
//! the request and the [`trust`] bundle, and [`store`] publishes what was verified. A [`provider`] runs these steps for
//! one kind of source; the [`keeper`] has it run again when the [`schedule`] says that the certificate is due. Every call
//! to the API server goes through [`kube`]; [`support`] contains tools that know nothing about where certificates come
//! from.
//!
//! Nothing here reads the environment, parses flags, writes for a terminal or knows an exit code: settings and the
//! [`clock`](support::clock) are passed in, and errors say by [`mod@diagnose`] what they mean.

pub mod identity;
pub mod names;

pub mod request;
pub mod signer;

pub mod trust;
pub mod verify;

pub mod store;

pub mod provider;

pub mod keeper;
pub mod schedule;

pub mod diagnose;
pub mod kube;
pub mod support;
