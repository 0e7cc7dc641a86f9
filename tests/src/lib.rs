//! End-to-end scenarios, and what they share: nodes of OTP 25, 27 and 29 on this machine ([`beam`]), and pods on a real
//! Kubernetes ([`cluster`]).
#![expect(clippy::missing_panics_doc, reason = "everything here panics when it fails, as tests do")]

pub mod beam;
pub mod cluster;
pub mod figures;
pub mod process;
pub mod rounds;
pub mod terminal;
pub mod wait;

use std::any::Any;

/// What a scenario that failed says.
fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked".to_owned())
}
