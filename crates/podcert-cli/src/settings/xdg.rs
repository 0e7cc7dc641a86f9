//! This user's directories, by variables that are not ours (XDG Base Directory Specification).

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// The variables.
pub(super) struct Xdg {
    xdg_state_home: Option<OsString>,
    home: Option<OsString>,
}

impl Xdg {
    #[expect(clippy::disallowed_methods, reason = "the door for variables that are not ours")]
    pub(super) fn from_environment() -> Self {
        Self { xdg_state_home: std::env::var_os("XDG_STATE_HOME"), home: std::env::var_os("HOME") }
    }

    pub(super) fn state_directory(&self) -> Option<PathBuf> {
        Some(state_home(self.xdg_state_home.as_deref(), self.home.as_deref())?.join("podcert"))
    }
}

/// Where programs keep their state: `$XDG_STATE_HOME`, else `$HOME/.local/state` (XDG Base Directory
/// Specification, which has relative paths ignored).
pub fn state_home(xdg_state_home: Option<&OsStr>, home: Option<&OsStr>) -> Option<PathBuf> {
    let absolute = |path: Option<&OsStr>| path.map(PathBuf::from).filter(|path| path.is_absolute());
    absolute(xdg_state_home).or_else(|| absolute(home).map(|home| home.join(".local/state")))
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Xdg {
        pub(in crate::settings) fn new(home: Option<&str>, xdg_state_home: Option<&str>) -> Self {
            Self { home: home.map(OsString::from), xdg_state_home: xdg_state_home.map(OsString::from) }
        }
    }

    #[test]
    fn the_state_directory_follows_the_xdg_specification() {
        let state_directory = |home, xdg| Xdg::new(home, xdg).state_directory();
        assert_eq!(state_directory(Some("/home/me"), Some("/state")), Some("/state/podcert".into()));
        for relative in [None, Some("state"), Some("")] {
            let expected = Some("/home/me/.local/state/podcert".into());
            assert_eq!(state_directory(Some("/home/me"), relative), expected);
        }
        for relative in [None, Some("me"), Some("")] {
            assert_eq!(state_directory(relative, Some("state")), None);
        }
    }
}
