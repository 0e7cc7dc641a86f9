//! The cookie: where it comes from, and the file in which Erlang finds it.
//!
//! Erlang reads `$HOME/.erlang.cookie`, and where there is none `$XDG_CONFIG_HOME/erlang/.erlang.cookie` (OTP, module
//! `auth`). The second is ours, so that the application keeps its home. A command line, which every process can read,
//! never contains our cookie.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use podcert::diagnose;
use podcert::diagnose::{Diagnose, chain};
use podcert::support::secret::Secret;
use podcert_cli::settings::{Faults, Recorded};

use crate::environment::Environment;

/// A cookie that Erlang accepts.
#[derive(Debug)]
pub struct Cookie {
    text: Secret<String>,
    origin: String,
}

/// Why there is no cookie.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A character that Erlang refuses, or none at all.
    #[error("the cookie of {origin} must be 1 to 255 printable ASCII characters without spaces")]
    Characters {
        /// The file or variable.
        origin: String,
    },
    /// Erlang could not look for a cookie in the home, and would not start.
    #[error("{}, where Erlang looks first, cannot be read", path.display())]
    Home {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The file cannot be read.
    #[error("the cookie file {} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// Erlang would read a different one before ours.
    #[error("{} contains a different cookie than {origin}, and Erlang reads that file first", path.display())]
    Shadowed {
        /// The file that Erlang reads first.
        path: PathBuf,
        /// Where ours comes from.
        origin: String,
    },
}

diagnose!(Error {
    Self::Characters { .. } => Settings("write a valid one there, for instance with `openssl rand -hex 32`"),
    Self::Home { .. } => Settings("set HOME to a directory that this user may read"),
    Self::Read { .. } => Settings("let this user read it"),
    Self::Shadowed { .. } => Settings("remove it, or set BEAM_MTLS_COOKIE_FILE to it"),
});

/// The cookie itself: in a variable, never on a command line, which every process can read. It is not passed on.
pub const COOKIE_VARIABLE: &str = "BEAM_MTLS_COOKIE";

impl Cookie {
    /// The cookie that the settings name.
    pub fn of_settings(
        file: Option<&Path>,
        environment: &Environment,
        faults: &mut Faults,
    ) -> Result<Self, Recorded> {
        let cookie = match (file, environment.get(COOKIE_VARIABLE)) {
            (Some(_), Some(_)) => {
                let found = format!("{COOKIE_VARIABLE} is set too");
                return Err(faults.conflict("cookie_file", found, "set one of them"));
            }
            (None, None) => {
                let found = "there is no cookie, and one generated here would be unknown to the other nodes";
                return Err(faults.conflict("cookie_file", found, format!("set it, or {COOKIE_VARIABLE}")));
            }
            (Some(file), None) => Self::read(file),
            (None, Some(text)) => Self::parse(text.to_string_lossy().into_owned(), COOKIE_VARIABLE),
        };
        cookie.map_err(|error| {
            let remedy = error.remedy().unwrap_or_default();
            faults.conflict("cookie_file", chain(&error), remedy)
        })
    }

    /// Reads a file that holds a cookie, with or without a line end.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let mut text = String::new();
        File::open(path)
            .and_then(|file| file.take(MAX_FILE).read_to_string(&mut text))
            .map_err(|source| Error::Read { path: path.to_owned(), source })?;
        Self::parse(text, &path.display().to_string())
    }

    /// Takes a cookie from `text`, which came from `origin`.
    pub fn parse(text: String, origin: &str) -> Result<Self, Error> {
        let text = Secret::new(text);
        let cookie = text.expose().trim_end_matches(['\r', '\n']);
        if cookie.is_empty() || cookie.len() > 255 || !cookie.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(Error::Characters { origin: origin.to_owned() });
        }
        Ok(Self { text: Secret::new(cookie.to_owned()), origin: origin.to_owned() })
    }

    /// What goes into the cookie file.
    pub fn as_bytes(&self) -> &[u8] {
        self.text.expose().as_bytes()
    }

    /// The file or variable that it came from.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Refuses a home in which Erlang would find a different cookie, or none because it cannot look.
    pub fn check_home(&self, home: &Path) -> Result<(), Error> {
        let path = home.join(".erlang.cookie");
        match fs::read(&path).map(Secret::new) {
            Ok(bytes) if bytes.expose().trim_ascii_end() == self.as_bytes() => Ok(()),
            Ok(_) => Err(Error::Shadowed { path, origin: self.origin.clone() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(source) => Err(Error::Home { path, source }),
        }
    }
}

/// More than any cookie, so that a file without end is not read for ever.
const MAX_FILE: u64 = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_is_not_part_of_a_cookie() {
        let cookie = Cookie::parse("secret\n".into(), "TEST").expect("a cookie");
        assert_eq!(cookie.as_bytes(), b"secret");
    }

    #[test]
    fn what_erlang_would_refuse_is_refused_without_showing_it() {
        for text in ["", "\n", "with space", "umläut", "two\nlines", "tab\there"] {
            let error = Cookie::parse(text.into(), "BEAM_MTLS_COOKIE").expect_err(text);
            assert!(error.to_string().contains("BEAM_MTLS_COOKIE"), "{error}");
            assert!(text.trim().is_empty() || !error.to_string().contains(text.trim()), "{error}");
        }
    }

    #[test]
    fn a_cookie_is_not_in_its_debug_text() {
        let cookie = Cookie::parse("topsecret".into(), "TEST").expect("a cookie");
        assert!(!format!("{cookie:?}").contains("topsecret"));
    }

    #[test]
    fn another_cookie_in_the_home_is_refused_and_the_same_is_not() {
        let home = tempfile::tempdir().expect("a directory");
        let cookie = Cookie::parse("ours".into(), "TEST").expect("a cookie");
        assert!(cookie.check_home(home.path()).is_ok());
        fs::write(home.path().join(".erlang.cookie"), "ours\n").expect("written");
        assert!(cookie.check_home(home.path()).is_ok());
        fs::write(home.path().join(".erlang.cookie"), "theirs").expect("written");
        assert!(matches!(cookie.check_home(home.path()), Err(Error::Shadowed { .. })));
    }

    #[test]
    fn a_home_in_which_erlang_could_not_look_is_refused() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let cookie = Cookie::parse("ours".into(), "TEST").expect("a cookie");
        assert!(matches!(cookie.check_home(file.path()), Err(Error::Home { .. })));
        assert!(cookie.check_home(&file.path().with_file_name("missing")).is_ok());
    }
}
