//! The complete output of one step, in a file.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

/// A file for the output of commands, and for lines that we add.
pub struct Log {
    path: PathBuf,
    file: File,
}

impl Log {
    /// Creates the file, and its directory if needed. An older log is replaced.
    pub fn create(path: PathBuf) -> Result<Self> {
        let create = || {
            fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
            File::create(&path)
        };
        let file = create().with_context(|| format!("cannot write {}", path.display()))?;
        Ok(Self { path, file })
    }

    /// Runs a command to its end with its output in the log. It stays in our process group, so Ctrl-C reaches it too.
    pub fn run(&self, command: &mut Command) -> Result<()> {
        let shown = shown(command);
        self.write(&format!("$ {shown}"))?;
        let status = command
            .stdin(Stdio::null())
            .stdout(self.file.try_clone()?)
            .stderr(self.file.try_clone()?)
            .status()
            .with_context(|| format!("cannot run {shown}"))?;
        if !status.success() {
            bail!("{shown}: {status}");
        }
        Ok(())
    }

    /// Adds a line.
    pub fn write(&self, line: &str) -> Result<()> {
        writeln!(&self.file, "{line}").with_context(|| format!("cannot write {}", self.path.display()))
    }
}

fn shown(command: &Command) -> String {
    let words = [command.get_program()].into_iter().chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}
