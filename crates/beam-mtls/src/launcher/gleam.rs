//! A Gleam shipment (`gleam export erlang-shipment`): the directories of its packages, and next to them a script that
//! starts `erl` with all of their `ebin`.

use std::fs;
use std::path::Path;

/// Whether a script is the entrypoint of one.
pub(super) fn recognize(file: &Path, text: &str) -> bool {
    let starts_erl = text.contains("/*/ebin") && text.split_ascii_whitespace().any(|word| word == "erl");
    let packages = || file.parent().and_then(|directory| fs::read_dir(directory).ok());
    starts_erl
        && packages().is_some_and(|mut entries| {
            entries.any(|entry| entry.is_ok_and(|entry| entry.path().join("ebin").is_dir()))
        })
}
