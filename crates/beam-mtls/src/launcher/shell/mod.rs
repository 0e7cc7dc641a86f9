//! Shell scripts, split into their simple commands as far as reading shows: quotes, comments, here-documents and blocks
//! are understood, nothing is evaluated.

mod quoted;

/// A simple command: its words, assignments in front of them included.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Statement {
    /// The line of its first word, counted from 1.
    pub(super) line: usize,
    /// Its words; redirections are left out.
    pub(super) words: Vec<Word>,
    /// Whether it is reached whenever the script is run: it is in no branch, loop, function or subshell.
    pub(super) is_certain: bool,
}

/// A word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// Its text without quotes; what the shell would expand is kept as it is written.
    pub(super) text: String,
    /// Whether the shell expands something in it.
    pub(super) is_dynamic: bool,
    /// The texts of command substitutions in it.
    pub(super) substitutions: Vec<String>,
}

/// A script, as it was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Script {
    /// Its simple commands, in their order.
    pub(super) statements: Vec<Statement>,
    /// The functions that it defines.
    pub(super) functions: Vec<String>,
}

/// Reads a script; none if a quote or an expansion is left open, so that it was not understood.
pub(super) fn parse(text: &str) -> Option<Script> {
    let mut parser = Parser { rest: text.chars().collect(), line: 1, ..Parser::default() };
    parser.read()?;
    Some(parser.script)
}

/// The name and the value of a word that assigns a variable.
pub(super) fn assignment(word: &str) -> Option<(&str, &str)> {
    let (name, value) = word.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_name.then_some((name, value))
}

#[derive(Default)]
struct Parser {
    rest: Vec<char>,
    at: usize,
    line: usize,
    script: Script,
    words: Vec<Word>,
    /// The word that is being read, if there is one.
    word: Option<Word>,
    first_line: usize,
    /// Whether the next word is the target of a redirection.
    is_target: bool,
    /// Delimiters of here-documents that begin at the next line, and whether tabs before them are ignored.
    documents: Vec<(String, bool)>,
    /// How many `if`, `case` and loops are open.
    branches: usize,
    parentheses: usize,
    /// The braces that are open, and whether each is the body of a function.
    braces: Vec<bool>,
    /// Whether a name with `()` was just read.
    is_function: bool,
    /// Whether `&&`, `||` or `|` came last.
    is_conditional: bool,
}

