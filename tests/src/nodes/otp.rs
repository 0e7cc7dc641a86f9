//! The OTP releases that nodes run on.

use std::fmt;

/// A release whose root file system is at hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Otp(&'static str);

impl Otp {
    /// OTP 25.
    pub const V25: Self = Self("25");
    /// OTP 27.
    pub const V27: Self = Self("27");
    /// OTP 29.
    pub const V29: Self = Self("29");

    /// All releases, oldest first.
    pub const ALL: [Self; 3] = [Self::V25, Self::V27, Self::V29];

    /// Every pairing of two, a release with itself among them.
    pub fn pairings() -> impl Iterator<Item = (Self, Self)> {
        Self::ALL.into_iter().flat_map(|first| Self::ALL.map(|second| (first, second)))
    }

    /// The group with which two of its nodes exchange keys, as far as OTP reports it.
    pub fn key_exchange(self) -> &'static str {
        if self.0 == "29" { "x25519mlkem768" } else { "unknown" }
    }

    /// The name of its root's directory.
    pub fn release(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Otp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "otp{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pairing_is_there_once() {
        let mut pairings: Vec<String> = Otp::pairings().map(|(a, b)| format!("{a}+{b}")).collect();
        pairings.sort();
        pairings.dedup();
        assert_eq!(pairings.len(), 9);
    }
}
