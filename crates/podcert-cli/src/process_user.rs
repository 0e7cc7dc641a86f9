//! The user that a process runs as, by `/proc`, and which files that user can read.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The rights of a process, as far as files are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessUser {
    uid: u32,
    gids: Vec<u32>,
    reads_everything: bool,
}

/// Why an account cannot read a file.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// A directory on the way, or the file itself.
    #[error("{} belongs to user {uid} and group {gid}, with mode {mode:04o}", path.display())]
    Denied {
        /// What is closed.
        path: PathBuf,
        /// Its owner.
        uid: u32,
        /// Its group.
        gid: u32,
        /// Its mode.
        mode: u32,
    },
    /// Nothing is known of it.
    #[error("{} cannot be inspected", path.display())]
    Unknown {
        /// What.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl ProcessUser {
    /// The user of this process; none if there is no `/proc`.
    pub fn current() -> Option<Self> {
        Self::of_status(&fs::read_to_string("/proc/self/status").ok()?)
    }

    /// The user of a process; none once it has ended.
    pub fn of_process(pid: u32) -> Option<Self> {
        Self::of_status(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?)
    }

    /// The user's number.
    pub fn uid(&self) -> u32 {
        self.uid
    }

    /// Whether it may read a file that a path leads to.
    pub fn check_read(&self, path: &Path) -> Result<(), Unreadable> {
        let unknown = |path: &Path| {
            let path = path.to_owned();
            move |source| Unreadable::Unknown { path, source }
        };
        let file = path.canonicalize().map_err(unknown(path))?;
        for directory in file.ancestors().skip(1) {
            let metadata = directory.metadata().map_err(unknown(directory))?;
            self.check(directory, &metadata, EXECUTE)?;
        }
        let metadata = file.metadata().map_err(unknown(&file))?;
        self.check(&file, &metadata, READ)
    }

    fn check(&self, path: &Path, metadata: &Metadata, wanted: u32) -> Result<(), Unreadable> {
        let (uid, gid, mode) = (metadata.uid(), metadata.gid(), metadata.mode() & 0o7777);
        if self.has(uid, gid, mode, wanted) {
            return Ok(());
        }
        Err(Unreadable::Denied { path: path.to_owned(), uid, gid, mode })
    }

    /// Only the first class that fits counts, as for the kernel.
    fn has(&self, uid: u32, gid: u32, mode: u32, wanted: u32) -> bool {
        let shift = match () {
            () if uid == self.uid => 6,
            () if self.gids.contains(&gid) => 3,
            () => 0,
        };
        self.reads_everything || mode >> shift & wanted == wanted
    }

    /// From the text of `/proc/PID/status`.
    pub(crate) fn of_status(status: &str) -> Option<Self> {
        let field = |name: &str| status.lines().find_map(|line| line.strip_prefix(name));
        let numbers = |text: &str| -> Vec<u32> {
            text.split_ascii_whitespace().filter_map(|number| number.parse().ok()).collect()
        };
        // Real, effective, saved, and for the file system: the last one counts here.
        let uid = *numbers(field("Uid:")?).get(3)?;
        let mut gids = vec![*numbers(field("Gid:")?).get(3)?];
        gids.extend(numbers(field("Groups:").unwrap_or_default()));
        let capabilities = field("CapEff:").and_then(|text| u64::from_str_radix(text.trim(), 16).ok());
        let reads_everything = capabilities.unwrap_or(0) & (CAP_DAC_OVERRIDE | CAP_DAC_READ_SEARCH) != 0;
        Some(Self { uid, gids, reads_everything })
    }
}

const READ: u32 = 4;
const EXECUTE: u32 = 1;
const CAP_DAC_OVERRIDE: u64 = 1 << 1;
const CAP_DAC_READ_SEARCH: u64 = 1 << 2;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn account(capabilities: &str) -> ProcessUser {
        let status = format!(
            "Name:\tbeam.smp\nUid:\t0\t1000\t1000\t1000\nGid:\t7\t7\t7\t7\nGroups:\t8 9 \nCapEff:\t{capabilities}\n"
        );
        ProcessUser::of_status(&status).unwrap()
    }

    #[test]
    fn the_first_class_that_fits_decides() {
        let account = account("0000000000000000");
        assert_eq!(account.uid(), 1000);
        for (uid, gid, mode, expected) in [
            (1000, 0, 0o400, true),
            (1000, 8, 0o044, false),
            (0, 7, 0o440, true),
            (0, 9, 0o440, true),
            (0, 9, 0o404, false),
            (0, 0, 0o440, false),
            (0, 0, 0o444, true),
        ] {
            assert_eq!(account.has(uid, gid, mode, READ), expected, "{uid} {gid} {mode:o}");
        }
    }

    #[test]
    fn a_capability_opens_everything() {
        assert!(account("000001ffffffffff").has(0, 0, 0o000, READ));
    }

    #[test]
    fn the_directories_on_the_way_count_too() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "").unwrap();
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let stranger = ProcessUser { uid: 4_294_967_000, gids: vec![4_294_967_000], reads_everything: false };
        let error = stranger.check_read(&file).unwrap_err().to_string();
        assert!(error.starts_with(&directory.path().display().to_string()), "{error}");
        assert!(ProcessUser::current().unwrap().check_read(&file).is_ok());
        let missing = stranger.check_read(&directory.path().join("missing")).unwrap_err();
        assert!(matches!(missing, Unreadable::Unknown { .. }));
    }
}
