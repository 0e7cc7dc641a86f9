//! What a command is going to start, and what that launcher needs: recognized by the files next to the command, never
//! by its name alone. A wrapper, such as `tini --` or the `bin/server` of Phoenix, is looked through.

pub mod args_file;
pub mod dumps;
mod gleam;
mod installed;
mod mix;
pub mod otp;
pub mod presets;
mod release;
mod relx;
mod script;
pub mod scripts;
mod shell;
mod unread;
pub mod variables;

use std::cell::Cell;
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use podcert::diagnose;

pub use release::Release;

use crate::command::Command;
use crate::distribution::node_name::{BaseName, Host, NodeName};
use crate::environment::Environment;

/// A kind of launcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// The start script of a mix release
    Mix,
    /// The extended start script of relx, which rebar3 calls
    Relx,
    /// The entrypoint of a Gleam shipment
    Gleam,
    /// elixir, iex or mix of an installed Elixir
    Elixir,
    /// erl of an installed OTP
    Erl,
    /// Anything else that reads ERL_FLAGS
    Other,
    /// Only render the files; the container sets the variables that point to them
    None,
}

/// What a command is going to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Start a node.
    Start,
    /// Talk to the node that runs already, as a remote console does.
    Attach,
    /// Neither: it needs no distribution.
    Offline,
}

/// What was recognized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The launcher.
    pub kind: Kind,
    /// What it does.
    pub action: Action,
    /// The subcommand, if there is one.
    pub word: Option<String>,
    /// The release, if the launcher is that of a release.
    pub release: Option<Release>,
}

/// The node's default name: the one that its release sets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DefaultName {
    /// The part before the `@`.
    pub base: Option<BaseName>,
    /// The part after it.
    pub host: Option<Host>,
}

impl Launch {
    /// The command in short, for people.
    pub fn shown(&self) -> String {
        self.word.clone().unwrap_or_else(|| format!("{:?}", self.kind).to_lowercase())
    }

    /// The name that the node would have without us; `own` is the one in the release's args file.
    pub fn name(&self, own: Option<&str>, environment: &Environment) -> DefaultName {
        let node = environment.get("RELEASE_NODE").map(|node| node.to_string_lossy().into_owned());
        if let Some(node) = node.filter(|_| self.kind == Kind::Mix) {
            if let Ok(name) = node.parse::<NodeName>() {
                return DefaultName { base: Some(name.base().clone()), host: Some(name.host().clone()) };
            }
            return DefaultName { base: base(&node), host: None };
        }
        // The host in an args file is where it was built, or 127.0.0.1.
        let of_release = || self.release.as_ref().and_then(Release::basename);
        DefaultName { base: own.and_then(base).or_else(of_release), host: None }
    }
}

/// The part before the `@`, if a node can have it.
fn base(node: &str) -> Option<BaseName> {
    node.split('@').next()?.parse().ok()
}

/// A command that cannot be run in a container, or that does not match `--launcher`.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It would leave the container without its first process.
    #[error("`{word}` starts the node in the background, and a container ends with its first process")]
    Background {
        /// The word.
        word: String,
        /// What to use.
        instead: &'static str,
    },
    /// `--launcher` of a release, and a command without one.
    #[error(
        "--launcher (BEAM_MTLS_LAUNCHER): {} is not part of a release: the parent of its directory does not \
            contain releases/start_erl.data",
        .0.display()
    )]
    NoRelease(PathBuf),
}

diagnose!(Error {
    Self::Background { instead, .. } => Settings("use `{instead}`"),
    Self::NoRelease(_) => Settings("give the release's script as the command, or unset --launcher"),
});

/// Finds out what `command` is going to start; `wanted` is the kind that the settings name.
pub fn recognize(
    command: &Command,
    wanted: Option<Kind>,
    environment: &Environment,
) -> Result<Launch, Error> {
    let scripts = Cell::new(MAX_SCRIPTS);
    let walk = Walk { path: environment.get("PATH"), depth: MAX_DEPTH, scripts: &scripts };
    let mut words = vec![command.program().as_os_str().to_owned()];
    words.extend_from_slice(command.arguments());
    let found = walk.seen(&words);
    match wanted {
        Some(kind) if !matches!(&found, Some(Ok(launch)) if launch.kind == kind) => {
            as_told(kind, &words, command)
        }
        _ => found.unwrap_or(Ok(UNKNOWN)),
    }
}

/// A command that nothing is known about: it may start a node.
const UNKNOWN: Launch = Launch { kind: Kind::Other, action: Action::Start, word: None, release: None };

/// What files and scripts lead to.
#[derive(Debug, Default)]
struct Found {
    /// The call of a launcher, if there is one.
    call: Option<Result<Launch, Error>>,
    /// Whether something in it cannot be read and may be the start of a node.
    can_start: bool,
}

