//! `--directory`: where the certificate is published.

use std::path::{Path, PathBuf};

use super::Faults;

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub struct DirectoryArgs {
    /// Absolute path of the directory that the certificate is published in
    #[arg(long, env = "PODCERT_DIRECTORY", hide_env_values = true, default_value = DEFAULT_DIRECTORY)]
    directory: String,
}

impl DirectoryArgs {
    /// What it means. Other programs are told this path, and they may run elsewhere: hence absolute.
    pub fn parse(&self, faults: &mut Faults) -> Option<PathBuf> {
        let path = self.typed();
        if path.is_absolute() {
            return Some(path);
        }
        let problem = format!("{:?} is not an absolute path", self.directory);
        faults.usage("--directory (PODCERT_DIRECTORY)", problem);
        None
    }

    /// Takes another path for the one that was typed.
    pub(super) fn set(&mut self, directory: &Path) {
        self.directory = directory.to_string_lossy().into_owned();
    }

    /// The path as it was typed, for whoever only looks.
    pub fn typed(&self) -> PathBuf {
        PathBuf::from(&self.directory)
    }
}

/// The directory where none was set.
pub const DEFAULT_DIRECTORY: &str = "/run/podcert";
