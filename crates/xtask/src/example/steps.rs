//! An example of several steps: folders `step-0`, `step-1` and so on, and a client that counts what comes of requests.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Its nodes, as kubectl names them.
pub const NODES: &str = "statefulset/shop";

/// Their pods.
pub const SELECTOR: &str = "--selector=app=shop";

/// Who sends requests all the time.
pub const CLIENT: &str = "pod/client";

/// The folders, in their order.
pub fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<Result<Vec<_>>>()?;
    names.retain(|name| name.starts_with("step-"));
    names.sort();
    Ok(names)
}

/// What the client has counted so far.
pub fn counted(said: &str) -> &str {
    said.lines().rfind(|line| line.starts_with("answers:")).unwrap_or("the client has had no answer yet")
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
    fn the_last_count_counts() {
        let said = "answers: plain 20, failed 0\nanswers: plain 39, failed 1\nfailed: curl: (7)\n";
        assert_eq!(counted(said), "answers: plain 39, failed 1");
        assert_eq!(counted(""), "the client has had no answer yet");
    }
}
