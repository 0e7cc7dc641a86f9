//! Shell scripts that end in a launcher, such as the `bin/server` that `mix phx.gen.release` writes. They are read, not
//! run: a word that leads to a file is what may be called, and the words after it are its arguments. What else may
//! start a node is in `unread`.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Action, Error, Found, Launch, Walk, unread};

/// A script's text; none if the file is not a script.
pub(super) fn read(file: &Path) -> Option<String> {
    let length = file.metadata().ok()?.len();
    let text = (length <= MAX_LENGTH).then(|| fs::read_to_string(file).ok())??;
    text.starts_with("#!").then_some(text)
}

/// The calls in `text`; `arguments` are those of the script, for its `"$@"`. Words without a root are looked up in
/// `directory`.
pub(super) fn called(text: &str, arguments: &[OsString], directory: &Path, walk: Walk<'_>) -> Found {
    // Old shells need this form if there are no arguments.
    let text = text.replace("${1+\"$@\"}", "\"$@\"").replace("${1:+\"$@\"}", "\"$@\"");
    let mut calls = known(&text, arguments, directory, walk);
    if calls.iter().any(starts) {
        return Found::of(calls, false);
    }
    let unread = unread::starts(&text, arguments, directory, walk);
    calls.extend(unread.calls);
    if calls.is_empty() {
        // A wrapper that is not a launcher: its arguments count, no matter what else it runs.
        return Found { call: Found::of(unread.arguments, false).call, can_start: unread.can_start };
    }
    calls.extend(unread.arguments);
    // What is not a shell's is not understood.
    Found::of(calls, unread.can_start || !is_shell(&text))
}

/// The calls whose words lead to a launcher.
pub(super) fn known(
    text: &str,
    arguments: &[OsString],
    directory: &Path,
    walk: Walk<'_>,
) -> Vec<Result<Launch, Error>> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines
        .flat_map(|line| {
            let words: Vec<&str> = line.split(SEPARATORS).filter(|word| !word.is_empty()).collect();
            let call = |(index, word): (usize, &&str)| {
                walk.beside(&file(word, directory)?, &expanded(&words[index + 1..], arguments)).call
            };
            words.iter().enumerate().filter_map(call).collect::<Vec<_>>()
        })
        .collect()
}

fn starts(call: &Result<Launch, Error>) -> bool {
    call.as_ref().is_ok_and(|launch| launch.action == Action::Start)
}

/// Whether a text is a shell's: a script's first line may name something else.
pub(super) fn is_shell(text: &str) -> bool {
    let Some(interpreter) = text.strip_prefix("#!").and_then(|rest| rest.lines().next()) else { return true };
    interpreter.split(['/', ' ', '\t']).any(|word| word.ends_with("sh"))
}

/// Words as the shell would pass them on, as far as the script's own arguments are meant.
pub(super) fn expanded(words: &[&str], arguments: &[OsString]) -> Vec<OsString> {
    let expand = |word: &&str| match *word {
        "$@" | "$*" => arguments.to_vec(),
        "$1" => arguments.first().cloned().into_iter().collect(),
        word => vec![word.into()],
    };
    words.iter().flat_map(expand).collect()
}

/// Where a word with a slash leads. The part before the last slash may be known only to the shell, as in
/// `"$(dirname "$0")/app"`; then it is a file in the script's own directory.
pub(super) fn file(word: &str, directory: &Path) -> Option<PathBuf> {
    let (_, name) = word.rsplit_once('/')?;
    [directory.join(word), directory.join(name)].into_iter().find(|path| path.is_file())
}

/// More than any wrapper; start scripts have some 40 KiB.
const MAX_LENGTH: u64 = 256 * 1024;

const SEPARATORS: [char; 13] = ['=', ' ', '\t', '"', '\'', ';', '&', '|', '(', ')', '`', '{', '}'];
