//! Unknown variables with one of our prefixes: most likely misspelled, and without effect.

use std::ffi::OsString;

use super::{Faults, Problem};

/// The variables that a command and its subcommands know.
pub fn known_variables(command: &clap::Command) -> Vec<String> {
    let commands = std::iter::once(command).chain(command.get_subcommands());
    let arguments = commands.flat_map(clap::Command::get_arguments);
    arguments.filter_map(|argument| argument.get_env()?.to_str().map(str::to_owned)).collect()
}

/// Refuses each variable that starts with `prefix` and is not known, except what Kubernetes sets for a
/// Service whose name makes the same prefix.
pub fn refuse_unknown_variables(
    names: impl IntoIterator<Item = OsString>,
    prefix: &str,
    known: &[String],
    faults: &mut Faults,
) {
    let mut unknown: Vec<String> = names
        .into_iter()
        .filter_map(|name| name.into_string().ok())
        .filter(|name| name.strip_prefix(prefix).is_some_and(|rest| !is_from_kubernetes(rest)))
        .filter(|name| !known.contains(name))
        .collect();
    unknown.sort_unstable();
    for name in unknown {
        let remedy = match nearest(&name, known) {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => "unset it".to_owned(),
        };
        faults.usage(&name, Problem { found: "unknown variable".to_owned(), remedy: Some(remedy) });
    }
}

/// The names of all variables that are set.
#[expect(clippy::disallowed_methods, reason = "the door for the names of variables")]
pub fn variable_names() -> impl Iterator<Item = OsString> {
    std::env::vars_os().map(|(name, _)| name)
}

/// `_SERVICE_HOST`, `_SERVICE_PORT`, `_SERVICE_PORT_HTTP`, `_PORT`, `_PORT_80_TCP`, `_PORT_80_TCP_ADDR`,
/// after the name of a Service. Nothing may precede these: the Service may be called like the prefix.
fn is_from_kubernetes(rest: &str) -> bool {
    let rest = format!("_{rest}");
    let port_with_number = rest.match_indices("_PORT_").any(|(at, found)| {
        let after = &rest[at + found.len()..];
        let number = after.split('_').next().unwrap_or_default();
        !number.is_empty() && number.len() < after.len() && number.bytes().all(|byte| byte.is_ascii_digit())
    });
    rest.ends_with("_SERVICE_HOST")
        || rest.contains("_SERVICE_PORT")
        || rest.ends_with("_PORT")
        || port_with_number
}

/// Whether a name may be a misspelling of the other one.
pub(crate) fn is_near(name: &str, other: &str) -> bool {
    distance(name, other) <= MAX_DISTANCE
}

fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a String> {
    known.iter().filter(|it| is_near(name, it)).min_by_key(|it| distance(name, it))
}

/// How many bytes must be inserted, removed or replaced to make one text the other.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.bytes().enumerate() {
            let replaced = diagonal + usize::from(a != b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

const MAX_DISTANCE: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn faults_of(names: &[&str]) -> String {
        let known = ["PODCERT_DIRECTORY".to_owned(), "PODCERT_DURATION".to_owned()];
        let mut faults = Faults::default();
        refuse_unknown_variables(names.iter().map(OsString::from), "PODCERT_", &known, &mut faults);
        faults.to_string()
    }

    #[test]
    fn an_unknown_variable_is_reported_with_the_nearest_one() {
        assert_eq!(
            faults_of(&["PODCERT_DIRECTROY", "PODCERT_ELSE", "PATH", "PODCERT_DURATION"]),
            "PODCERT_DIRECTROY: unknown variable; did you mean PODCERT_DIRECTORY?\n\
             PODCERT_ELSE: unknown variable; unset it"
        );
    }

    #[test]
    fn what_kubernetes_sets_for_a_service_is_let_through() {
        assert_eq!(
            faults_of(&[
                "PODCERT_SERVICE_HOST",
                "PODCERT_SERVICE_PORT",
                "PODCERT_SERVICE_PORT_HTTP",
                "PODCERT_PORT",
                "PODCERT_PORT_80_TCP",
                "PODCERT_PORT_80_TCP_ADDR",
                "PODCERT_CONTROLLER_SERVICE_HOST",
                "PODCERT_CONTROLLER_PORT_443_TCP",
            ]),
            ""
        );
        for name in
            ["PODCERT_PORT_", "PODCERT_PORT_80", "PODCERT_PORT_X_TCP", "PODCERT_SERVICE", "PODCERT_REPORT"]
        {
            assert_ne!(faults_of(&[name]), "", "{name}");
        }
    }
}
