//! End-to-end scenarios: nodes of OTP 25, 27 and 29 on this machine ([`nodes`]), and pods on a real Kubernetes ([`pods`]).
//! They share what a [`scenario`] is and how it waits ([`wait`]).
#![expect(clippy::missing_panics_doc, reason = "everything here panics when it fails, as tests do")]

pub mod figures;
pub mod nodes;
pub mod pods;
pub mod process;
pub mod rounds;
pub mod scenario;
pub mod terminal;
pub mod wait;
