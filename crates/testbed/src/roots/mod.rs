//! Root file systems with OTP 25, 27 and 29, and what is compiled inside them. Nodes that run in them belong to the
//! tests.

mod build_root;
pub mod otp;
pub mod release;

pub use build_root::BuildRoot;
