//! What is taken as a whole: quotes, expansions and here-documents, each up to its end.

use super::{Parser, Word};

impl Parser {
    /// What `c` begins, up to its end.
    pub(super) fn expansion_or_quote(&mut self, c: char) -> Option<()> {
        self.word();
        match c {
            '\\' => match self.next() {
                Some('\n') if self.word.as_ref().is_some_and(|word| *word == Word::default()) => {
                    self.word = None
                }
                Some('\n') | None => {}
                Some(c) => self.word().text.push(c),
            },
            '\'' => {
                let text = self.until('\'', false)?;
                self.word().text.push_str(&text);
            }
            '"' => loop {
                match self.next()? {
                    '"' => break,
                    '\\' => match self.next()? {
                        '\n' => {}
                        c @ ('"' | '\\' | '$' | '`') => self.word().text.push(c),
                        c => self.word().text.extend(['\\', c]),
                    },
                    c @ ('$' | '`') => self.expansion(c, true)?,
                    c => self.word().text.push(c),
                }
            },
            c => self.expansion(c, false)?,
        }
        Some(())
    }

    /// `$NAME`, `${...}`, `$(...)` or a command in backquotes: its text is kept.
    fn expansion(&mut self, c: char, is_quoted: bool) -> Option<()> {
        let from = self.at - 1;
        match (c, self.peek()) {
            ('`', _) => {
                let inside = self.until('`', true)?;
                self.word().substitutions.push(inside);
            }
            (_, Some('\'')) if !is_quoted => {
                self.next();
                let text = self.until('\'', true)?;
                self.word().text.push_str(&text);
                return Some(());
            }
            (_, Some(open @ ('(' | '{'))) => {
                self.next();
                let start = self.at;
                self.balanced(open, is_quoted)?;
                if open == '(' {
                    let inside = self.rest[start..self.at - 1].iter().collect();
                    self.word().substitutions.push(inside);
                }
            }
            (_, Some(c)) if c.is_ascii_alphanumeric() || "_@*#?$!-".contains(c) => {}
            _ => {
                self.word().text.push('$');
                return Some(());
            }
        }
        let text: String = self.rest[from..self.at].iter().collect();
        let word = self.word();
        word.is_dynamic = true;
        word.text.push_str(&text);
        Some(())
    }

    /// Up to the bracket that closes the one that was read; in double quotes, single ones around a default are text.
    pub(super) fn balanced(&mut self, open: char, is_quoted: bool) -> Option<()> {
        let closing = |open| if open == '(' { ')' } else { '}' };
        let mut ends = vec![closing(open)];
        while let Some(&end) = ends.last() {
            match self.next()? {
                c if c == end => {
                    ends.pop();
                }
                '\\' => {
                    self.next()?;
                }
                '$' if matches!(self.peek(), Some('(' | '{')) => ends.push(closing(self.next()?)),
                '`' => {
                    self.until('`', true)?;
                }
                _ if end == '"' => {}
                '(' if end == ')' => ends.push(')'),
                '"' => ends.push('"'),
                '\'' if end == ')' || !(is_quoted || ends.contains(&'"')) => {
                    self.until('\'', false)?;
                }
                _ => {}
            }
        }
        Some(())
    }

    fn until(&mut self, end: char, has_escapes: bool) -> Option<String> {
        let mut text = String::new();
        loop {
            match self.next()? {
                c if c == end => return Some(text),
                '\\' if has_escapes => text.push(self.next()?),
                c => text.push(c),
            }
        }
    }

    pub(super) fn skip_line(&mut self) {
        while self.peek().is_some_and(|c| c != '\n') {
            self.next();
        }
    }

    pub(super) fn delimiter(&mut self) -> Option<String> {
        while self.take(' ') || self.take('\t') {}
        let mut delimiter = String::new();
        while let Some(c) = self.peek().filter(|c| !c.is_whitespace() && !";&|<>()".contains(*c)) {
            self.next();
            match c {
                '\'' | '"' => delimiter.push_str(&self.until(c, false)?),
                '\\' => delimiter.extend(self.next()),
                c => delimiter.push(c),
            }
        }
        Some(delimiter)
    }

    pub(super) fn skip_documents(&mut self) {
        for (delimiter, ignores_tabs) in std::mem::take(&mut self.documents) {
            while self.at < self.rest.len() {
                let from = self.at;
                self.skip_line();
                let line: String = self.rest[from..self.at].iter().collect();
                self.next();
                let line = if ignores_tabs { line.trim_start_matches('\t') } else { &line };
                if line == delimiter {
                    break;
                }
            }
        }
    }
}
