//! Settings: where each of them came from, and what is wrong with them.

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::SETTINGS;
use crate::diagnostics::Finding;
use crate::settings::{Fault, Faults};

/// The settings that the chosen subcommand was given, each with its origin; those that have their defaults in one
/// line.
pub fn setting_findings(command: &Command, matches: &ArgMatches) -> Vec<Finding> {
    let chosen =
        matches.subcommand().and_then(|(name, matches)| Some((command.find_subcommand(name)?, matches)));
    let Some((command, matches)) = chosen else { return Vec::new() };
    let mut findings = Vec::new();
    let mut defaults = Vec::new();
    for argument in command.get_arguments() {
        // A flag without a variable, such as --json, is not a setting.
        let Some(variable) = argument.get_env() else { continue };
        let (Some(flag), Some(value)) = (argument.get_long(), value(argument, matches)) else { continue };
        let origin = match matches.value_source(argument.get_id().as_str()) {
            Some(ValueSource::CommandLine) => "from the command line".to_owned(),
            Some(ValueSource::EnvVariable) => format!("from {}", variable.display()),
            _ if argument.is_hide_set() => continue,
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
pub fn fault_findings(faults: &Faults) -> Vec<Finding> {
    let finding = |fault: &Fault| {
        let remedy = fault.problem.remedy.clone().unwrap_or_else(|| "correct it".to_owned());
        SETTINGS.error(&fault.setting, fault.class, &fault.problem.found, remedy)
    };
    faults.iter().map(finding).collect()
}

/// A value as it was given; none if there is none, or an empty one.
fn value(argument: &Arg, matches: &ArgMatches) -> Option<String> {
    let values = matches.try_get_raw(argument.get_id().as_str()).ok()??;
    let text = values.map(|value| value.to_string_lossy()).collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use clap::{Args as _, Command};

    use super::*;
    use crate::settings::{Args, finish};

    #[test]
    fn each_setting_is_listed_with_its_origin() {
        let command = finish(Command::new("test").subcommand(Args::augment_args(Command::new("check"))));
        let matches = command
            .clone()
            .try_get_matches_from(["test", "check", "--issuer=ca", "--ip-addresses-as-dns-names"])
            .expect("settings");
        let findings = setting_findings(&command, &matches);
        let listed: Vec<(&str, &str)> =
            findings.iter().map(|finding| (finding.check.as_str(), finding.found.as_str())).collect();
        assert_eq!(
            listed[..2],
            [
                ("--issuer", "ca (from the command line)"),
                ("--ip-addresses-as-dns-names", "true (from the command line)")
            ]
        );
        let (check, defaults) = listed[2];
        assert_eq!(check, "defaults");
        assert!(defaults.contains("--directory /run/podcert") && !defaults.contains("--uris"), "{defaults}");
    }

    #[test]
    fn faults_say_what_to_do() {
        let mut faults = Faults::default();
        faults.conflict("--source (PODCERT_SOURCE)", "none; of them", "set --issuer");
        let finding = &fault_findings(&faults)[0];
        assert_eq!(
            (finding.found.as_str(), finding.remedy.as_deref()),
            ("none; of them", Some("set --issuer"))
        );
    }
}
