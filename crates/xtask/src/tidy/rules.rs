//! The rules, each a pure function of a file's text. A fault says what to do.

use std::path::Path;

/// A file starts with a comment that says what it is for.
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

/// Paths and hosts that exist only on one machine, such as this checkout or a mirror, break on all others.
pub fn paths_of_one_machine(checkout: &Path, text: &str) -> Vec<String> {
    // A short path, such as /src, could refer to any container.
    let checkout = checkout.to_str().filter(|path| path.matches('/').count() > 1);
    let hosts = HOSTS.map(|host| format!("://{host}"));
    let paths: Vec<_> = checkout.into_iter().chain(hosts.iter().map(String::as_str)).collect();
    let lines = text.lines().enumerate();
    let found = lines
        .filter_map(|(number, line)| Some((number + 1, paths.iter().find(|path| line.contains(**path))?)));
    found
        .map(|(number, path)| format!("line {number} names {path}; use a relative path or the default"))
        .collect()
}

/// License and lints come from the workspace.
pub fn manifest(text: &str) -> Vec<String> {
    let has_lints =
        text.split_once("[lints]").is_some_and(|(_, rest)| rest.trim_start().starts_with("workspace = true"));
    let has_license = text.lines().any(|line| line == "license.workspace = true");
    let mut faults = Vec::new();
    if !has_license {
        faults.push("add `license.workspace = true` to [package]".to_owned());
    }
    if !has_lints {
        faults.push("add `[lints] workspace = true`".to_owned());
    }
    faults
}

/// The README has the two commands that newcomers need.
pub fn commands(text: &str) -> Vec<String> {
    let missing =
        ["cargo xtask demo", "cargo xtask test"].into_iter().filter(|command| !text.contains(command));
    missing.map(|command| format!("mention `{command}`")).collect()
}

const LONGEST: usize = 400;

/// The names of hosts that serve packages start with these.
const HOSTS: [&str; 4] = ["deb.", "index.", "mirror", "proxy."];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_start_with_a_comment() {
        assert_eq!(opening_comment("rs", "//! Names.\n"), None);
        assert_eq!(opening_comment("erl", "%% Names.\n"), None);
        assert!(opening_comment("rs", "use std::fs;\n").is_some());
        assert!(opening_comment("erl", "-module(names).\n").is_some());
    }

    #[test]
    fn long_files_must_be_split() {
        assert_eq!(length(&"\n".repeat(LONGEST)), None);
        assert!(length(&"\n".repeat(LONGEST + 1)).is_some());
    }

    #[test]
    fn paths_of_one_machine_are_reported_with_their_line() {
        let here = Path::new("/somewhere/podcert");
        let faults = paths_of_one_machine(here, "fine\ncd /somewhere/podcert/docs\n");
        assert_eq!(faults, ["line 2 names /somewhere/podcert; use a relative path or the default"]);
        let mirror = format!("http://{}example.org\n", HOSTS[0]);
        assert_eq!(paths_of_one_machine(here, &mirror).len(), 1);
        assert!(paths_of_one_machine(here, "target/otp, /run/podcert and https://example.org\n").is_empty());
        assert!(paths_of_one_machine(Path::new("/src"), "WORKDIR /src\n").is_empty());
    }

    #[test]
    fn a_manifest_takes_license_and_lints_from_the_workspace() {
        assert!(manifest("[package]\nlicense.workspace = true\n\n[lints]\nworkspace = true\n").is_empty());
        assert_eq!(manifest("[package]\nname = \"x\"\n").len(), 2);
        assert_eq!(manifest("[package]\nlicense.workspace = true\n[lints]\n").len(), 1);
    }

    #[test]
    fn both_commands_are_required() {
        assert!(commands("`cargo xtask demo`, then `cargo xtask test`").is_empty());
        assert_eq!(commands("`cargo xtask demo`"), ["mention `cargo xtask test`"]);
    }
}
