//! Settings, where each of them came from, and what is wrong with them.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::SETTINGS;
use crate::report::{Finding, split};
use crate::settings::Faults;

/// The settings that a command was given, each with its origin; those that nobody gave in one line.
pub fn origins(command: &Command, matches: &ArgMatches) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut defaults = Vec::new();
    for argument in command.get_arguments() {
        // What cannot be exported, such as --json, is no setting.
        let Some(variable) = argument.get_env() else { continue };
        let (Some(flag), Some(value)) = (argument.get_long(), value(argument, matches)) else { continue };
        let origin = match matches.value_source(argument.get_id().as_str()) {
            Some(ValueSource::CommandLine) => "typed".to_owned(),
            Some(ValueSource::EnvVariable) => format!("from {}", variable.display()),
            _ => {
                defaults.push(format!("--{flag} {value}"));
                continue;
            }
        };
        findings.push(SETTINGS.ok(format!("--{flag}"), format!("{value} ({origin})")));
    }
    if !defaults.is_empty() {
        findings.push(SETTINGS.ok("defaults", defaults.join(", ")));
    }
    findings
}

/// What is wrong with settings.
pub fn faults(faults: &Faults) -> Vec<Finding> {
    let finding = |fault: &crate::settings::Fault| {
        let (found, remedy) = split(&fault.problem);
        SETTINGS.error(&fault.setting, fault.class, found, remedy.unwrap_or_else(|| "correct it".to_owned()))
    };
    faults.iter().map(finding).collect()
}

/// A value as it was given; none where there is none, or an empty one.
fn value(argument: &Arg, matches: &ArgMatches) -> Option<String> {
    // What is no setting, such as --help, has no value here.
    let values = matches.try_get_raw(argument.get_id().as_str()).ok()??;
    let text = values.map(|value| value.to_string_lossy()).collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command};

    use super::*;
    use crate::settings::Args;

    #[test]
    fn each_setting_is_told_with_its_origin() {
        let command = Args::augment_args(Command::new("check"));
        let matches = command
            .clone()
            .try_get_matches_from(["check", "--issuer=ca", "--ip-addresses-as-dns-names"])
            .expect("settings");
        let findings = origins(&command, &matches);
        let told: Vec<(&str, &str)> =
            findings.iter().map(|finding| (finding.check.as_str(), finding.found.as_str())).collect();
        assert_eq!(told[..2], [("--issuer", "ca (typed)"), ("--ip-addresses-as-dns-names", "true (typed)")]);
        let (check, defaults) = told[2];
        assert_eq!(check, "defaults");
        assert!(defaults.contains("--directory /run/podcert") && !defaults.contains("--uris"), "{defaults}");
    }

    #[test]
    fn faults_tell_what_to_do() {
        let mut found = Faults::default();
        found.conflict("--source (PODCERT_SOURCE)", "none was chosen; set --issuer");
        let finding = &faults(&found)[0];
        assert_eq!(
            (finding.found.as_str(), finding.remedy.as_deref()),
            ("none was chosen", Some("set --issuer"))
        );
    }
}
