//! What a scenario is, on nodes and in pods alike: a name, what it needs, and how it is run and reported.
//!
//! A theme is a file with a table, `SCENARIOS`, of one row for each scenario; [`themes!`](crate::themes) lists the files.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

/// A scenario. What it can need depends on the harness, and comes with the function that gets it.
#[derive(Clone, Copy, Debug)]
pub struct Scenario<Needs> {
    /// Unique within its theme, in `lower-case-with-dashes`.
    pub name: &'static str,
    /// What it needs.
    pub needs: Needs,
}

/// All scenarios of a file.
#[derive(Clone, Copy, Debug)]
pub struct Theme<Needs: 'static> {
    /// The name of its module.
    pub module: &'static str,
    /// Its table.
    pub scenarios: &'static [Scenario<Needs>],
}

/// Where a scenario takes place.
pub trait Place {
    /// The ends of all logs, which say why a scenario has failed.
    fn log_tails(&self) -> String;
}

impl<Needs> Scenario<Needs> {
    /// A row of a table.
    pub const fn new(name: &'static str, needs: Needs) -> Self {
        Self { name, needs }
    }
}

impl<Needs: Copy> Theme<Needs> {
    /// Its scenarios, each with its full name, `theme/name`.
    pub fn scenarios(self) -> impl Iterator<Item = (String, Needs)> {
        let theme = self.module.replace('_', "-");
        self.scenarios.iter().map(move |scenario| (format!("{theme}/{}", scenario.name), scenario.needs))
    }
}

/// The tables of these modules, in this order.
///
/// The modules are declared by `mod` lines of their own: rustfmt does not find what a macro declares. A module that is
/// not listed does not pass clippy, since nobody uses its table.
#[macro_export]
macro_rules! themes {
    ($($module:ident),+ $(,)?) => {
        &[$($crate::scenario::Theme { module: stringify!($module), scenarios: $module::SCENARIOS }),+]
    };
}

/// Runs all trials that the command line selects, if there is what they need.
pub fn main(threads: usize, trials: Result<Vec<Trial>, String>) -> ExitCode {
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(threads);
    match trials {
        Ok(trials) => libtest_mimic::run(&arguments, trials).exit_code(),
        Err(problem) => {
            eprintln!("no scenario can run: {problem}");
            ExitCode::FAILURE
        }
    }
}

/// Runs a scenario in its place, which is gone afterwards. If it panics, the logs' ends are part of the failure.
pub fn run_in<P: Place>(mut place: P, run: impl FnOnce(&mut P)) -> Result<(), Failed> {
    catch_unwind(AssertUnwindSafe(|| run(&mut place)))
        .map_err(|panic| Failed::from(format!("{}\n{}", message(panic.as_ref()), place.log_tails())))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "it panicked".to_owned())
}

/// Asserts that names can be typed in a shell and select one scenario each.
#[cfg(test)]
pub(crate) fn assert_good_names(names: &[String]) {
    use std::collections::BTreeSet;

    let is_good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-+/".contains(c);
    for name in names {
        assert!(name.contains('/') && name.chars().all(is_good), "{name}");
    }
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "a name is there twice: {names:#?}");
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Log(&'static str);

    impl Place for Log {
        fn log_tails(&self) -> String {
            self.0.to_owned()
        }
    }

    #[test]
    fn a_failure_shows_the_message_and_the_logs() {
        let failed = run_in(Log("the log"), |_| panic!("what {}", "happened")).expect_err("it panicked");
        assert_eq!(failed.message(), Some("what happened\nthe log"));
        assert!(run_in(Log("the log"), |_| {}).is_ok());
    }

    #[test]
    fn a_full_name_begins_with_the_theme() {
        const SCENARIOS: &[Scenario<()>] = &[Scenario::new("asks-for-tcp", ())];
        let theme = Theme { module: "plain_text", scenarios: SCENARIOS };
        assert_eq!(theme.scenarios().collect::<Vec<_>>(), [("plain-text/asks-for-tcp".to_owned(), ())]);
    }

    #[test]
    #[should_panic(expected = "twice")]
    fn a_name_that_is_there_twice_is_found() {
        assert_good_names(&["a/b".to_owned(), "a/b".to_owned()]);
    }
}
