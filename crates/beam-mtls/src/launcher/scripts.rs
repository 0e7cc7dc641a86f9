//! The variables that scripts set between us and the BEAM: those that the command leads through, and the `env.sh` of a
//! release. They are only read, so what only running them would show is not seen.

use std::fs;
use std::path::{Path, PathBuf};

use super::shell::{Statement, Word, assignment, parse};
use super::{Kind, Launch, Release, gleam, installed, is_script_option, script};
use crate::command::Command;
use crate::environment::Environment;

/// A variable that a script sets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Its name.
    pub name: String,
    /// Its value without quotes, variables as they are written; none if the script unsets it.
    pub value: Option<String>,
    /// The file and the line.
    pub place: String,
    /// Whether it is always set when the script is run, and not in a branch or for a different command.
    pub is_certain: bool,
}

impl Assignment {
    /// Whether the value that was there before is part of the new one.
    pub fn keeps(&self) -> bool {
        let written = [format!("${}", self.name), format!("${{{}", self.name)];
        self.value.as_ref().is_some_and(|value| written.iter().any(|text| value.contains(text)))
    }
}

/// The variables that are set on the way to `launch`, in the order of the scripts.
pub fn assignments(command: &Command, launch: &Launch, environment: &Environment) -> Vec<Assignment> {
    let mut reader = Reader { found: Vec::new(), read: Vec::new() };
    reader.command(command, environment);
    if let Some(release) = launch.release.as_ref().filter(|_| launch.kind == Kind::Mix) {
        let place = release.version_directory(launch.kind, environment).join("env.sh");
        reader.sourced(&place, true);
    }
    reader.found
}

struct Reader {
    found: Vec<Assignment>,
    /// Scripts that were read.
    read: Vec<PathBuf>,
}

impl Reader {
    fn command(&mut self, command: &Command, environment: &Environment) {
        if self.file(command.program(), true) {
            return;
        }
        let mut previous = None;
        for word in command.arguments() {
            if previous.is_some_and(is_script_option) {
                self.text(&word.to_string_lossy(), "the script after -c", Path::new("."), true);
            } else if let Ok(found) = Command::find(word.clone(), Vec::new(), environment.get("PATH"))
                && self.file(found.program(), true)
            {
                return;
            }
            previous = Some(word);
        }
    }

    /// Reads a script, and returns whether it is a launcher's: then it is not the user's, and what follows are
    /// words for
    /// it.
    fn file(&mut self, file: &Path, is_certain: bool) -> bool {
        let Ok(file) = file.canonicalize() else { return false };
        if installed::recognize(&file).is_some() {
            return true;
        }
        let Some(text) = script::read(&file) else { return false };
        if Release::of_script(&file, &text).is_some() || gleam::recognize(&file, &text) {
            return true;
        }
        if let Some(directory) = file.parent().filter(|_| self.is_new(&file)) {
            self.text(&text, &file.display().to_string(), directory, is_certain);
        }
        false
    }

    /// Reads a script that is sourced by a different one.
    fn sourced(&mut self, file: &Path, is_certain: bool) {
        let Ok(file) = file.canonicalize() else { return };
        if let Ok(text) = fs::read_to_string(&file)
            && let Some(directory) = file.parent().filter(|_| self.is_new(&file))
        {
            self.text(&text, &file.display().to_string(), directory, is_certain);
        }
    }

    fn is_new(&mut self, file: &Path) -> bool {
        let is_new = self.read.len() < MAX_SCRIPTS && !self.read.iter().any(|read| read == file);
        if is_new {
            self.read.push(file.to_owned());
        }
        is_new
    }

    fn text(&mut self, text: &str, origin: &str, directory: &Path, is_certain: bool) {
        let Some(script) = parse(text).filter(|_| script::is_shell(text)) else { return };
        for statement in &script.statements {
            let is_certain = is_certain && statement.is_certain;
            self.statement(statement, &format!("{origin}:{}", statement.line), is_certain);
            let is_sourced = matches!(statement.words[0].text.as_str(), "." | "source");
            for word in &statement.words {
                match script::file(&word.text, directory) {
                    Some(file) if is_sourced => self.sourced(&file, is_certain),
                    Some(file) => {
                        self.file(&file, is_certain);
                    }
                    None => {}
                }
            }
        }
    }

    fn statement(&mut self, statement: &Statement, place: &str, is_certain: bool) {
        let words = &statement.words;
        let assigns = |word: &&Word| assignment(&word.text).is_some();
        let command = words.iter().find(|word| !assigns(word)).map(|word| word.text.as_str());
        if command == Some("unset") {
            let unset = |word: &Word| Assignment {
                name: word.text.clone(),
                value: None,
                place: place.to_owned(),
                is_certain,
            };
            self.found.extend(words.iter().skip(1).map(unset));
            return;
        }
        let is_certain = is_certain && command.is_none_or(|command| SETTERS.contains(&command));
        // `A=1 command A=2` sets the first one alone.
        let is_setter = command.is_none_or(|command| command == "env" || SETTERS.contains(&command));
        let in_front = words.iter().take_while(assigns).count();
        let set = if is_setter { &words[..] } else { &words[..in_front] };
        for word in set {
            let Some((name, value)) = assignment(&word.text) else { continue };
            let appended = word.text.as_bytes().get(name.len()) == Some(&b'+');
            let value = if appended { format!("${name}{value}") } else { value.to_owned() };
            let (name, place) = (name.to_owned(), place.to_owned());
            self.found.push(Assignment { name, value: Some(value), place, is_certain });
        }
    }
}

/// Commands that set variables for everything that follows.
const SETTERS: [&str; 5] = ["declare", "exec", "export", "readonly", "typeset"];

/// More than lie on any way to a launcher.
const MAX_SCRIPTS: usize = 64;
