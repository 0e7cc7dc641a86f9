//! The number of rounds that a benchmark measures.

use std::env;

/// The number after `--rounds` on the command line. Cargo adds arguments of its own to it.
pub fn from_arguments() -> Option<usize> {
    parse(env::args())
}

fn parse(arguments: impl Iterator<Item = String>) -> Option<usize> {
    let number = arguments.skip_while(|argument| argument != "--rounds").nth(1)?;
    let rounds = number.parse().ok().filter(|rounds| *rounds > 0);
    Some(rounds.unwrap_or_else(|| panic!("--rounds: {number} is not a positive number")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounds(line: &str) -> Option<usize> {
        parse(line.split(' ').map(str::to_owned))
    }

    #[test]
    fn rounds_are_found_among_the_arguments_of_cargo() {
        assert_eq!(rounds("launchers --rounds 3 --bench"), Some(3));
        assert_eq!(rounds("launchers --bench"), None);
    }

    #[test]
    #[should_panic(expected = "--rounds: 0 is not a positive number")]
    fn no_rounds_are_refused() {
        rounds("launchers --rounds 0");
    }
}
