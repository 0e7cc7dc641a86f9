//! The rules, each a pure function of one file's text; a fault tells what to do.

use std::path::Path;

/// A file says at its top what it is for.
pub fn opening_comment(extension: &str, text: &str) -> Option<String> {
    let opening = if extension == "erl" { "%% " } else { "//! " };
    (!text.starts_with(opening)).then(|| format!("begin it with `{opening}` and what the file is for"))
}

/// A file has one job.
pub fn length(text: &str) -> Option<String> {
    let lines = text.lines().count();
    (lines > LONGEST)
        .then(|| format!("has {lines} lines; split it into files of less than {LONGEST}, one job each"))
}

/// What only exists on the machine where it was written breaks for everybody else: this very checkout, some mirror.
pub fn places_of_one_machine(checkout: &Path, text: &str) -> Vec<String> {
    // A checkout at the top, like /src, could be meant for any container.
    let checkout = checkout.to_str().filter(|path| path.matches('/').count() > 1);
    let hosts = HOSTS.map(|host| format!("://{host}"));
    let places: Vec<_> = checkout.into_iter().chain(hosts.iter().map(String::as_str)).collect();
    let lines = text.lines().enumerate();
    let found = lines
        .filter_map(|(number, line)| Some((number + 1, places.iter().find(|place| line.contains(**place))?)));
    found
        .map(|(number, place)| format!("line {number} names {place}; use a relative path or the default"))
        .collect()
}

/// Licence and lints come from the workspace.
pub fn manifest(text: &str) -> Vec<String> {
    let has_lints =
        text.split_once("[lints]").is_some_and(|(_, rest)| rest.trim_start().starts_with("workspace = true"));
    let has_licence = text.lines().any(|line| line == "license.workspace = true");
    let mut faults = Vec::new();
    if !has_licence {
        faults.push("add `license.workspace = true` to [package]".to_owned());
    }
    if !has_lints {
        faults.push("add `[lints] workspace = true`".to_owned());
    }
    faults
}

/// The two commands that somebody new needs are found at once.
pub fn commands(text: &str) -> Vec<String> {
    let missing =
        ["cargo xtask demo", "cargo xtask test"].into_iter().filter(|command| !text.contains(command));
    missing.map(|command| format!("tell about `{command}`")).collect()
}

const LONGEST: usize = 400;

/// How the names of hosts begin that serve packages.
const HOSTS: [&str; 4] = ["deb.", "index.", "mirror", "proxy."];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_opens_with_what_it_is_for() {
        assert_eq!(opening_comment("rs", "//! Names.\n"), None);
        assert_eq!(opening_comment("erl", "%% Names.\n"), None);
        assert!(opening_comment("rs", "use std::fs;\n").is_some());
        assert!(opening_comment("erl", "-module(names).\n").is_some());
    }

    #[test]
    fn a_long_file_is_to_be_split() {
        assert_eq!(length(&"\n".repeat(LONGEST)), None);
        assert!(length(&"\n".repeat(LONGEST + 1)).is_some());
    }

    #[test]
    fn places_of_one_machine_are_named_with_their_line() {
        let here = Path::new("/somewhere/podcert");
        let faults = places_of_one_machine(here, "fine\ncd /somewhere/podcert/docs\n");
        assert_eq!(faults, ["line 2 names /somewhere/podcert; use a relative path or the default"]);
        let mirror = format!("http://{}example.org\n", HOSTS[0]);
        assert_eq!(places_of_one_machine(here, &mirror).len(), 1);
        assert!(places_of_one_machine(here, "target/otp, /run/podcert and https://example.org\n").is_empty());
        assert!(places_of_one_machine(Path::new("/src"), "WORKDIR /src\n").is_empty());
    }

    #[test]
    fn a_manifest_takes_licence_and_lints_from_the_workspace() {
        assert!(manifest("[package]\nlicense.workspace = true\n\n[lints]\nworkspace = true\n").is_empty());
        assert_eq!(manifest("[package]\nname = \"x\"\n").len(), 2);
        assert_eq!(manifest("[package]\nlicense.workspace = true\n[lints]\n").len(), 1);
    }

    #[test]
    fn both_commands_are_told() {
        assert!(commands("`cargo xtask demo`, then `cargo xtask test`").is_empty());
        assert_eq!(commands("`cargo xtask demo`"), ["tell about `cargo xtask test`"]);
    }
}
