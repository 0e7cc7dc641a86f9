//! Tests of the program `podcert`, and of the checks that it shares with other programs.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod check;
mod check_command;
mod golden;
mod inspect;
mod obtain_command;
mod renew_command;
mod support;
