//! One pod's certificate: from its identity to verified, atomically published files.
//!
//! Data flows top to bottom: [`settings`] are what was typed, [`identity`] and [`names`] say who this
//! pod is, [`csr`] makes a fresh key and asks for a certificate, a [`signer`] answers, [`verify`] checks
//! the answer against the request and the [`trust`] bundle, and [`store`] publishes what was verified.
//! [`obtain`] runs these steps, [`source`] for the signer that the settings name; [`check`] looks at all of it and makes a
//! [`report`]. Nothing below [`settings`] reads the environment or the clock.

pub mod account;
pub mod check;
pub mod cluster;
pub mod csr;
pub mod exit;
mod files;
pub mod identity;
pub mod key;
mod lock;
pub mod names;
pub mod obtain;
pub mod owner;
pub mod pem_text;
pub mod report;
pub mod schedule;
pub mod secret;
pub mod settings;
pub mod signer;
pub mod source;
pub mod store;
pub mod stored_set;
pub mod trust;
pub mod verify;
mod x509;
