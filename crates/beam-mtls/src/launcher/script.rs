//! Shell scripts that end in a launcher, such as the `bin/server` that `mix phx.gen.release` writes. They are read, not
//! run: a word that leads to a file is what may be called, and the words behind it are its arguments.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Action, Error, Launch};

/// A script's text; none where the file is no script.
pub(super) fn read(file: &Path) -> Option<String> {
    let length = file.metadata().ok()?.len();
    let text = (length <= MAX_LENGTH).then(|| fs::read_to_string(file).ok())??;
    text.starts_with("#!").then_some(text)
}

/// What a file is, with these arguments.
pub(super) type Recognise<'a> = dyn Fn(&Path, &[OsString]) -> Option<Result<Launch, Error>> + 'a;

/// The call in `text` that `recognise` knows; `arguments` are those of the script, for its `"$@"`. Words without a root
/// are looked up in `directory`. Of several calls the one that starts a node counts, as in `migrate && server`: too much
/// is done for the other then, and nothing is missed.
pub(super) fn called(
    text: &str,
    arguments: &[OsString],
    directory: &Path,
    recognise: &Recognise<'_>,
) -> Option<Result<Launch, Error>> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    let calls: Vec<_> = lines
        .flat_map(|line| {
            let words: Vec<&str> = line.split(SEPARATORS).filter(|word| !word.is_empty()).collect();
            let call = |(index, word): (usize, &&str)| {
                recognise(&file(word, directory)?, &expanded(&words[index + 1..], arguments))
            };
            words.iter().enumerate().filter_map(call).collect::<Vec<_>>()
        })
        .collect();
    let starts =
        |call: &Result<Launch, Error>| call.as_ref().is_ok_and(|launch| launch.action == Action::Start);
    let at = calls.iter().position(starts).unwrap_or_default();
    calls.into_iter().nth(at)
}

/// Words as the shell would pass them on, as far as the script's own arguments are meant.
fn expanded(words: &[&str], arguments: &[OsString]) -> Vec<OsString> {
    let expand = |word: &&str| match *word {
        "$@" | "$*" => arguments.to_vec(),
        "$1" => arguments.first().cloned().into_iter().collect(),
        word => vec![word.into()],
    };
    words.iter().flat_map(expand).collect()
}

/// Where a word with a slash leads. What stands before the last slash may be known only to the shell, as in
/// `"$(dirname "$0")/app"`; then it is a file in the script's own directory.
fn file(word: &str, directory: &Path) -> Option<PathBuf> {
    let (_, name) = word.rsplit_once('/')?;
    [directory.join(word), directory.join(name)].into_iter().find(|path| path.is_file())
}

/// More than any wrapper; start scripts have some 40 KiB.
const MAX_LENGTH: u64 = 256 * 1024;

const SEPARATORS: [char; 13] = ['=', ' ', '\t', '"', '\'', ';', '&', '|', '(', ')', '`', '{', '}'];
