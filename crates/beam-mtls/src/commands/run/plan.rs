//! What a command needs, decided before anything is written. A command that starts a node needs a certificate and
//! files; one that talks to a node finds that node's files; one that needs no distribution gets none of our files.

use super::node::NodePlan;
use super::{Error, Launchable, RunArgs};
use crate::artifacts::directory;
use crate::command::Command;
use crate::distribution::cookie::COOKIE_VARIABLE;
use crate::environment::Environment;
use crate::launcher::scripts::assignments;
use crate::launcher::variables::{self, remote_flags};
use crate::launcher::{self, Action, Launch, dumps};
use crate::support::plain_path::PlainPath;

/// What is to be done.
#[derive(Debug)]
pub enum Plan {
    /// Launch the command as it is.
    Command(Launchable),
    /// Prepare a node, then launch it.
    Node(Box<NodePlan>),
}

/// Decides it by the command and the files next to it.
pub fn plan(args: RunArgs, environment: &Environment) -> Result<Plan, Error> {
    let (program, arguments) = args.command()?;
    let command = Command::find(program, arguments, environment.get("PATH"))?;
    let directory = args.config_directory()?;
    let launch = launcher::recognize(&command, args.launcher, environment)?;
    // A pod's specification may hold them, for consoles.
    let environment = environment.without_flags("ERL_ZFLAGS", &remote_flags(&directory));
    match launch.action {
        Action::Start => {
            NodePlan::decide(args, command, &launch, &environment).map(|node| Plan::Node(Box::new(node)))
        }
        Action::Attach => attach(command, &launch, &directory, &environment).map(Plan::Command),
        Action::Offline => Ok(Plan::Command(offline(command, &launch, &directory, &environment))),
    }
}

fn attach(
    command: Command,
    launch: &Launch,
    directory: &PlainPath,
    environment: &Environment,
) -> Result<Launchable, Error> {
    let Some(node) = directory::attachable_node(directory.as_path()) else {
        return Err(Error::NoNode { word: launch.shown(), directory: directory.clone() });
    };
    let mut set = variables::attach(launch, &node.to_string(), directory, environment);
    let assignments = assignments(&command, launch, environment);
    set.extend(dumps::without(&command, launch, &assignments, &[], environment));
    Ok(Launchable { command, set, unset: &[COOKIE_VARIABLE] })
}

fn offline(
    command: Command,
    launch: &Launch,
    directory: &PlainPath,
    environment: &Environment,
) -> Launchable {
    tracing::info!("`{}` needs no distribution: it runs without a certificate", launch.shown());
    let set = variables::offline(launch, directory, environment);
    Launchable { command, set, unset: &[COOKIE_VARIABLE] }
}
