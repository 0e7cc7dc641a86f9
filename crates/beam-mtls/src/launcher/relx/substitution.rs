//! `${NAME}` and `${NAME:-DEFAULT}` in the files of a release, as the awk program in relx's script replaces them:
//! line by line, so that what is left open in a comment swallows nothing, and again in what was put in.
//!
//! That program takes the text between the braces for a pattern, and `&` in a default for what was matched. Where it
//! therefore never ends or depends on the awk, as for `${OPTIONS:-a+b}`, the text is taken letter by letter.

/// A text without variables.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::launcher) struct Substituted {
    /// The text; each line ends.
    pub(in crate::launcher) text: String,
    /// Variables that are not set and have no default, and their lines; those in comments are left out.
    pub(in crate::launcher) unset: Vec<(String, usize)>,
}

/// A variable whose value leads to itself: its name, and the line.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::launcher) struct Endless(pub(in crate::launcher) String, pub(in crate::launcher) usize);

/// Replaces the variables in `text`; `value` yields those that are set. Empty ones count as unset where there is a
/// default.
pub(in crate::launcher) fn substitute(
    text: &str,
    value: impl Fn(&str) -> Option<String>,
) -> Result<Substituted, Endless> {
    let mut substituted = Substituted { text: String::new(), unset: Vec::new() };
    for (index, line) in text.lines().enumerate() {
        let is_comment = line.trim_start().starts_with('#');
        let mut line = line.to_owned();
        let mut rounds = 0;
        while let Some((from, to)) = variable(&line) {
            let inside = line[from + 2..to - 1].to_owned();
            let (name, default) = match inside.split_once(":-") {
                Some((name, default)) => (name, Some(default)),
                None => (inside.as_str(), None),
            };
            if rounds == MAX_ROUNDS || line.len() > MAX_LENGTH {
                return Err(Endless(name.to_owned(), index + 1));
            }
            rounds += 1;
            let found = value(name);
            if found.is_none() && default.is_none() && !is_comment {
                substituted.unset.push((name.to_owned(), index + 1));
            }
            let found = found.filter(|found| default.is_none() || !found.is_empty());
            line.replace_range(from..to, found.as_deref().or(default).unwrap_or_default());
        }
        substituted.text.push_str(&line);
        substituted.text.push('\n');
    }
    Ok(substituted)
}

/// Where the first variable of a line is.
fn variable(line: &str) -> Option<(usize, usize)> {
    let from = line.find("${")?;
    let length = line[from..].find('}')?;
    Some((from, from + length + 1))
}

/// More variables than a line holds.
const MAX_ROUNDS: usize = 1000;
const MAX_LENGTH: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn substituted(text: &str) -> Result<Substituted, Endless> {
        substitute(text, |name| match name {
            "HOST" => Some("h.x".to_owned()),
            "EMPTY" => Some(String::new()),
            "INNER" => Some("<${HOST}>".to_owned()),
            "SPECIAL" => Some("x&y\\&z".to_owned()),
            "SELF" => Some("a${SELF}".to_owned()),
            _ => None,
        })
    }

    fn text(text: &str) -> String {
        substituted(text).expect("an end").text
    }

    /// Those with an end are what relx's script makes of them with mawk; a scenario compares.
    #[test]
    fn variables_are_replaced_as_relx_does_it() {
        for (from, to) in [
            ("-name a@${HOST}", "-name a@h.x\n"),
            ("${HOST}x${HOST} $HOST ${HOST}} {${HOST}} $${HOST}", "h.xxh.x $HOST h.x} {h.x} $h.x\n"),
            ("${UNSET}a ${UNSET:-b} ${UNSET:-b:-c} ${UNSET:-} ${UNSET:--x}", "a b b:-c  -x\n"),
            ("${EMPTY}a ${EMPTY:-b}", "a b\n"),
            ("${UNSET:-{127,0,0,1}} ${UNSET:-\"it's\"}", "{127,0,0,1} \"it's\"\n"),
            ("${A-x} ${A:=x} ${ A }", "  \n"),
            ("${INNER}", "<h.x>\n"),
            ("${SPECIAL}", "x&y\\&z\n"),
            ("# ${HOST\n-a ${HOST}\n-b ${HOST", "# ${HOST\n-a h.x\n-b ${HOST\n"),
            ("", ""),
            // Here its script does not end, or depends on the awk.
            ("${UNSET:-a+b} ${UNSET:-x&y} ${UNSET:-a|b} ${}", "a+b x&y a|b \n"),
        ] {
            assert_eq!(text(from), to, "{from}");
        }
    }

    #[test]
    fn what_becomes_empty_is_noted_with_its_line() {
        let found =
            substituted("# ${NO}\n-a ${UNSET} ${OTHER:-} ${EMPTY}\n  ${HOST} ${B}\n").expect("an end");
        assert_eq!(found.unset, [("UNSET".to_owned(), 2), ("B".to_owned(), 3)]);
    }

    #[test]
    fn a_variable_that_leads_to_itself_is_an_error() {
        assert_eq!(substituted("\n${SELF}"), Err(Endless("SELF".to_owned(), 2)));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "([$]\\{|\\}|[a-zä:\n-]|HOST|SELF){0,40}") {
            let _ = substituted(&text);
        }
    }
}
