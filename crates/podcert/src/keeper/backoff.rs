//! How long to wait after a failed renewal.

use std::time::Duration;

/// The pause after a number of consecutive failures, for a certificate that is valid for another `left`. `draw` is a random
/// number between 0 and 1.
///
/// The first pause is short, because most failures are brief. Later ones are drawn from a quarter of the time that is
/// left: when an issuer returns after an outage, the pods that waited for it are spread over hours, and retries become
/// more frequent as expiry approaches.
pub fn pause(failures: u32, left: Duration, draw: f64) -> Duration {
    let drawn = if failures <= 1 { FIRST.mul_f64(0.5 + draw) } else { (left / 4).mul_f64(draw) };
    drawn.max(SHORTEST.mul_f64(0.5 + draw)).min(LONGEST)
}

const FIRST: Duration = Duration::from_secs(30);
const SHORTEST: Duration = Duration::from_secs(10);
/// The maximum, for certificates with a very long lifetime.
const LONGEST: Duration = Duration::from_secs(6 * 3600);

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[test]
    fn the_first_pause_is_short_and_the_next_ones_follow_the_time_that_is_left() {
        for (failures, left, draw, expected) in [
            (1, DAY, 0.0, 15),
            (1, DAY, 1.0, 45),
            (2, DAY / 3, 1.0, 2 * 3600),
            (2, DAY / 3, 0.5, 3600),
            (9, Duration::from_secs(240), 1.0, 60),
            (9, DAY * 365, 1.0, 6 * 3600),
        ] {
            assert_eq!(
                pause(failures, left, draw),
                Duration::from_secs(expected),
                "{failures} {left:?} {draw}"
            );
        }
    }

    #[test]
    fn an_expired_certificate_is_tried_again_every_few_seconds() {
        assert_eq!(pause(7, Duration::ZERO, 0.0), Duration::from_secs(5));
        assert_eq!(pause(7, Duration::ZERO, 1.0), Duration::from_secs(15));
    }
}
