//! Lifetimes as typed: `30s`, `90m`, `24h`, `7d`.

use std::time::Duration;

/// A lifetime from a minute to ten years.
pub(super) fn parse(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|last: char| last.is_ascii_alphabetic());
    let seconds_per_unit = match &text[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err(format!("{text:?} is not a number followed by s, m, h or d, as in 24h")),
    };
    // u64 would accept a plus sign too.
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(format!("{text:?} is not a whole number followed by s, m, h or d, as in 24h"));
    }
    let seconds = digits.parse::<u64>().ok().and_then(|count| count.checked_mul(seconds_per_unit));
    match seconds {
        Some(seconds) if (MIN_SECONDS..=MAX_SECONDS).contains(&seconds) => Ok(Duration::from_secs(seconds)),
        _ => Err(format!("{text:?} is not between 1m and 3650d")),
    }
}

const MIN_SECONDS: u64 = 60;
const MAX_SECONDS: u64 = 3650 * 24 * 60 * 60;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_unit_is_known() {
        for (text, seconds) in
            [("60s", 60), ("90m", 5_400), ("24h", 86_400), ("7d", 604_800), ("3650d", 315_360_000)]
        {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn anything_else_is_told() {
        for text in ["", "h", "24", "24H", "1w", "+60s", "-60s", "1.5h", "1 h", "1h30m", "\u{fc}h"] {
            assert!(parse(text).unwrap_err().contains("as in 24h") || text == "h", "{text}");
        }
        for text in ["h", "30s", "0d", "3651d", "99999999999999999999d", "9999999999999999d"] {
            assert!(parse(text).unwrap_err().contains("between 1m and 3650d"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,12}") {
            let _ = parse(&text);
        }
    }
}
