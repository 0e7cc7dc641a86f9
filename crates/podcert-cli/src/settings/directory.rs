//! `--directory`: where the certificate is published.

use std::path::PathBuf;

use super::value::AbsolutePath;
use super::{Faults, Given, Recorded};
use crate::given;

/// The flag.
#[derive(Clone, Debug, clap::Args)]
pub struct DirectoryArgs {
    /// Absolute path of the directory that the certificate is published in
    #[arg(long, env = "PODCERT_DIRECTORY", default_value = DEFAULT_DIRECTORY)]
    pub directory: Given<AbsolutePath>,
}

impl DirectoryArgs {
    /// The directory.
    pub fn into_path(self, faults: &mut Faults) -> Result<PathBuf, Recorded> {
        given!(self.directory, faults).map(|path| path.0)
    }

    /// The path as it was given, for a check that goes on although something is wrong with it.
    pub fn as_given(&self) -> PathBuf {
        PathBuf::from(self.directory.text())
    }
}

/// The directory if none is set.
pub const DEFAULT_DIRECTORY: &str = "/run/podcert";
