//! The one door for what is read from the environment beside settings: what the BEAM will be told by it.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use podcert::settings;

use crate::flags;

/// Variables that matter to us, taken once at start.
#[derive(Debug)]
pub struct Environment {
    variables: Vec<(OsString, OsString)>,
}

impl Environment {
    /// The environment of this process.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub fn of_process() -> Self {
        Self { variables: std::env::vars_os().collect() }
    }

    /// A variable that is set and not empty.
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.variables
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_os_str())
    }

    /// The names of all variables.
    pub fn names(&self) -> impl Iterator<Item = &OsStr> {
        self.variables.iter().map(|(name, _)| name.as_os_str())
    }

    /// The user's home.
    pub fn home(&self) -> Option<PathBuf> {
        self.get("HOME").map(PathBuf::from)
    }

    /// Where programs keep their state.
    pub fn state_home(&self) -> Option<PathBuf> {
        settings::state_home(self.get("XDG_STATE_HOME"), self.get("HOME"))
    }

    /// The variables in which the BEAM finds flags, where they are set.
    pub fn flags(&self) -> impl Iterator<Item = (&'static str, String)> {
        flags::VARIABLES
            .iter()
            .filter_map(|name| self.get(name).map(|value| (*name, value.to_string_lossy().into_owned())))
    }

    /// A variable's text with more flags behind what it holds already.
    pub fn with_flags(&self, name: &str, more: &str) -> (OsString, OsString) {
        let mut value = self.get(name).map(OsStr::to_owned).unwrap_or_default();
        if !value.is_empty() {
            value.push(" ");
        }
        value.push(more);
        (name.into(), value)
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self { variables: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }
}
