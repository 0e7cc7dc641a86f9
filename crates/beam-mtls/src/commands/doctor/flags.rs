//! Flags in variables, which reach the node or its consoles in addition to ours.

use std::path::Path;

use podcert::diagnose::ErrorClass;
use podcert_cli::diagnostics::Finding;
use podcert_cli::settings::Problem;

use super::{FLAGS, Subject};
use crate::artifacts::render::{REMOTE_VM_ARGS, VM_ARGS};
use crate::flags::{self, Error, Flags};
use crate::launcher::variables::remote_flags;

/// Looks at each variable that the BEAM reads.
pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(directory) = &subject.settings.config_directory else { return Vec::new() };
    let ours = directory.as_path().join(VM_ARGS);
    let remote = remote_flags(directory);
    // The pod's specification holds them, for consoles.
    let environment = subject.environment.without_flags("ERL_ZFLAGS", &remote);
    let mut findings = Vec::new();
    let mut names = Vec::new();
    for (name, text) in environment.flags().filter(|(_, text)| !text.is_empty()) {
        findings.extend(of_variable(&name, &text, &ours));
        names.push(name);
    }
    findings.extend(consoles(subject, &directory.as_path().join(REMOTE_VM_ARGS)));
    if findings.is_empty() {
        let found = if names.is_empty() {
            "none".to_owned()
        } else {
            format!(
                "{}: they set none of the flags that \
                beam-mtls sets",
                names.join(", ")
            )
        };
        findings.push(FLAGS.ok("variables", found));
    }
    findings
}

fn of_variable(name: &str, text: &str, ours: &Path) -> Vec<Finding> {
    let flags = match Flags::of_variable(name, text) {
        Ok(flags) => flags,
        Err(error) => return conflicts(name, &error),
    };
    let ignored = flags.ignored();
    let mut findings = warnings(name, &ignored);
    if let Err(error) = flags::check(&[flags], ours) {
        findings.extend(conflicts(name, &error));
    }
    findings
}

/// One finding for each problem.
pub(super) fn warnings(place: &str, problems: &[Problem]) -> Vec<Finding> {
    let remedy = |problem: &Problem| problem.remedy.clone().unwrap_or_default();
    problems.iter().map(|problem| FLAGS.warning(place, &problem.found, remedy(problem))).collect()
}

/// One finding for each flag.
pub(super) fn conflicts(place: &str, error: &Error) -> Vec<Finding> {
    let Error::Conflicts(problems) = error else {
        return vec![FLAGS.of_error(place, error)];
    };
    let remedy = |problem: &Problem| problem.remedy.clone().unwrap_or_default();
    let finding =
        |problem: &Problem| FLAGS.error(place, ErrorClass::Settings, &problem.found, remedy(problem));
    problems.iter().map(finding).collect()
}

/// A console that is given the same file by two variables has each flag twice.
fn consoles(subject: &Subject<'_>, remote: &Path) -> Option<Finding> {
    let remote = remote.to_str()?;
    let names_it = |name: &&str| {
        subject.environment.get(name).is_some_and(|value| value.to_string_lossy().contains(remote))
    };
    let places: Vec<&str> = CONSOLE_VARIABLES.into_iter().filter(names_it).collect();
    if places.len() < 2 {
        return None;
    }
    let found = format!(
        "{} all name {remote}, so consoles get its flags {} times: some OTP releases ignore a -proto_dist or \
            -ssl_dist_optfile that is repeated",
        places.join(" and "),
        places.len()
    );
    Some(FLAGS.error("consoles", ErrorClass::Settings, found, "keep one of them"))
}

const CONSOLE_VARIABLES: [&str; 5] =
    ["ERL_AFLAGS", "ERL_FLAGS", "ERL_ZFLAGS", "ELIXIR_ERL_OPTIONS", "RELEASE_REMOTE_VM_ARGS"];
