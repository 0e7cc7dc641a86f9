//! The only place where variables other than settings are read: those that the BEAM and its launchers read too.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

use podcert_cli::settings;

use crate::flags;

/// The environment, taken once at start. One of its variables may be the cookie.
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

    /// A variable that is set, maybe to nothing.
    pub fn get_even_empty(&self, name: &str) -> Option<&OsStr> {
        self.variables.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_os_str())
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

    /// The variables from which the BEAM reads flags, if they are set.
    pub fn flags(&self) -> impl Iterator<Item = (String, String)> {
        let text = |text: &OsString| text.to_string_lossy().into_owned();
        let variables = self.variables.iter().map(move |(name, value)| (text(name), text(value)));
        variables.filter(|(name, _)| flags::is_variable(name))
    }

    /// A variable with our flags before those that it contains. After them, an `-extra` would hide ours, and if a
    /// parameter of an application is set twice, the first value counts.
    pub fn with_flags(&self, name: &str, ours: &str) -> (OsString, OsString) {
        let mut value = OsString::from(ours);
        if let Some(theirs) = self.get(name) {
            value.push(" ");
            value.push(theirs);
        }
        (name.into(), value)
    }

    /// This environment without `flags` in a variable.
    pub fn without_flags(&self, name: &str, flags: &str) -> Self {
        let without = |(key, value): &(OsString, OsString)| match value.to_str() {
            Some(text) if key == name => (key.clone(), text.replacen(flags, "", 1).trim().into()),
            _ => (key.clone(), value.clone()),
        };
        Self { variables: self.variables.iter().map(without).collect() }
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self { variables: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect() }
    }
}