impl Parser {
    fn read(&mut self) -> Option<()> {
        while let Some(c) = self.next() {
            match c {
                '\'' | '"' | '`' | '$' | '\\' => self.expansion_or_quote(c)?,
                '#' if self.word.is_none() => self.skip_line(),
                '\n' => {
                    self.end_statement(false);
                    self.skip_documents();
                }
                ' ' | '\t' | '\r' => self.end_word(),
                '<' | '>' => self.redirection(c)?,
                '&' if self.peek() == Some('>') => self.end_word(),
                ';' => self.end_statement(false),
                // In [[ ]] these are operators.
                '&' | '|' | '(' | ')' if self.is_test() => self.end_word(),
                '&' | '|' => {
                    let is_doubled = self.take(c);
                    self.end_statement(c == '|' || is_doubled);
                }
                '(' => self.open()?,
                ')' => self.close(),
                c => self.word().text.push(c),
            }
        }
        self.end_statement(false);
        Some(())
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.get(self.at).copied()?;
        self.at += 1;
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn peek(&self) -> Option<char> {
        self.rest.get(self.at).copied()
    }

    fn take(&mut self, wanted: char) -> bool {
        let is_there = self.peek() == Some(wanted);
        if is_there {
            self.next();
        }
        is_there
    }

    fn word(&mut self) -> &mut Word {
        if self.words.is_empty() && self.word.is_none() {
            self.first_line = self.line;
        }
        self.word.get_or_insert_default()
    }

    fn redirection(&mut self, c: char) -> Option<()> {
        // The number of a descriptor precedes it.
        if self.word.as_ref().is_some_and(|word| word.text.chars().all(|c| c.is_ascii_digit())) {
            self.word = None;
        }
        self.end_word();
        if self.is_test() {
            return Some(());
        }
        if c == '<' && self.take('<') && !self.take('<') {
            let ignores_tabs = self.take('-');
            let delimiter = self.delimiter()?;
            self.documents.push((delimiter, ignores_tabs));
            return Some(());
        }
        while self.peek().is_some_and(|c| matches!(c, '>' | '&' | '|')) {
            self.next();
        }
        self.is_target = true;
        Some(())
    }

    fn open(&mut self) -> Option<()> {
        let is_alone = self.words.is_empty() && self.word.is_none();
        if is_alone && self.take('(') {
            // An arithmetic command: it starts nothing.
            self.balanced('(', false)?;
            self.take(')');
            return Some(());
        }
        if self.word.as_ref().is_some_and(|word| word.text.ends_with('=')) {
            // An array.
            let from = self.at;
            self.balanced('(', false)?;
            let list: String = self.rest[from..self.at].iter().collect();
            self.word().text.push_str(&format!("({list}"));
            return Some(());
        }
        while self.take(' ') {}
        if !is_alone && self.take(')') {
            self.end_word();
            self.script.functions.extend(self.words.pop().map(|word| word.text));
            self.words.clear();
            self.is_function = true;
            return Some(());
        }
        self.end_statement(false);
        self.parentheses += 1;
        Some(())
    }

    fn close(&mut self) {
        if self.parentheses == 0 {
            // The end of a pattern of `case`.
            self.end_word();
            self.strip_reserved_words();
            self.words.clear();
            return;
        }
        self.end_statement(false);
        self.parentheses -= 1;
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        if std::mem::take(&mut self.is_target) {
            return;
        }
        self.words.push(word);
    }

    fn is_test(&self) -> bool {
        let is = |word: Option<&Word>, text: &str| word.is_some_and(|word| word.text == text);
        let opens = self.words.iter().position(|word| word.text == "[[");
        opens.is_some() && !is(self.words.last(), "]]") && !is(self.word.as_ref(), "]]")
    }

    /// Ends a command; `is_conditional` says whether the next one depends on it.
    fn end_statement(&mut self, is_conditional: bool) {
        self.end_word();
        self.is_target = false;
        let was_conditional = std::mem::replace(&mut self.is_conditional, is_conditional);
        self.strip_reserved_words();
        let words = std::mem::take(&mut self.words);
        if words.is_empty() {
            // A line may end after && and |.
            self.is_conditional |= was_conditional && self.rest[self.at.saturating_sub(1)] == '\n';
            return;
        }
        let is_certain =
            self.branches == 0 && self.parentheses == 0 && !self.braces.contains(&true) && !was_conditional;
        self.script.statements.push(Statement { line: self.first_line, words, is_certain });
    }

    /// Removes the shell's reserved words before a command.
    fn strip_reserved_words(&mut self) {
        while let Some(word) = self.words.first().filter(|word| !word.is_dynamic) {
            match word.text.as_str() {
                "if" | "while" | "until" => self.branches += 1,
                "for" | "select" | "case" => {
                    self.branches += 1;
                    self.words.clear();
                    return;
                }
                "fi" | "done" | "esac" => self.branches = self.branches.saturating_sub(1),
                "function" if self.words.len() > 1 => {
                    let name = self.words.remove(1);
                    self.script.functions.push(name.text);
                    self.is_function = true;
                }
                "{" => self.braces.push(std::mem::take(&mut self.is_function)),
                "}" => {
                    self.braces.pop();
                }
                "then" | "else" | "elif" | "do" | "!" | "time" | "in" => {}
                _ => return,
            }
            self.words.remove(0);
        }
    }
}

#[cfg(test)]
mod tests;
