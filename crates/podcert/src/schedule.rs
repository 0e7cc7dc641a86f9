//! When a certificate is due for renewal.

use jiff::Timestamp;

/// When two thirds of a certificate's lifetime have passed.
pub fn due_at(not_before: Timestamp, not_after: Timestamp) -> Timestamp {
    let (start, end) = (i128::from(not_before.as_second()), i128::from(not_after.as_second()));
    let due = start + (end - start) * 2 / 3;
    // It cannot fail, because the result lies between two timestamps.
    i64::try_from(due).ok().and_then(|second| Timestamp::from_second(second).ok()).unwrap_or(not_after)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_certificate_is_due_after_two_thirds_of_its_lifetime() {
        assert_eq!(due_at(at(1_000), at(1_000 + 86_400)), at(1_000 + 57_600));
        assert_eq!(due_at(at(10), at(10)), at(10));
    }

    proptest! {
        #[test]
        fn renewal_is_due_within_the_lifetime(start in -1_000_000_000i64..4_000_000_000, life in 0i64..400_000_000) {
            let due = due_at(at(start), at(start + life));
            prop_assert!(at(start) <= due && due <= at(start + life));
        }
    }
}
