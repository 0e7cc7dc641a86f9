//! What in a shell script may start a node although no word in it leads to a launcher: `exec "$@"`, `$COMMAND`,
//! `erl`.
//! Only what certainly starts nothing is passed over, since a node that starts without a certificate ends at once.

use std::ffi::OsString;
use std::fs;
use std::path::Path;

use super::script::{expanded, file, is_shell, known};
use super::shell::{Script, Statement, Word, assignment, parse};
use super::{Error, Launch, Walk};
use crate::command::Command;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Unread {
    /// What is called after all, by a name in PATH or in a script that is read in.
    pub(super) calls: Vec<Result<Launch, Error>>,
    /// What is called since it is among the script's arguments.
    pub(super) arguments: Vec<Result<Launch, Error>>,
    /// Whether something may start a node, which only running the script would show.
    pub(super) can_start: bool,
}

/// Looks for it in `text`, a script in `directory` that is run with `arguments`.
pub(super) fn starts(text: &str, arguments: &[OsString], directory: &Path, walk: Walk<'_>) -> Unread {
    let mut reader = Reader { arguments, directory, walk, functions: Vec::new(), found: Unread::default() };
    if is_shell(text) {
        reader.text(text);
    }
    reader.found
}

struct Reader<'a> {
    arguments: &'a [OsString],
    directory: &'a Path,
    walk: Walk<'a>,
    functions: Vec<String>,
    found: Unread,
}

impl Reader<'_> {
    fn text(&mut self, text: &str) {
        let Some(Script { statements, functions }) = parse(text) else {
            self.found.can_start = true;
            return;
        };
        self.functions.extend(functions);
        for statement in &statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        for substitution in statement.words.iter().flat_map(|word| &word.substitutions) {
            self.text(substitution);
        }
        let assigns = |word: &&Word| assignment(&word.text).is_some();
        let words = &statement.words[statement.words.iter().take_while(assigns).count()..];
        let Some(command) = words.first() else { return };
        if self.leads_to_launcher(words) {
            return;
        }
        let name = command.text.rsplit('/').next().unwrap_or_default();
        if command.is_dynamic {
            self.unknown(command, words);
        } else if matches!(name, "." | "source") {
            self.sourced(&words[1..]);
        } else if RUNNERS.contains(&name) || self.functions.iter().any(|function| function == name) {
            self.run(words);
        } else if !HARMLESS.contains(&name) {
            self.named(words);
            if words.iter().any(is_arguments) {
                self.among_arguments();
            }
        }
    }

    /// Whether one of the words is a launcher's file: then this call is known. Notes what a script among them may
    /// start.
    fn leads_to_launcher(&mut self, words: &[Word]) -> bool {
        let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
        let files = texts.iter().enumerate().filter_map(|(index, word)| {
            let rest = expanded(&texts[index + 1..], self.arguments);
            Some(self.walk.beside(&file(word, self.directory)?, &rest))
        });
        let found: Vec<_> = files.collect();
        let is_known = found.iter().any(|found| found.call.is_some());
        self.found.can_start |= !is_known && found.iter().any(|found| found.can_start);
        is_known
    }

    /// A command that runs a different command, which is among its words.
    fn run(&mut self, words: &[Word]) {
        for (index, word) in words.iter().enumerate().skip(1) {
            if word.text.starts_with(['-', '+']) {
                continue;
            }
            if word.is_dynamic {
                self.unknown(word, words);
            } else if word.text.contains(char::is_whitespace) {
                // sh -c '...', su -c '...'
                self.text(&word.text);
            } else {
                self.named(&words[index..]);
            }
        }
    }

    /// A word that only the shell knows, which is a command.
    fn unknown(&mut self, word: &Word, words: &[Word]) {
        if is_arguments(word) {
            self.among_arguments();
        } else if file(&word.text, self.directory).is_none() {
            // A program that is run with "$@" may be one that runs its arguments.
            match words.iter().any(is_arguments).then(|| self.walk.seen(self.arguments)).flatten() {
                Some(call) => self.found.arguments.push(call),
                None => self.found.can_start = true,
            }
        }
    }

    /// The script's arguments, which are a command.
    fn among_arguments(&mut self) {
        match self.walk.seen(self.arguments) {
            Some(call) => self.found.arguments.push(call),
            None => self.found.can_start |= !self.arguments.is_empty(),
        }
    }

    /// A command by its name alone.
    fn named(&mut self, words: &[Word]) {
        let Some((name, rest)) = words.split_first().filter(|(name, _)| !name.text.contains('/')) else {
            return;
        };
        let Ok(command) = Command::find(name.text.as_str().into(), Vec::new(), self.walk.path) else {
            return;
        };
        let rest: Vec<&str> = rest.iter().map(|word| word.text.as_str()).collect();
        let found = self.walk.beside(command.program(), &expanded(&rest, self.arguments));
        let is_of_system =
            SYSTEM.iter().any(|directory| command.program().parent() == Some(Path::new(directory)));
        self.found.can_start |= found.can_start && !is_of_system;
        self.found.calls.extend(found.call);
    }

    /// A script that is read in.
    fn sourced(&mut self, words: &[Word]) {
        let Some(word) = words.first() else { return };
        let Some(path) = file(&word.text, self.directory) else {
            self.found.can_start |= word.is_dynamic;
            return;
        };
        let Some(depth) = self.walk.depth.checked_sub(1) else { return };
        let Ok(text) = fs::read_to_string(path) else { return };
        let outer = self.walk;
        self.walk.depth = depth;
        self.found.calls.extend(known(&text, self.arguments, self.directory, self.walk));
        // With the functions that it defines.
        self.text(&text);
        self.walk = outer;
    }
}

/// Whether a word expands to the script's arguments, or to the first of them.
fn is_arguments(word: &Word) -> bool {
    let braced = word.text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    match (braced, word.text.strip_prefix('$')) {
        (Some(inside), _) => inside.starts_with(['@', '*', '1', '2']),
        (None, Some(name)) => matches!(name, "@" | "*" | "1" | "2"),
        (None, None) => false,
    }
}

/// Commands that run what is among their words, after their own options. Those that are not listed are found by the
/// `"$@"` after them.
const RUNNERS: [&str; 38] = [
    "ash",
    "bash",
    "builtin",
    "busybox",
    "catatonit",
    "chpst",
    "chroot",
    "command",
    "dash",
    "doas",
    "dumb-init",
    "env",
    "eval",
    "exec",
    "flock",
    "gosu",
    "ionice",
    "ksh",
    "nice",
    "nohup",
    "runuser",
    "s6-setuidgid",
    "set",
    "setpriv",
    "setsid",
    "setuidgid",
    "sh",
    "stdbuf",
    "su",
    "su-exec",
    "sudo",
    "taskset",
    "timeout",
    "tini",
    "unshare",
    "with-contenv",
    "xargs",
    "zsh",
];

/// Commands that may have `"$@"` after them and run nothing.
const HARMLESS: [&str; 34] = [
    ":", "[", "[[", "basename", "break", "cat", "cd", "chmod", "chown", "continue", "cp", "cut", "dirname",
    "echo", "exit", "export", "grep", "head", "local", "logger", "ls", "mkdir", "mv", "printf", "read",
    "readonly", "return", "rm", "sed", "shift", "test", "tr", "unset", "wait",
];

/// Where a distribution's own scripts are, such as `which`: they start no node, however they are written.
const SYSTEM: [&str; 4] = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];
