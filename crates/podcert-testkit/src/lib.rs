//! What the tests of this workspace share: a small CA that also signs what no CA should, a scripted API server, a manual
//! clock, and a directory with a published certificate.
//!
//! Everything here panics on failure, like a test.

pub mod api;
mod ca;
mod clock;
mod leaf;
mod pod_directory;

use std::future::Future;

use jiff::Timestamp;

pub use ca::TestCa;
pub use clock::ManualClock;
pub use leaf::{Leaf, LeafBuilder, Usage};
pub use pod_directory::*;

/// The current time in tests: 2026-06-01T00:00:00Z.
pub const NOW: Timestamp = Timestamp::constant(1_780_272_000, 0);

/// Runs a future on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    runtime.expect("a runtime").block_on(future)
}