impl Found {
    /// Of several calls the one that starts a node counts, as in `migrate && server`: too much is done for the other
    /// then, and nothing is missed. For the same reason, what cannot be read counts as a start.
    fn of(mut calls: Vec<Result<Launch, Error>>, can_start: bool) -> Self {
        let starts =
            |call: &Result<Launch, Error>| call.as_ref().is_ok_and(|launch| launch.action == Action::Start);
        let wanted = match calls.iter().position(starts) {
            None if can_start => {
                let known = calls.iter().position(Result::is_ok);
                if let Some(Ok(launch)) = known.and_then(|at| calls.get_mut(at)) {
                    (launch.action, launch.word) = (Action::Start, None);
                }
                known
            }
            start => start,
        };
        Self { call: calls.into_iter().nth(wanted.unwrap_or_default()), can_start }
    }
}

/// The way through scripts that call each other.
#[derive(Clone, Copy, Debug)]
struct Walk<'a> {
    /// The variable PATH.
    path: Option<&'a OsStr>,
    /// How many more scripts may call each other.
    depth: u8,
    /// How many scripts may still be read, in all.
    scripts: &'a Cell<u16>,
}

const MAX_DEPTH: u8 = 4;
const MAX_SCRIPTS: u16 = 256;

impl Walk<'_> {
    /// The launcher next to the first word that has one.
    fn seen(&self, words: &[OsString]) -> Option<Result<Launch, Error>> {
        words.iter().enumerate().find_map(|(index, word)| {
            let rest = &words[index + 1..];
            if index > 0 && is_script_option(&words[index - 1]) {
                // sh -c 'exec bin/app "$@"' sh start
                let arguments = rest.get(1..).unwrap_or_default();
                return script::called(&word.to_string_lossy(), arguments, Path::new("."), *self).call;
            }
            if word.as_bytes().starts_with(b"-") {
                return None;
            }
            let found = Command::find(word.clone(), Vec::new(), self.path).ok()?;
            self.beside(found.program(), rest).call
        })
    }

    /// The launcher next to a file, or next to what the file calls if it is a script.
    fn beside(&self, file: &Path, rest: &[OsString]) -> Found {
        let Ok(file) = file.canonicalize() else { return Found::default() };
        let known = |launch| Found { call: Some(launch), can_start: false };
        let text = script::read(&file);
        if let Some((kind, release)) = text.as_deref().and_then(|text| Release::of_script(&file, text)) {
            return known(launch(kind, Some(release), rest));
        }
        if let Some(kind) = installed::recognize(&file) {
            return known(launch(kind, None, rest));
        }
        let Some(text) = text else { return Found::default() };
        if gleam::recognize(&file, &text) {
            return known(launch(Kind::Gleam, None, rest));
        }
        let Some(scripts) = self.scripts.get().checked_sub(1) else {
            return Found { call: None, can_start: true };
        };
        self.scripts.set(scripts);
        match (self.depth.checked_sub(1), file.parent()) {
            (Some(depth), Some(directory)) => script::called(&text, rest, directory, Self { depth, ..*self }),
            _ => Found { call: None, can_start: true },
        }
    }
}

/// `-c` of a shell, also among others, as in `-lc`.
fn is_script_option(word: &OsStr) -> bool {
    let letters = word.as_bytes().strip_prefix(b"-");
    letters.is_some_and(|letters| letters.ends_with(b"c") && letters.iter().all(u8::is_ascii_lowercase))
}

fn as_told(kind: Kind, words: &[OsString], command: &Command) -> Result<Launch, Error> {
    if !matches!(kind, Kind::Mix | Kind::Relx) {
        return launch(kind, None, &words[1..]);
    }
    let found = words.iter().enumerate().find_map(|(index, word)| {
        let release = Release::of_root(&Path::new(word).canonicalize().ok()?)?;
        Some(launch(kind, Some(release), &words[index + 1..]))
    });
    found.unwrap_or_else(|| Err(Error::NoRelease(command.program().to_owned())))
}

fn launch(kind: Kind, release: Option<Release>, rest: &[OsString]) -> Result<Launch, Error> {
    let words: Vec<String> = rest.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let word = words.first().cloned();
    let subcommand = word.as_deref().unwrap_or_default();
    let action = match kind {
        Kind::Mix => mix::action(subcommand)?,
        Kind::Relx => relx::action(subcommand, release.as_ref().is_none_or(Release::is_extended))?,
        Kind::Elixir | Kind::Erl => installed::action(&words),
        Kind::Gleam | Kind::Other | Kind::None => Action::Start,
    };
    Ok(Launch { kind, action, word, release })
}

#[cfg(test)]
mod tests;
