//! End-to-end scenarios on real nodes of OTP 25, 27 and 29, and what they share.
//!
//! A [`mod@bench`] is what all run on; each scenario gets a [`scene`]: a directory, addresses and a local CA of its
//! own. In it [`node`]s are started by the real binary, and [`stranger`]s are plain `erl` with certificates made
//! for the occasion ([`credentials`]). The scenarios themselves are in [`scenarios`], by theme.
#![expect(clippy::missing_panics_doc, reason = "everything here panics when it fails, as tests do")]

pub mod bench;
pub mod credentials;
pub mod erl;
pub mod figures;
pub mod node;
pub mod otp;
pub mod process;
pub mod scenarios;
pub mod scene;
pub mod sockets;
pub mod stranger;
pub mod wait;
