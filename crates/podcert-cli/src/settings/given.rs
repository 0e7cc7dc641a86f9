//! A value as it was given. As a value of clap's it never fails to parse: what is wrong with it is kept, so that all
//! faults of all settings can be reported at once.

use std::convert::Infallible;
use std::fmt::{self, Display};
use std::str::FromStr;

use podcert::diagnose::Diagnose;

use super::faults::{Faults, Problem, Recorded};

/// A value, and the text that it was parsed from.
#[derive(Clone, Debug)]
pub struct Given<T> {
    text: String,
    value: Result<T, Problem>,
}

impl<T> Given<T> {
    /// The text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value, for a reader that can do without; see [`given!`](crate::given) for one that cannot.
    pub fn value(&self) -> Option<&T> {
        self.value.as_ref().ok()
    }

    /// The value. If there is none, that is recorded under the setting with this id.
    pub fn require(self, id: &str, faults: &mut Faults) -> Result<T, Recorded> {
        self.value.map_err(|problem| faults.usage(id, problem))
    }
}

/// A setting that may be left out. An empty variable counts as left out.
pub trait Optional<T> {
    /// The value, if one was given.
    fn optional(self, id: &str, faults: &mut Faults) -> Result<Option<T>, Recorded>;
}

impl<T> Optional<T> for Option<Given<T>> {
    fn optional(self, id: &str, faults: &mut Faults) -> Result<Option<T>, Recorded> {
        let given = self.filter(|given| !given.text.is_empty());
        given.map(|given| given.require(id, faults)).transpose()
    }
}

/// Takes the value of a field whose name is the id of its flag, so that a fault names the right one:
/// `given!(args.duration, faults)`, or `given!(optional args.fqdn, faults)` for one that may be left out.
#[macro_export]
macro_rules! given {
    (optional $args:ident . $field:ident, $faults:expr) => {
        $crate::settings::Optional::optional($args.$field, stringify!($field), $faults)
    };
    ($args:ident . $field:ident, $faults:expr) => {
        $args.$field.require(stringify!($field), $faults)
    };
}

impl<T: FromStr<Err: Diagnose>> FromStr for Given<T> {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        let value = text.parse().map_err(|error| Problem::of(&error));
        Ok(Self { text: text.to_owned(), value })
    }
}

impl<T> Display for Given<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
