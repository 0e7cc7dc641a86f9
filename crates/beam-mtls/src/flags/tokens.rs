//! Flags split into words as `erlexec` does it: quotes hold words together, a backslash takes the next
//! character as it is; in a file a `#` comments out the rest of the line, and a NUL ends all.

/// The words of a variable such as `ERL_FLAGS`; none if a quote is left open, which would swallow what follows.
pub(super) fn of_variable(text: &str) -> Option<Vec<String>> {
    split(text, false)
}

/// The words of an args file.
pub(super) fn of_args_file(text: &str) -> Option<Vec<String>> {
    split(text.split('\0').next().unwrap_or_default(), true)
}

/// A word as it must be written in an args file to be read as one.
pub(super) fn quoted(word: &str) -> String {
    let is_plain = |c: char| !is_space(c) && !['"', '\'', '\\', '#'].contains(&c);
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
            (c, None) if is_space(c) => tokens.extend(token.take()),
            (c, None) => token.get_or_insert_default().push(c),
        }
    }
    tokens.extend(token);
    quote.is_none().then_some(tokens)
}

/// To C a vertical tab is a space too.
fn is_space(c: char) -> bool {
    c.is_ascii_whitespace() || c == '\u{b}'
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn variable(text: &str) -> Vec<String> {
        of_variable(text).expect("closed quotes")
    }

    #[test]
    fn quotes_hold_words_together() {
        assert_eq!(variable(r#"-a "b c" 'd "e' f\ g "" "#), ["-a", "b c", "d \"e", "f g", ""]);
    }

    #[test]
    fn an_open_quote_is_reported() {
        for text in ["-a \"b", "-a 'b \"c\"", "\""] {
            assert_eq!(of_variable(text), None, "{text}");
        }
    }

    #[test]
    fn a_comment_ends_a_word_in_a_file_only() {
        assert_eq!(of_args_file("-a b#c d\n-e \"#f\"").expect("closed quotes"), ["-a", "b", "-e", "#f"]);
        assert_eq!(variable("-a b#c"), ["-a", "b#c"]);
    }

    proptest! {
        #[test]
        fn a_quoted_word_is_read_as_one(
            words in proptest::collection::vec(
                prop_oneof!["[\"'\\\\# \n\t\u{b}\u{c}\r$`(){}a-]{0,12}", "[^\0]{0,12}"],
                0..8,
            ),
        ) {
            let file = words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
            prop_assert_eq!(of_args_file(&file), Some(words));
        }

        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = (of_args_file(&text), of_variable(&text));
        }
    }

    #[test]
    fn a_nul_ends_a_file() {
        assert_eq!(of_args_file("-a b\0 -c \"").expect("closed quotes"), ["-a", "b"]);
    }

    #[test]
    fn a_backslash_takes_a_line_end_too() {
        assert_eq!(variable("-a \\\nb"), ["-a", "\nb"]);
    }
}
