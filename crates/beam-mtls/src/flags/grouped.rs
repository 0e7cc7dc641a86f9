//! Words by the flags that they belong to.

use super::tokens;

/// Each flag with its values. What precedes the first flag is a flag without a dash.
pub fn grouped<T: AsRef<str>>(words: &[T]) -> Vec<(&T, Vec<&str>)> {
    let mut groups: Vec<(&T, Vec<&str>)> = Vec::new();
    for word in words {
        match groups.last_mut() {
            Some((_, values)) if !word.as_ref().starts_with(['-', '+']) => values.push(word.as_ref()),
            _ => groups.push((word, Vec::new())),
        }
    }
    groups
}

/// The flags of an args file with their values; none if a quote is left open.
pub fn of_args_file(text: &str) -> Option<Vec<(String, Vec<String>)>> {
    let owned = |(flag, values): (&String, Vec<&str>)| {
        (flag.clone(), values.into_iter().map(str::to_owned).collect())
    };
    Some(grouped(&tokens::of_args_file(text)?).into_iter().map(owned).collect())
}
