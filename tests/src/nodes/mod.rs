//! Nodes of OTP 25, 27 and 29 on this machine.
//!
//! The [`mod@fixtures`] are shared by all scenarios. Each scenario gets its own [`test_bed`]: a directory, addresses and
//! a local CA. In it [`node`]s are started by the real binary, and [`foreign_node`]s are plain `erl` with certificates made
//! for the occasion ([`credentials`]). A [`release`] is made by the tools of its OTP. The scenarios themselves are in [`scenarios`], by theme.

pub mod credentials;
pub mod erl;
pub mod fixtures;
pub mod foreign_node;
mod networks;
pub mod node;
pub mod otp;
pub mod release;
pub mod scenarios;
pub mod sockets;
pub mod test_bed;
