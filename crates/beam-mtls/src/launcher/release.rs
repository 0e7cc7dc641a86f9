//! A release on disk: `bin/NAME`, `releases/start_erl.data`, and `releases/VERSION` with what belongs to a version.

use std::fs;
use std::path::{Path, PathBuf};

use super::Kind;
use crate::distribution::node_name::BaseName;
use crate::environment::Environment;

/// A release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The directory that holds `bin` and `releases`.
    pub root: PathBuf,
    /// Its script.
    pub(super) script: PathBuf,
    name: String,
    version: String,
    is_extended: bool,
}

impl Release {
    /// The release that `text`, the script `file`, starts, and the tool that built it.
    pub(super) fn of_script(file: &Path, text: &str) -> Option<(Kind, Self)> {
        // Beside the script of a release there may be others, which only call it.
        let (kind, mark) = if text.contains("releases/start_erl.data") && text.contains("RELEASE_VM_ARGS") {
            (Kind::Mix, "RELEASE_NAME:-\"")
        } else if text.contains("REL_VSN=") && text.contains("VMARGS_PATH") {
            (Kind::Relx, "REL_NAME=\"")
        } else {
            return None;
        };
        let mut release = Self::of_root(file)?;
        if let Some(name) = text.split_once(mark).and_then(|(_, rest)| rest.split('"').next()) {
            name.clone_into(&mut release.name);
        }
        // The script of relx starts the version that it was made for.
        let own = text
            .lines()
            .find_map(|line| line.trim().strip_prefix("REL_VSN=\""))
            .filter(|_| kind == Kind::Relx);
        if let Some(version) = own.and_then(|rest| rest.split('"').next()) {
            version.clone_into(&mut release.version);
        }
        release.is_extended = kind == Kind::Mix || text.contains("remote_console");
        Some((kind, release))
    }

    /// The release in whose `bin` a file is.
    pub(super) fn of_root(file: &Path) -> Option<Self> {
        let root = file.parent()?.parent()?.to_owned();
        let data = fs::read_to_string(root.join("releases/start_erl.data")).ok()?;
        let version = data.split_ascii_whitespace().nth(1)?.to_owned();
        Some(Self {
            root,
            script: file.to_owned(),
            name: file.file_name()?.to_string_lossy().into_owned(),
            version,
            is_extended: true,
        })
    }

    /// Whether its script knows commands.
    pub(super) fn is_extended(&self) -> bool {
        self.is_extended
    }

    /// Its name, which is that of its nodes by default.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name, if a node can have it.
    pub fn basename(&self) -> Option<BaseName> {
        self.name.parse().ok()
    }

    /// The version that the script of this kind starts: that of mix lets a variable choose.
    pub fn version(&self, kind: Kind, environment: &Environment) -> String {
        let chosen = environment.get("RELEASE_VSN").filter(|_| kind == Kind::Mix);
        chosen.map_or_else(|| self.version.clone(), |version| version.to_string_lossy().into_owned())
    }

    /// The directory of that version.
    pub fn version_directory(&self, kind: Kind, environment: &Environment) -> PathBuf {
        self.root.join("releases").join(self.version(kind, environment))
    }
}
