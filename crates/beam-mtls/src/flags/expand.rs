//! Flags as `erlexec` sees them: the contents of an args file replace the `-args_file` that names it, and what follows
//! an `-extra` is for the application.

use std::fs;
use std::path::{Path, PathBuf};

use super::{Error, Flags, Token, tokens};

/// The flags among `words`, which were found in `origin`. Relative paths begin in `directory`.
pub(super) fn expand(words: Vec<String>, origin: &str, directory: &Path) -> Result<Flags, Error> {
    let mut flags = Flags::default();
    collect(words, origin, directory, 0, &mut flags)?;
    Ok(flags)
}

fn collect(
    words: Vec<String>,
    origin: &str,
    directory: &Path,
    depth: u8,
    flags: &mut Flags,
) -> Result<(), Error> {
    let mut words = words.into_iter();
    while let Some(text) = words.next() {
        match text.as_str() {
            // In an args file it ends that file alone. (`--` only ends the values of a flag.)
            "-extra" => flags.extra.extend(words.by_ref()),
            "-args_file" => {
                // Without one, erl does not start.
                let Some(path) = words.next() else { break };
                args_file(directory.join(path), origin, directory, depth, flags)?;
            }
            _ => flags.tokens.push(Token { text, origin: origin.to_owned() }),
        }
    }
    Ok(())
}

fn args_file(
    path: PathBuf,
    origin: &str,
    directory: &Path,
    depth: u8,
    flags: &mut Flags,
) -> Result<(), Error> {
    if depth == MAX_DEPTH {
        return Err(Error::Nested { path, origin: origin.to_owned() });
    }
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(source) => return Err(Error::ArgsFile { path, origin: origin.to_owned(), source }),
    };
    let origin = format!("{} (named in {origin})", path.display());
    let words = tokens::of_args_file(&text).ok_or_else(|| Error::OpenQuote(origin.clone()))?;
    collect(words, &origin, directory, depth + 1, flags)
}

/// How deep args files may name args files.
const MAX_DEPTH: u8 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_args_file_is_expanded_at_the_flag_that_names_it() {
        let directory = tempfile::tempdir().expect("a directory");
        fs::write(directory.path().join("inner"), "2 -b -extra one\n").expect("written");
        let words = ["-a", "-args_file", "inner", "3", "-c", "-extra", "two", "-args_file"];
        let flags = expand(words.map(str::to_owned).into(), "here", directory.path()).expect("flags");
        let found: Vec<&str> = flags.tokens.iter().map(|token| token.text.as_str()).collect();
        assert_eq!(found, ["-a", "2", "-b", "3", "-c"]);
        assert_eq!(flags.extra, ["one", "two", "-args_file"]);
        assert!(flags.tokens[1].origin.contains("inner (named in here)"), "{flags:?}");
        assert_eq!(flags.tokens[3].origin, "here");
    }

    #[test]
    fn an_args_file_that_is_missing_or_names_itself_is_an_error() {
        let directory = tempfile::tempdir().expect("a directory");
        let named = || expand(vec!["-args_file".into(), "own".into()], "here", directory.path());
        assert!(matches!(named(), Err(Error::ArgsFile { .. })));
        fs::write(directory.path().join("own"), "-args_file own").expect("written");
        assert!(matches!(named(), Err(Error::Nested { .. })));
    }
}
