//! The command that we are to become: found before anything is written.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process;

use podcert::diagnose;
use rustix::fs::{Access, access};

/// A program that exists and may be executed, with its arguments.
#[derive(Clone, Debug)]
pub struct Command {
    program: PathBuf,
    /// The program as it was given, which becomes its argument zero.
    name: OsString,
    arguments: Vec<OsString>,
}

/// Why a command cannot be run; the exit codes are those of shells (POSIX, 2.8.2).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The kernel refused it.
    #[error("{} cannot be executed", program.display())]
    Exec {
        /// The program.
        program: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// It is there but may not be executed.
    #[error("{} is not an executable file", .0.display())]
    NotExecutable(PathBuf),
    /// It is nowhere.
    #[error("{} was not found{}", .0.display(), if .0.as_os_str().as_bytes().contains(&b'/') { "" } else { " in PATH" })]
    NotFound(PathBuf),
}

diagnose!(Error {
    Self::Exec { .. } => Settings(),
    Self::NotExecutable(_) => Settings(),
    Self::NotFound(_) => Settings(),
});

impl Error {
    /// 126 or 127, as a shell would exit.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Exec { source, .. } if source.kind() == io::ErrorKind::NotFound => 127,
            Self::Exec { .. } | Self::NotExecutable(_) => 126,
            Self::NotFound(_) => 127,
        }
    }
}

impl Command {
    /// Looks up `typed`, in `path` (the variable PATH) if it contains no slash.
    pub fn find(typed: OsString, arguments: Vec<OsString>, path: Option<&OsStr>) -> Result<Self, Error> {
        let candidates: Vec<PathBuf> = if typed.as_bytes().contains(&b'/') {
            vec![PathBuf::from(&typed)]
        } else {
            let path = path.unwrap_or(OsStr::new(DEFAULT_PATH));
            std::env::split_paths(path).map(|directory| directory.join(&typed)).collect()
        };
        if let Some(program) = candidates.iter().find(|candidate| is_executable(candidate)) {
            return Ok(Self { program: program.clone(), name: typed, arguments });
        }
        match candidates.into_iter().find(|candidate| candidate.exists()) {
            Some(program) => Err(Error::NotExecutable(program)),
            None => Err(Error::NotFound(PathBuf::from(typed))),
        }
    }

    /// The program's file.
    pub fn program(&self) -> &Path {
        &self.program
    }

    /// The arguments after the program.
    pub fn arguments(&self) -> &[OsString] {
        &self.arguments
    }

    /// Becomes the command: same process, environment passed on but for `set` and `unset`. Returns only on
    /// failure.
    pub fn exec(self, set: impl IntoIterator<Item = (OsString, OsString)>, unset: &[&str]) -> Error {
        let source = self.process(set, unset).map(|mut process| process.exec());
        Error::Exec { program: self.program, source: source.unwrap_or_else(|error| error) }
    }

    /// Starts the command as a child that leads a process group of its own, with the same environment.
    pub fn spawn(
        self,
        set: impl IntoIterator<Item = (OsString, OsString)>,
        unset: &[&str],
    ) -> Result<process::Child, Error> {
        let child = self.process(set, unset).and_then(|mut process| process.process_group(0).spawn());
        child.map_err(|source| Error::Exec { program: self.program, source })
    }

    fn process(
        &self,
        set: impl IntoIterator<Item = (OsString, OsString)>,
        unset: &[&str],
    ) -> io::Result<process::Command> {
        // A relative path would be looked up once more, in PATH.
        let mut command = process::Command::new(std::path::absolute(&self.program)?);
        for name in unset {
            command.env_remove(name);
        }
        command.arg0(&self.name).args(&self.arguments).envs(set);
        Ok(command)
    }
}

/// Where commands are looked up if PATH is not set, as in shells.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// Asks the kernel, which knows this user's rights better than the mode shows.
fn is_executable(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(typed: &str, path: &str) -> Result<Command, Error> {
        Command::find(typed.into(), Vec::new(), Some(OsStr::new(path)))
    }

    #[test]
    fn a_command_is_looked_up_as_a_shell_does() {
        assert_eq!(find("sh", "/nowhere:/bin").expect("sh").program, Path::new("/bin/sh"));
        assert_eq!(find("/bin/sh", "").expect("sh").program, Path::new("/bin/sh"));
    }

    #[test]
    fn a_missing_command_exits_with_127() {
        let error = find("no-such-command", "/bin").expect_err("missing");
        assert_eq!(
            (error.exit_code(), error.to_string().as_str()),
            (127, "no-such-command was not found in PATH")
        );
        assert_eq!(find("/bin/no-such-command", "").expect_err("missing").exit_code(), 127);
    }

    #[test]
    fn a_file_that_is_no_program_exits_with_126() {
        assert_eq!(find("/etc/passwd", "").expect_err("no program").exit_code(), 126);
        assert_eq!(find("/etc", "").expect_err("a directory").exit_code(), 126);
    }
}
