//! Containerfiles, as far as ours need it: what the tests run is then what everyone else builds from these files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

/// The parsed Containerfile.
#[derive(Debug, Default, PartialEq)]
pub struct Containerfile {
    /// From a path in the context to a path in the image.
    pub copies: Vec<(PathBuf, PathBuf)>,
    /// The command, with its path in the image.
    pub entrypoint: Vec<String>,
    /// The user that runs it.
    pub user: String,
}

impl Containerfile {
    /// Reads and parses a file.
    pub fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path);
        text.map_err(Into::into)
            .and_then(|text| Self::parse(&text))
            .with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        ensure!(lines.next() == Some("FROM scratch"), "it must start with `FROM scratch`");
        let mut parsed = Self::default();
        for line in lines {
            let words: Vec<_> = line.split(' ').collect();
            match words[..] {
                ["COPY", from, to] => parsed.copies.push((from.into(), to.into())),
                ["USER", user] => user.clone_into(&mut parsed.user),
                ["ENTRYPOINT", ..] => {
                    let list = line.trim_start_matches("ENTRYPOINT");
                    parsed.entrypoint = serde_json::from_str(list).with_context(|| line.to_owned())?;
                }
                _ => bail!("`{line}` is not supported without a container engine"),
            }
        }
        Ok(parsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unsupported_instructions_are_errors() {
        let parsed =
            Containerfile::parse("# why\nFROM scratch\nCOPY a /b\nUSER 1:1\nENTRYPOINT [\"/b\", \"c d\"]\n");
        let expected = Containerfile {
            copies: vec![("a".into(), "/b".into())],
            entrypoint: vec!["/b".into(), "c d".into()],
            user: "1:1".into(),
        };
        assert_eq!(parsed.expect("a Containerfile"), expected);
        for text in ["FROM debian\n", "FROM scratch\nRUN make\n", "FROM scratch\nENTRYPOINT /b\n"] {
            assert!(Containerfile::parse(text).is_err(), "{text}");
        }
    }
}
