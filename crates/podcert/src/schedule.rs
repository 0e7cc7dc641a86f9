//! When a certificate is due for renewal. Nothing here is stored: the time follows from the certificate itself, so a
//! program that restarts comes to the same one.

use std::time::Duration;

use jiff::Timestamp;

use crate::verify::VerifiedCertificate;

/// When a certificate is due: at a time between one third and two thirds of its life, which its fingerprint chooses.
///
/// Pods that started together get certificates together. Drawn anew for each certificate, over a third of a life, the
/// times spread such pods in the first round already, and leave a third of the life for what may go wrong.
pub fn due_at(fingerprint: &str, not_before: Timestamp, not_after: Timestamp) -> Timestamp {
    let earliest = part(not_before, not_after, 1, 3);
    let latest = latest_at(not_before, not_after);
    // The fingerprint is a hash in hexadecimal, so any digits of it are as good as a draw.
    let drawn = fingerprint.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    part(earliest, latest, drawn.unwrap_or(u32::MAX).into(), u32::MAX.into())
}

/// The time by which a certificate should have been renewed, whatever its fingerprint: two thirds of its life.
pub fn latest_at(not_before: Timestamp, not_after: Timestamp) -> Timestamp {
    part(not_before, not_after, 2, 3)
}

/// How long to leave a certificate alone that was obtained now. Some issuers backdate, so that one may seem due at once;
/// and one with a short life must not keep everybody busy.
pub(crate) fn until_due(certificate: &VerifiedCertificate, now: Timestamp) -> Duration {
    let due = due_at(certificate.fingerprint(), certificate.not_before(), certificate.not_after());
    let least = between(now, certificate.not_after()) / 10;
    between(now, due).max(least).max(FLOOR)
}

/// The time from one moment to another; none if it has passed.
pub(crate) fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

fn part(start: Timestamp, end: Timestamp, numerator: i128, denominator: i128) -> Timestamp {
    let (start, length) = (start.as_nanosecond(), end.as_nanosecond() - start.as_nanosecond());
    // Between the two ends, both of which are timestamps.
    Timestamp::from_nanosecond(start + length * numerator / denominator).unwrap_or(end)
}

/// No certificate is renewed sooner after it was obtained.
const FLOOR: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::support::hex;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn fingerprint(of: u32) -> String {
        hex::encode(ring::digest::digest(&ring::digest::SHA256, &of.to_be_bytes()).as_ref())
    }

    #[test]
    fn the_fingerprint_chooses_a_time_in_the_middle_third() {
        let due = |fingerprint: &str| due_at(fingerprint, at(3_000), at(3_000 + 3_600));
        assert_eq!(due("00000000ff"), at(3_000 + 1_200));
        assert_eq!(due("ffffffff00"), at(3_000 + 2_400));
        assert_eq!(latest_at(at(3_000), at(3_000 + 3_600)), at(3_000 + 2_400));
    }

    #[test]
    fn certificates_of_one_moment_are_spread_evenly() {
        let mut counts = [0; 10];
        for of in 0..10_000 {
            let due = due_at(&fingerprint(of), at(0), at(30_000)).as_second();
            counts[usize::try_from((due - 10_000) / 1_000).expect("within the middle third").min(9)] += 1;
        }
        assert!(counts.iter().all(|count| (850..=1_150).contains(count)), "{counts:?}");
    }

    proptest! {
        #[test]
        fn the_time_lies_in_the_middle_third(
            start in -1_000_000_000i64..4_000_000_000,
            life in 0i64..400_000_000,
            of: u32,
        ) {
            let due = due_at(&fingerprint(of), at(start), at(start + life));
            prop_assert!(at(start + life / 3) <= due && due <= latest_at(at(start), at(start + life)));
        }
    }
}
