//! What the tests of this workspace share: a small CA that also signs what no CA should, a scripted
//! API server, and a fixed clock.
//!
//! Everything here panics when it fails, as tests do.

pub mod api;
mod ca;
mod leaf;

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use jiff::Timestamp;

pub use ca::TestCa;
pub use leaf::{Leaf, LeafBuilder, Usage};

/// The time at which tests take place: 2026-06-01T00:00:00Z.
pub const NOW: Timestamp = Timestamp::constant(1_780_272_000, 0);

/// Runs a future that never has to wait for anything.
pub fn block_on<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the future waits for something, and nobody will wake it"),
    }
}
