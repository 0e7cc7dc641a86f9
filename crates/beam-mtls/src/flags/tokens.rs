//! Flags split into words as `erlexec` does it: quotes hold words together, a backslash takes the next
//! character as it is; in a file a `#` comments out the rest of the line.

/// The words of a variable such as `ERL_FLAGS`.
pub(super) fn of_variable(text: &str) -> Vec<String> {
    split(text, false)
}

/// The words of an args file.
pub(super) fn of_args_file(text: &str) -> Vec<String> {
    split(text, true)
}

fn split(text: &str, has_comments: bool) -> Vec<String> {
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
            ('\\', None) => match characters.next() {
                // A line that goes on in the next one.
                Some('\n') | None => {}
                Some(escaped) => token.get_or_insert_default().push(escaped),
            },
            ('#', None) if has_comments => {
                tokens.extend(token.take());
                characters.by_ref().find(|&c| c == '\n');
            }
            (c, None) if c.is_whitespace() => tokens.extend(token.take()),
            (c, None) => token.get_or_insert_default().push(c),
        }
    }
    tokens.extend(token);
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_hold_words_together() {
        assert_eq!(of_variable(r#"-a "b c" 'd "e' f\ g "" "#), ["-a", "b c", "d \"e", "f g", ""]);
    }

    #[test]
    fn a_comment_ends_a_word_in_a_file_only() {
        assert_eq!(of_args_file("-a b#c d\n-e \"#f\""), ["-a", "b", "-e", "#f"]);
        assert_eq!(of_variable("-a b#c"), ["-a", "b#c"]);
    }

    #[test]
    fn a_backslash_at_the_end_of_a_line_joins_it_with_the_next() {
        assert_eq!(of_args_file("-a \\\nb"), ["-a", "b"]);
    }
}
