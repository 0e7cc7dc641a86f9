//! Flags split into words as `erlexec` does it: quotes hold words together, a backslash takes the next
//! character as it is; in a file a `#` comments out the rest of the line.

/// The words of a variable such as `ERL_FLAGS`; none where a quote is left open, which would swallow what comes
/// behind it.
pub(super) fn of_variable(text: &str) -> Option<Vec<String>> {
    split(text, false)
}

/// The words of an args file.
pub(super) fn of_args_file(text: &str) -> Option<Vec<String>> {
    split(text, true)
}

/// A word as it stands in an args file, so that it is read as one.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| !c.is_ascii_whitespace() && !['"', '\'', '\\', '#'].contains(&c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    let pieces = word.split_inclusive('"').map(|piece| match piece.strip_suffix('"') {
        Some("") => "'\"'".to_owned(),
        Some(rest) => format!("\"{rest}\"'\"'"),
        None => format!("\"{piece}\""),
    });
    if word.is_empty() { "\"\"".to_owned() } else { pieces.collect() }
}

fn split(text: &str, has_comments: bool) -> Option<Vec<String>> {
    let mut tokens = Vec::new();
    let mut token: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, quote) {
            (c, Some(q)) if c == q => quote = None,
            (c, Some(_)) => token.get_or_insert_default().push(c),
            ('"' | '\'', None) => {
                quote = Some(c);
                token.get_or_insert_default();
            }
            ('\\', None) => token.get_or_insert_default().extend(characters.next()),
            ('#', None) if has_comments => {
                tokens.extend(token.take());
                characters.by_ref().find(|&c| c == '\n');
            }
            (c, None) if c.is_ascii_whitespace() => tokens.extend(token.take()),
            (c, None) => token.get_or_insert_default().push(c),
        }
    }
    tokens.extend(token);
    quote.is_none().then_some(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(text: &str) -> Vec<String> {
        of_variable(text).expect("closed quotes")
    }

    #[test]
    fn quotes_hold_words_together() {
        assert_eq!(variable(r#"-a "b c" 'd "e' f\ g "" "#), ["-a", "b c", "d \"e", "f g", ""]);
    }

    #[test]
    fn an_open_quote_is_told() {
        for text in ["-a \"b", "-a 'b \"c\"", "\""] {
            assert_eq!(of_variable(text), None, "{text}");
        }
    }

    #[test]
    fn a_comment_ends_a_word_in_a_file_only() {
        assert_eq!(of_args_file("-a b#c d\n-e \"#f\"").expect("closed quotes"), ["-a", "b", "-e", "#f"]);
        assert_eq!(variable("-a b#c"), ["-a", "b#c"]);
    }

    #[test]
    fn a_quoted_word_is_read_as_one() {
        for word in ["", "a", "a b", "\"", "a\"b", "it's", "#x", "a\\b c", "'\"'", "two\nlines", "ä{$(id)}"]
        {
            assert_eq!(of_args_file(&quoted(word)).as_deref(), Some(&[word.to_owned()][..]), "{word}");
        }
    }

    #[test]
    fn a_backslash_takes_a_line_end_too() {
        assert_eq!(variable("-a \\\nb"), ["-a", "\nb"]);
    }
}
