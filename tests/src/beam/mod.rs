//! Nodes of OTP 25, 27 and 29 on this machine.
//!
//! A [`mod@bench`] is what all run on; each scenario gets a [`scene`]: a directory, addresses and a local CA of its
//! own. In it [`node`]s are started by the real binary, and [`stranger`]s are plain `erl` with certificates made
//! for the occasion ([`credentials`]). A [`release`] is made by the tools of its OTP. The scenarios themselves are in [`scenarios`], by theme.

pub mod bench;
pub mod credentials;
pub mod erl;
mod networks;
pub mod node;
pub mod otp;
pub mod release;
pub mod scenarios;
pub mod scene;
pub mod sockets;
pub mod stranger;
