//! Everything that is linked into the binaries may be given away under our own licences.

use anyhow::{Context, Result, bail};
use serde_json::Value;

use testbed::builds::musl;
use testbed::{Log, workspace};

/// Checks the licence of each dependency on the target that is shipped.
pub fn check(log: &Log) -> Result<()> {
    let metadata = workspace::metadata(&["--locked", "--filter-platform", &musl::target()])?;
    let packages = metadata["packages"].as_array().context("cargo metadata tells no packages")?;
    let problems: Vec<_> = packages.iter().filter_map(problem).collect();
    for problem in &problems {
        log.write(problem)?;
    }
    if !problems.is_empty() {
        bail!(
            "take another crate, or add the licence to ALLOWED in crates/xtask/src/licences.rs, with the reason"
        );
    }
    log.write(&format!("the licences of {} packages are allowed", packages.len()))
}

fn problem(package: &Value) -> Option<String> {
    let name = package["name"].as_str().unwrap_or("a package without a name");
    match package["license"].as_str() {
        Some(expression) if is_allowed(expression) => None,
        Some(expression) => Some(format!("{name}: {expression} is not allowed")),
        None => Some(format!("{name}: names no licence")),
    }
}

/// Whether an SPDX expression leaves us a choice in which all licences are allowed.
fn is_allowed(expression: &str) -> bool {
    // Before SPDX, crates.io wrote "or" as a slash.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words: &[&str] = &spaced.split_whitespace().collect::<Vec<_>>();
    any_of(&mut words) == Some(true) && words.is_empty()
}

/// OR binds less than AND. None: this is no expression.
fn any_of(words: &mut &[&str]) -> Option<bool> {
    let mut allowed = all_of(words)?;
    while take(words, "OR") {
        allowed |= all_of(words)?;
    }
    Some(allowed)
}

fn all_of(words: &mut &[&str]) -> Option<bool> {
    let mut allowed = one(words)?;
    while take(words, "AND") {
        allowed &= one(words)?;
    }
    Some(allowed)
}

fn one(words: &mut &[&str]) -> Option<bool> {
    if take(words, "(") {
        let allowed = any_of(words)?;
        return take(words, ")").then_some(allowed);
    }
    let (licence, rest) = words.split_first()?;
    *words = rest;
    if take(words, "WITH") {
        // An exception only ever permits more.
        *words = words.split_first()?.1;
    }
    Some(ALLOWED.iter().any(|(allowed, _)| allowed == licence))
}

fn take(words: &mut &[&str], word: &str) -> bool {
    let found = words.first() == Some(&word);
    if found {
        *words = &words[1..];
    }
    found
}

/// What may be linked, and why it may.
const ALLOWED: [(&str, &str); 6] = [
    ("Apache-2.0", "our own"),
    ("BSD-3-Clause", "asks for its notice only"),
    ("ISC", "asks for its notice only"),
    ("MIT", "our own"),
    ("Unicode-3.0", "asks for its notice only"),
    ("Zlib", "asks for nothing in binaries"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_allowed_choice_is_enough() {
        assert!(is_allowed("MIT"));
        assert!(is_allowed("GPL-3.0-only OR MIT"));
        assert!(is_allowed("MIT/GPL-3.0-only"));
        assert!(!is_allowed("GPL-3.0-only"));
    }

    #[test]
    fn all_parts_have_to_be_allowed() {
        assert!(is_allowed("Apache-2.0 AND ISC"));
        assert!(!is_allowed("Apache-2.0 AND GPL-3.0-only"));
        assert!(is_allowed("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!is_allowed("(MIT OR Apache-2.0) AND OpenSSL"));
        assert!(is_allowed("OpenSSL AND ISC OR MIT"));
    }

    #[test]
    fn an_exception_permits_more() {
        assert!(is_allowed("Apache-2.0 WITH LLVM-exception OR GPL-2.0-only"));
        assert!(!is_allowed("GPL-2.0-only WITH Classpath-exception-2.0"));
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for expression in ["", "MIT OR", "(MIT", "MIT)", "MIT ISC", "AND", "MIT WITH"] {
            assert!(!is_allowed(expression), "{expression}");
        }
    }
}
