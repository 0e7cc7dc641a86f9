//! Lengths of time: `30s`, `90m`, `24h`, `7d`, `1h30m`.

use std::str::FromStr;
use std::time::Duration;

use jiff::{Span, SpanRelativeTo};
use podcert::diagnose;

/// How long a certificate lives, from a minute to ten years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime(pub Duration);

/// How long an operation may take, from a second to an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLimit(pub Duration);

impl FromStr for Lifetime {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        parse(text, "1m", "3650d").map(Self)
    }
}

impl FromStr for TimeLimit {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        parse(text, "1s", "1h").map(Self)
    }
}

fn parse(text: &str, least: &'static str, most: &'static str) -> Result<Duration, DurationError> {
    let not_a_duration = || DurationError::NotADuration { text: text.to_owned() };
    let duration = length(text).ok_or_else(not_a_duration)?;
    let is_allowed = length(least).is_none_or(|least| duration >= least)
        && length(most).is_none_or(|most| duration <= most);
    if is_allowed {
        Ok(duration)
    } else {
        Err(DurationError::OutOfRange { text: text.to_owned(), least, most })
    }
}

/// A day is 24 hours; months and years have no fixed length.
fn length(text: &str) -> Option<Duration> {
    let span: Span = text.parse().ok()?;
    span.to_duration(SpanRelativeTo::days_are_24_hours()).ok()?.try_into().ok()
}

/// A text that is not such a length.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DurationError {
    /// Not a number with a unit.
    #[error("{text:?} is not a duration")]
    NotADuration {
        /// The text.
        text: String,
    },
    /// Too short or too long.
    #[error("{text:?} is not between {least} and {most}")]
    OutOfRange {
        /// The text.
        text: String,
        /// The shortest one allowed.
        least: &'static str,
        /// The longest one allowed.
        most: &'static str,
    },
}

diagnose!(DurationError {
    Self::NotADuration { .. } => Usage("write numbers followed by s, m, h or d, as in 24h"),
    Self::OutOfRange { .. } => Usage(),
});

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lifetime(text: &str) -> Result<u64, String> {
        text.parse::<Lifetime>().map(|it| it.0.as_secs()).map_err(|error| error.to_string())
    }

    #[test]
    fn each_unit_is_known() {
        for (text, seconds) in [
            ("60s", 60),
            ("90m", 5_400),
            ("1h30m", 5_400),
            ("24h", 86_400),
            ("7d", 604_800),
            ("3650d", 315_360_000),
        ] {
            assert_eq!(lifetime(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "h", "24", "-60s", "1mo", "1y", "24 parsecs", "\u{fc}h", "99999999999999999999d"] {
            assert!(lifetime(text).unwrap_err().contains("is not a duration"), "{text}");
        }
        for text in ["30s", "0d", "3651d", "9999999h"] {
            assert!(lifetime(text).unwrap_err().contains("between 1m and 3650d"), "{text}");
        }
    }

    #[test]
    fn a_time_limit_may_be_shorter_and_not_as_long() {
        assert_eq!("1s".parse(), Ok(TimeLimit(Duration::from_secs(1))));
        for text in ["0s", "61m", "1d"] {
            let error = text.parse::<TimeLimit>().unwrap_err().to_string();
            assert!(error.contains("between 1s and 1h"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,12}") {
            let _ = lifetime(&text);
        }
    }
}
