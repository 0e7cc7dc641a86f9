//! Asks before Debian packages are installed.

use std::io::{IsTerminal, Write, stdin, stdout};

use anyhow::Result;
use testbed::{environment, packages};

/// Whether the packages may be installed: asks on a terminal. Without one, the plan has announced them.
pub fn is_allowed(missing: &[&str]) -> Result<bool> {
    if !packages::can_install() {
        return Ok(false);
    }
    if environment::in_ci() || !stdin().is_terminal() {
        return Ok(true);
    }
    print!("Install {} with apt-get now? [y/N] ", missing.join(", "));
    stdout().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}
