//! `beam-mtls run`: decide what the command needs, prepare it, and become the command.
//!
//! [`plan`] decides everything that can be decided before anything is written. A node's plan is then prepared: its
//! certificate is obtained and its files are rendered ([`node`]). What comes out can be launched.

mod error;
mod launchable;
pub mod node;
mod node_files;
pub mod plan;
mod renewal;
pub mod settings;

use std::future::pending;
use std::process::ExitCode;

use podcert::support::clock::Clock;

pub use error::Error;
pub use launchable::Launchable;
pub use node_files::NodeFiles;
pub use renewal::Renewal;
pub use settings::{Run, RunArgs};

use self::plan::Plan;
use crate::environment::Environment;
use crate::launcher::dumps;
use crate::supervise::supervise;

/// Becomes the command, and returns only on failure; or stays as its parent, and returns with its exit code.
pub async fn run(args: RunArgs, environment: &Environment, clock: &dyn Clock) -> Result<ExitCode, Error> {
    let supervises = args.supervises()?;
    let plan = plan::plan(args, environment)?;
    dumps::forbid_cores();
    let (launchable, renewal) = match plan {
        Plan::Command(launchable) => (launchable, None),
        Plan::Node(node) => {
            let (launchable, renewal) = node.prepare(supervises, clock).await?;
            (launchable, Some(renewal))
        }
    };
    if !supervises {
        return Err(launchable.exec().into());
    }
    let background = async {
        match renewal {
            Some(renewal) => renewal.run(clock).await,
            None => pending().await,
        }
    };
    Ok(supervise(|| launchable.spawn(), background).await?)
}
