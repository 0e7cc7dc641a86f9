//! Lifetimes as typed: `30s`, `90m`, `24h`, `7d`.

use std::ops::RangeInclusive;
use std::time::Duration;

/// A lifetime from a minute to ten years.
pub(super) fn lifetime(text: &str) -> Result<Duration, String> {
    parse(text, 60..=3650 * 24 * 60 * 60, "1m and 3650d", "24h")
}

/// A deadline from a second to an hour.
pub(super) fn deadline(text: &str) -> Result<Duration, String> {
    parse(text, 1..=60 * 60, "1s and 1h", "2m")
}

fn parse(text: &str, allowed: RangeInclusive<u64>, told: &str, example: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|last: char| last.is_ascii_alphabetic());
    let seconds_per_unit = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(format!("{text:?} is not a number followed by s, m, h or d, as in {example}")),
    };
    // u64 would accept a plus sign too.
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{text:?} is not a whole number followed by s, m, h or d, as in {example}"));
    }
    let seconds = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(seconds_per_unit));
    match seconds {
        Some(seconds) if allowed.contains(&seconds) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("{text:?} is not between {told}")),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_unit_is_known() {
        for (text, seconds) in
            [("60s", 60), ("90m", 5_400), ("24h", 86_400), ("7d", 604_800), ("3650d", 315_360_000)]
        {
            assert_eq!(lifetime(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_told() {
        for text in ["", "h", "24", "24H", "1w", "+60s", "-60s", "1.5h", "1 h", "1h30m", "\u{fc}h"] {
            assert!(lifetime(text).unwrap_err().contains("as in 24h") || text == "h", "{text}");
        }
        for text in ["h", "30s", "0d", "3651d", "99999999999999999999d", "9999999999999999d"] {
            assert!(lifetime(text).unwrap_err().contains("between 1m and 3650d"), "{text}");
        }
    }

    #[test]
    fn a_deadline_may_be_shorter_and_not_as_long() {
        assert_eq!(deadline("1s"), Ok(Duration::from_secs(1)));
        for text in ["0s", "61m", "1d"] {
            assert!(deadline(text).unwrap_err().contains("between 1s and 1h"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,12}") {
            let _ = lifetime(&text);
        }
    }
}
