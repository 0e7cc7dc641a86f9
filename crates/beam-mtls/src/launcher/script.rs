//! Shell scripts that end in a launcher, such as the `bin/server` that `mix phx.gen.release` writes. They are read, not
//! run: a word that leads to a file is what may be called, and the words behind it are its arguments.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::{Error, Launch};

/// A script's text; none where the file is no script.
pub(super) fn read(file: &Path) -> Option<String> {
    let length = file.metadata().ok()?.len();
    let text = (length <= MAX_LENGTH).then(|| fs::read_to_string(file).ok())??;
    text.starts_with("#!").then_some(text)
}

/// What a file is, with these arguments.
pub(super) type Recognise<'a> = dyn Fn(&Path, &[OsString]) -> Option<Result<Launch, Error>> + 'a;

/// The first call in `text` that `recognise` knows; words without a root are looked up in `directory`.
pub(super) fn called(
    text: &str,
    directory: &Path,
    recognise: &Recognise<'_>,
) -> Option<Result<Launch, Error>> {
    text.lines().filter(|line| !line.trim_start().starts_with('#')).find_map(|line| {
        let words: Vec<&str> = line.split(SEPARATORS).filter(|word| !word.is_empty()).collect();
        words.iter().enumerate().find_map(|(index, word)| {
            let rest: Vec<OsString> = words[index + 1..].iter().map(OsString::from).collect();
            recognise(&file(word, directory)?, &rest)
        })
    })
}

/// Where a word with a slash leads. What stands before the last slash may be known only to the shell, as in
/// `"$(dirname "$0")/app"`; then it is a file in the script's own directory.
fn file(word: &str, directory: &Path) -> Option<PathBuf> {
    let (_, name) = word.rsplit_once('/')?;
    [directory.join(word), directory.join(name)].into_iter().find(|path| path.is_file())
}

/// More than any wrapper; start scripts have some 40 KiB.
const MAX_LENGTH: u64 = 256 * 1024;

const SEPARATORS: [char; 12] = [' ', '\t', '"', '\'', ';', '&', '|', '(', ')', '`', '{', '}'];
