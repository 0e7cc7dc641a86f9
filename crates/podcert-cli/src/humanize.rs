//! Values in human-readable form.

use jiff::Timestamp;

/// A time, and how far from now it is, as in `2026-11-25 10:12Z, in 15 hours`.
pub fn relative_time(at: Timestamp, now: Timestamp) -> String {
    let seconds = at.as_second() - now.as_second();
    let (size, unit) = match seconds.abs() {
        0..120 => (1, "second"),
        120..7200 => (60, "minute"),
        7200..172_800 => (3600, "hour"),
        _ => (86_400, "day"),
    };
    let count = seconds.abs() / size;
    let distance = format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    let relative = if seconds < 0 { format!("{distance} ago") } else { format!("in {distance}") };
    format!("{}, {relative}", at.strftime("%F %RZ"))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use podcert_testkit::NOW;

    use super::*;

    #[test]
    fn the_distance_is_given_in_the_largest_unit_that_fits_twice() {
        for (seconds, expected) in [(1, "in 1 second"), (119, "in 119 seconds"), (3600, "in 60 minutes")] {
            let text = relative_time(NOW + Duration::from_secs(seconds), NOW);
            assert!(text.ends_with(expected), "{text}");
        }
        assert_eq!(relative_time(NOW - Duration::from_secs(172_800), NOW), "2026-05-30 00:00Z, 2 days ago");
    }
}
