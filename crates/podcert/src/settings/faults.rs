//! Faults in settings, collected so that all can be told at once.

use std::fmt::{self, Display};

use crate::exit::ExitClass;

/// What is wrong with the settings, one line each. As an error it lists all of them.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

/// One of them.
#[derive(Debug)]
pub struct Fault {
    /// The setting, by flag and variable.
    pub setting: String,
    /// What is wrong with it.
    pub problem: String,
    /// The class that decides the exit code.
    pub class: ExitClass,
}

impl Faults {
    /// A setting whose value cannot be understood. `setting` names flag and variable, as in
    /// `--duration (PODCERT_DURATION)`.
    pub fn usage(&mut self, setting: &str, problem: impl Display) {
        self.push(setting, problem, ExitClass::Usage);
    }

    /// A setting that is lacking, or contradicts another one.
    pub fn conflict(&mut self, setting: &str, problem: impl Display) {
        self.push(setting, problem, ExitClass::Settings);
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The class that decides the exit code: a conflict may vanish once all values are understood.
    pub fn exit_class(&self) -> ExitClass {
        let is_usage = self.0.iter().any(|fault| fault.class == ExitClass::Usage);
        if is_usage { ExitClass::Usage } else { ExitClass::Settings }
    }

    fn push(&mut self, setting: &str, problem: impl Display, class: ExitClass) {
        self.0.push(Fault { setting: setting.to_owned(), problem: problem.to_string(), class });
    }
}

impl Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.0.iter().map(|Fault { setting, problem, .. }| format!("{setting}: {problem}"));
        f.write_str(&lines.collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for Faults {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_faults_are_listed_and_what_is_not_understood_decides_the_class() {
        let mut faults = Faults::default();
        assert!(faults.is_empty());
        faults.conflict("--source (PODCERT_SOURCE)", "none");
        assert_eq!(faults.exit_class(), ExitClass::Settings);
        faults.usage("--duration (PODCERT_DURATION)", "what?");
        assert_eq!(faults.exit_class(), ExitClass::Usage);
        assert_eq!(
            faults.to_string(),
            "--source (PODCERT_SOURCE): none\n--duration (PODCERT_DURATION): what?"
        );
    }
}
