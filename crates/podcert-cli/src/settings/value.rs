//! Kinds of values that several settings have.

use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use podcert::diagnose;

/// `true` or `false`. [`finish`](super::finish) gives a flag with such a value its short form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switch(pub bool);

/// Items separated by commas; blanks around them do not count, nor do empty ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List<T>(pub Vec<T>);

/// An absolute path. The paths are passed to other programs, which may run in a different directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AbsolutePath(pub PathBuf);

impl FromStr for Switch {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        text.parse().map(Self).map_err(|_| ValueError::NotASwitch { text: text.to_owned() })
    }
}

impl<T: FromStr<Err: Display>> FromStr for List<T> {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (mut good, mut problems) = (Vec::new(), Vec::new());
        for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
            match item.parse() {
                Ok(item) => good.push(item),
                Err(error) => problems.push(format!("{item:?}: {error}")),
            }
        }
        if problems.is_empty() {
            Ok(Self(good))
        } else {
            Err(ValueError::Items { problems: problems.join("; ") })
        }
    }
}

impl FromStr for AbsolutePath {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        if Path::new(text).is_absolute() {
            Ok(Self(text.into()))
        } else {
            Err(ValueError::NotAbsolute { text: text.to_owned() })
        }
    }
}

/// A text that is not such a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValueError {
    /// Some of its items are wrong.
    #[error("{problems}")]
    Items {
        /// Each of them, and what is wrong with it.
        problems: String,
    },
    /// A path that depends on where a program runs.
    #[error("{text:?} is not an absolute path")]
    NotAbsolute {
        /// The text.
        text: String,
    },
    /// Neither of the two words.
    #[error("{text:?} is neither true nor false")]
    NotASwitch {
        /// The text.
        text: String,
    },
}

diagnose!(ValueError {
    Self::Items { .. } => Usage(),
    Self::NotAbsolute { .. } => Usage("write the path from the root, as in /run/podcert"),
    Self::NotASwitch { .. } => Usage(),
});

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use podcert::names::DnsName;

    use super::*;

    #[test]
    fn a_list_reports_every_item_that_is_wrong() {
        let names: List<DnsName> = "a, b.example,".parse().unwrap();
        assert_eq!(names.0.len(), 2);
        let error = "a; b,ok,c_d".parse::<List<DnsName>>().unwrap_err().to_string();
        assert!(error.contains(r#""a; b": "#) && error.contains(r#""c_d": "#), "{error}");
        assert!("10.0.0".parse::<List<IpAddr>>().is_err());
        assert_eq!("".parse::<List<IpAddr>>(), Ok(List(Vec::new())));
    }

    #[test]
    fn only_two_words_are_switches() {
        assert_eq!("true".parse(), Ok(Switch(true)));
        assert!("yes".parse::<Switch>().is_err() && "".parse::<Switch>().is_err());
    }
}
