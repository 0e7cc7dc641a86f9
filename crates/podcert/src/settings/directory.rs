//! `--directory`: where the certificate is published.

use std::path::PathBuf;

use super::Faults;

/// What was typed.
#[derive(Clone, Debug, clap::Args)]
pub struct DirectoryArgs {
    /// Absolute path of the directory that the certificate is published in
    #[arg(long, env = "PODCERT_DIRECTORY", hide_env_values = true, default_value = "/run/podcert")]
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

    /// The path as it was typed, for whoever only looks.
    pub fn typed(&self) -> PathBuf {
        PathBuf::from(&self.directory)
    }
}
