//! `cargo xtask otp`: makes the root file systems with OTP, or checks those that exist.

use std::process::ExitCode;

use anyhow::{Result, bail};
use testbed::Workspace;
use testbed::roots::otp;

use crate::prepare;
use crate::step::Steps;

/// `cargo xtask otp`
pub fn run(workspace: &Workspace) -> Result<ExitCode> {
    if let Some(reason) = otp::obstacle() {
        bail!("{reason}");
    }
    let steps = Steps::new(workspace);
    prepare::roots(workspace, &steps);
    Ok(steps.close())
}
