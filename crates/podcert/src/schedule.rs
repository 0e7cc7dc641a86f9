//! When a certificate is due for renewal. The time is derived from the certificate itself, so nothing has to be stored and a
//! restarted program comes to the same one.

use std::time::Duration;

use jiff::Timestamp;

use crate::verify::VerifiedCertificate;

/// When a certificate is due: between one third and two thirds of its lifetime, at a point that its fingerprint selects.
///
/// Pods that start together get certificates together. A new point for each certificate, anywhere in a third of the
/// lifetime, spreads such pods out in the first round, and leaves at least a third of the lifetime for retries.
pub fn due_at(fingerprint: &str, not_before: Timestamp, not_after: Timestamp) -> Timestamp {
    let earliest = part(not_before, not_after, 1, 3);
    let latest = latest_at(not_before, not_after);
    // The fingerprint is a hash in hexadecimal, so its first digits are uniformly distributed.
    let drawn = fingerprint.get(..8).and_then(|digits| u32::from_str_radix(digits, 16).ok());
    part(earliest, latest, drawn.unwrap_or(u32::MAX).into(), u32::MAX.into())
}

/// The latest time at which a certificate can be due, whatever its fingerprint: two thirds of its lifetime.
pub fn latest_at(not_before: Timestamp, not_after: Timestamp) -> Timestamp {
    part(not_before, not_after, 2, 3)
}

/// How long to wait before renewing a certificate.
pub(crate) fn until_due(certificate: &VerifiedCertificate, now: Timestamp) -> Duration {
    let due = due_at(certificate.fingerprint(), certificate.not_before(), certificate.not_after());
    between(now, due).max(FLOOR)
}

/// The same for one that was issued now, or that nobody here can renew: it may seem due at once if the issuer backdates it,
/// or because whoever renews it is late.
pub(crate) fn until_due_again(certificate: &VerifiedCertificate, now: Timestamp) -> Duration {
    until_due(certificate, now).max(between(now, certificate.not_after()) / 10)
}

/// The time from one moment to a later one; zero if the second is not later.
pub(crate) fn between(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

fn part(start: Timestamp, end: Timestamp, numerator: i128, denominator: i128) -> Timestamp {
    let (start, length) = (start.as_nanosecond(), end.as_nanosecond() - start.as_nanosecond());
    // It cannot fail, because the result lies between two timestamps.
    Timestamp::from_nanosecond(start + length * numerator / denominator).unwrap_or(end)
}

/// The minimum time between two renewals.
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
    fn the_fingerprint_selects_a_time_in_the_middle_third() {
        let due = |fingerprint: &str| due_at(fingerprint, at(3_000), at(3_000 + 3_600));
        assert_eq!(due("00000000ff"), at(3_000 + 1_200));
        assert_eq!(due("ffffffff00"), at(3_000 + 2_400));
        assert_eq!(latest_at(at(3_000), at(3_000 + 3_600)), at(3_000 + 2_400));
    }

    #[test]
    fn certificates_issued_together_are_due_at_evenly_spread_times() {
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
