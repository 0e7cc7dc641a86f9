//! How long to wait after a failed renewal.

use std::time::Duration;

/// The pause after a number of consecutive failures, for a certificate with the lifetime `life` that is valid for another
/// `left`. `draw` is a random number between 0 and 1.
///
/// The first pause is short, because most failures are brief. Later ones are drawn from a quarter of the time that is
/// left: when an issuer returns after an outage, the pods that waited for it are spread over hours, and retries become
/// more frequent as expiry approaches. Each retry may leave a request object behind, so they never become too frequent.
pub fn pause(failures: u32, left: Duration, life: Duration, draw: f64) -> Duration {
    if failures <= 1 {
        return FIRST.mul_f64(0.5 + draw);
    }
    let shortest = (life / 288).clamp(SHORTEST, LONGEST_SHORTEST);
    (left / 4).mul_f64(draw).max(shortest.mul_f64(0.5 + draw)).min(LONGEST)
}

const FIRST: Duration = Duration::from_secs(30);
/// The minimum: five minutes for a lifetime of a day, less for shorter ones.
const SHORTEST: Duration = Duration::from_secs(10);
const LONGEST_SHORTEST: Duration = Duration::from_secs(5 * 60);
/// The maximum, for certificates with a very long lifetime.
const LONGEST: Duration = Duration::from_secs(6 * 3600);

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[test]
    fn the_first_pause_is_short_and_the_next_ones_follow_the_time_that_is_left() {
        for (failures, left, life, draw, expected) in [
            (1, DAY, DAY, 0.0, 15),
            (1, DAY, DAY, 1.0, 45),
            (2, DAY / 3, DAY, 1.0, 2 * 3600),
            (2, DAY / 3, DAY, 0.5, 3600),
            (9, DAY * 365, DAY * 400, 1.0, 6 * 3600),
        ] {
            assert_eq!(
                pause(failures, left, life, draw),
                Duration::from_secs(expected),
                "{failures} {left:?} {draw}"
            );
        }
    }

    #[test]
    fn the_minimum_follows_the_lifetime() {
        let expired = |life, draw| pause(7, Duration::ZERO, life, draw).as_secs();
        assert_eq!((expired(DAY, 0.0), expired(DAY, 1.0)), (150, 450));
        assert_eq!((expired(DAY * 90, 0.5), expired(DAY / 24, 0.5)), (300, 12));
        assert_eq!((expired(DAY / 1440, 0.0), expired(DAY / 1440, 1.0)), (5, 15));
    }
}
