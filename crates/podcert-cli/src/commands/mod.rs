//! The commands of `podcert`, one file each.

pub mod check;
pub mod obtain;

/// What stands before each line of an error.
const PROGRAM: &str = "podcert";
