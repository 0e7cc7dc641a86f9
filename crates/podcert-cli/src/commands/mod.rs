//! The commands of `podcert`, one file each.

pub mod check;
pub mod obtain;
pub mod renew;

/// The prefix of each line of an error.
const PROGRAM: &str = "podcert";
