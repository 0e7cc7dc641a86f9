//! Faults in settings, collected so that all of them are reported at once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::{self, Display};

use clap::Command;
use podcert::diagnose::{Diagnose, ErrorClass, chain};

/// What is wrong with the settings. As an error, it lists all faults, one per line.
#[derive(Debug, Default)]
pub struct Faults {
    faults: Vec<Fault>,
    /// The names of settings in messages, by the ids of their flags.
    names: BTreeMap<String, String>,
}

/// One of them.
#[derive(Debug)]
pub struct Fault {
    /// The setting, by flag and variable.
    pub setting: String,
    /// What is wrong with it.
    pub problem: Problem,
    /// The class that decides the exit code.
    pub class: ErrorClass,
}

/// What is wrong with a setting, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub found: String,
    /// What to do.
    pub remedy: Option<String>,
}

/// A fault that is on the list already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded;

impl Faults {
    /// No faults yet, in the settings of a command and its subcommands. A setting is called by its flag and variable,
    /// as in `--duration (PODCERT_DURATION)`.
    pub fn of(command: &Command) -> Self {
        let commands = std::iter::once(command).chain(command.get_subcommands());
        let names = commands.flat_map(Command::get_arguments).map(|argument| {
            let name = match (argument.get_long(), argument.get_env()) {
                (Some(flag), Some(variable)) => format!("--{flag} ({})", variable.display()),
                (Some(flag), None) => format!("--{flag}"),
                (None, _) => argument.get_value_names().map_or_else(String::new, |names| names.join(" ")),
            };
            (argument.get_id().to_string(), name)
        });
        Self { faults: Vec::new(), names: names.collect() }
    }

    /// A setting whose value cannot be understood, by the id of its flag; or a variable that has no flag.
    pub fn usage(&mut self, id: &str, problem: Problem) -> Recorded {
        self.push(id, problem, ErrorClass::Usage)
    }

    /// A setting that is missing, or contradicts a different one.
    pub fn conflict(&mut self, id: &str, found: impl Display, remedy: impl Display) -> Recorded {
        let problem = Problem { found: found.to_string(), remedy: Some(remedy.to_string()) };
        self.push(id, problem, ErrorClass::Settings)
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// The name of a setting in messages.
    pub fn name(&self, id: &str) -> String {
        self.names.get(id).cloned().unwrap_or_else(|| id.to_owned())
    }

    /// The settings, if nothing is wrong with any of them.
    pub fn none_or<T>(self, settings: Result<T, Recorded>) -> Result<T, Self> {
        match settings {
            Ok(settings) if self.is_empty() => Ok(settings),
            _ => Err(self),
        }
    }

    fn push(&mut self, id: &str, problem: Problem, class: ErrorClass) -> Recorded {
        self.faults.push(Fault { setting: self.name(id), problem, class });
        Recorded
    }
}

impl Problem {
    /// The text and the remedy of an error.
    pub fn of(error: &impl Diagnose) -> Self {
        Self { found: chain(&error), remedy: error.remedy().map(Cow::into_owned) }
    }

    /// A problem whose text says what to do.
    pub fn new(found: impl Into<String>) -> Self {
        Self { found: found.into(), remedy: None }
    }

    /// A problem, and what to do about it.
    pub fn with_remedy(found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { found: found.into(), remedy: Some(remedy.into()) }
    }
}

/// A parser may return just a problem as its error.
impl Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.found)
    }
}

impl std::error::Error for Problem {}

impl Diagnose for Problem {
    fn class(&self) -> ErrorClass {
        ErrorClass::Usage
    }

    fn remedy(&self) -> Option<Cow<'static, str>> {
        self.remedy.clone().map(Cow::Owned)
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { setting, problem: Problem { found, remedy }, .. } = self;
        match remedy {
            Some(remedy) => write!(f, "{setting}: {found}; {remedy}"),
            None => write!(f, "{setting}: {found}"),
        }
    }
}

impl Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.faults.iter().map(Fault::to_string).collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for Faults {}

impl Diagnose for Faults {
    /// A conflict may vanish once all values are understood.
    fn class(&self) -> ErrorClass {
        let is_usage = self.faults.iter().any(|fault| fault.class == ErrorClass::Usage);
        if is_usage { ErrorClass::Usage } else { ErrorClass::Settings }
    }

    /// Each fault has its own.
    fn remedy(&self) -> Option<Cow<'static, str>> {
        None
    }
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;

    #[test]
    fn all_faults_are_listed_and_what_is_not_understood_decides_the_class() {
        let command = Command::new("test")
            .arg(Arg::new("source").long("source").env("PODCERT_SOURCE"))
            .subcommand(Command::new("sub").arg(Arg::new("target").value_name("HOST:PORT")));
        let mut faults = Faults::of(&command);
        assert!(faults.is_empty());
        faults.conflict("source", "none", "choose one");
        assert_eq!(faults.class(), ErrorClass::Settings);
        faults.usage("target", Problem::new("what?"));
        faults.usage("POD_IPS", Problem::new("what?"));
        assert_eq!(faults.class(), ErrorClass::Usage);
        assert_eq!(
            faults.to_string(),
            "--source (PODCERT_SOURCE): none; choose one\nHOST:PORT: what?\nPOD_IPS: what?"
        );
    }
}
