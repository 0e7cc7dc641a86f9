//! A command with the environment that it is to find.

use std::process::Child;

use crate::command::{self, Command};
use crate::launcher::variables::Variables;

/// What can be launched.
#[derive(Debug)]
pub struct Launchable {
    /// The command.
    pub command: Command,
    /// Variables that are added, or get a different value.
    pub set: Variables,
    /// Variables that end with us.
    pub unset: &'static [&'static str],
}

impl Launchable {
    /// Becomes the command: same process. Returns only on failure.
    pub fn exec(self) -> command::Error {
        self.command.exec(self.set, self.unset)
    }

    /// Starts the command as a child that leads a process group of its own.
    pub fn spawn(self) -> Result<Child, command::Error> {
        self.command.spawn(self.set, self.unset)
    }
}
