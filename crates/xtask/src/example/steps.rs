//! An example with several steps: folders `step-0`, `step-1` and so on, and a client that counts the outcomes of its
//! requests.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Its nodes, as kubectl names them.
pub const NODES: &str = "statefulset/shop";

/// Their pods.
pub const SELECTOR: &str = "--selector=app=shop";

/// The pod that sends requests all the time.
pub const CLIENT: &str = "pod/client";

/// The folders, in order.
pub fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<Result<Vec<_>>>()?;
    names.retain(|name| name.starts_with("step-"));
    names.sort();
    Ok(names)
}

/// The client's most recent counts in its log.
pub fn last_count(log: &str) -> &str {
    log.lines().rfind(|line| line.starts_with("answers:")).unwrap_or("the client has no answer yet")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_come_in_order() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/migration");
        assert_eq!(names(&folder).expect("a folder"), ["step-0", "step-1", "step-2"]);
    }

    #[test]
    fn the_most_recent_counts_are_used() {
        let log = "answers: plain 20, failed 0\nanswers: plain 39, failed 1\nfailed: curl: (7)\n";
        assert_eq!(last_count(log), "answers: plain 39, failed 1");
        assert_eq!(last_count(""), "the client has no answer yet");
    }
}
