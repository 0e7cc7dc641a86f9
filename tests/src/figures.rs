//! Medians, and how far they can be trusted.

use std::fmt;

/// How two series compare that were measured in turns.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    /// The median of the rounds' ratios.
    pub value: f64,
    /// The lower end of the interval in which the ratio lies with a certainty of about 95 %.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
}

impl Ratio {
    /// The first series in units of the second. Their rounds are compared one by one: what slowed the machine for a
    /// while slowed both.
    pub fn of(first: &[f64], second: &[f64]) -> Self {
        let by_round = sorted(first.iter().zip(second).map(|(first, second)| first / second));
        // The number of values below the true median is binomial, and 0.98 times the root of their number is 1.96
        // times its deviation (the sign test).
        let count = by_round.len();
        let outside = (count as f64 / 2.0 - 0.98 * (count as f64).sqrt()).max(0.0) as usize;
        Self { value: median(&by_round), low: by_round[outside], high: by_round[count - 1 - outside] }
    }

    /// What can be said for certain.
    pub fn verdict(&self) -> &'static str {
        if self.low > 1.0 {
            "faster"
        } else if self.high < 1.0 {
            "SLOWER"
        } else {
            "no difference"
        }
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} ({:.2} to {:.2})", self.value, self.low, self.high)
    }
}

/// The value in the middle.
pub fn median(values: &[f64]) -> f64 {
    let sorted = sorted(values.iter().copied());
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    assert!(!values.is_empty(), "nothing was measured");
    values.sort_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn a_ratio_is_sure_where_all_rounds_agree_though_the_machine_was_slow_for_a_while() {
        let second: Vec<f64> = (0..20).map(|round| if round < 10 { 100.0 } else { 50.0 }).collect();
        let first: Vec<f64> = second.iter().map(|rate| rate * 1.5).collect();
        assert_eq!(Ratio::of(&first, &second), Ratio { value: 1.5, low: 1.5, high: 1.5 });
    }

    #[test]
    fn single_rounds_that_went_wrong_decide_nothing() {
        let second = [100.0; 20];
        let mut first = [110.0; 20];
        first[..5].fill(10.0);
        let ratio = Ratio::of(&first, &second);
        assert_eq!((ratio.low, ratio.high), (1.1, 1.1));
    }

    #[test]
    fn a_verdict_is_only_given_where_it_is_certain() {
        let verdict = |low, high| Ratio { value: 1.0, low, high }.verdict();
        assert_eq!(verdict(1.01, 1.2), "faster");
        assert_eq!(verdict(0.9, 1.1), "no difference");
        assert_eq!(verdict(0.8, 0.99), "SLOWER");
    }

    #[test]
    fn few_rounds_prove_little() {
        let ratio = Ratio::of(&[1.0, 2.0, 9.0], &[1.0; 3]);
        assert_eq!((ratio.low, ratio.high), (1.0, 9.0));
        assert_eq!(ratio.to_string(), "2.00 (1.00 to 9.00)");
    }
}
