//! YAML as a tree that keeps the order and the lines of keys, and comments.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::vec::IntoIter;

use anyhow::{Context, Result, bail};
use granit_parser::{Event, Parser, Placement, ScalarStyle, Span};
use serde_json::Value;

/// A document.
#[derive(Debug)]
pub struct Document {
    /// Its value.
    pub root: Node,
    /// The comments on lines of their own, by line number.
    pub comments: BTreeMap<usize, Comment>,
}

/// A value.
#[derive(Debug)]
pub enum Node {
    /// Text, a number, true, false or null.
    Scalar(Value),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug)]
pub struct Key {
    /// Its text.
    pub name: String,
    /// Its line number, starting at 1.
    pub line: usize,
}

/// A line that contains only a comment.
#[derive(Debug)]
pub struct Comment {
    /// The number of spaces before the `#`.
    pub indentation: usize,
    /// The text after the `#`, trimmed.
    pub text: String,
}

/// Parses one document.
pub fn parse(text: &str) -> Result<Document> {
    let mut comments = BTreeMap::new();
    let mut events = Vec::new();
    for next in Parser::new_from_str(text) {
        match next? {
            (Event::Comment(text, placement), span) if placement != Placement::Right => {
                let comment = Comment { indentation: span.start.col(), text: text.trim().to_owned() };
                comments.insert(span.start.line(), comment);
            }
            (
                Event::Comment(..)
                | Event::StreamStart
                | Event::DocumentStart(..)
                | Event::DocumentEnd
                | Event::StreamEnd,
                _,
            ) => {}
            other => events.push(other),
        }
    }
    let mut events = events.into_iter().peekable();
    let root = node(&mut events)?;
    if let Some((_, span)) = events.next() {
        bail!("line {}: only one document is supported", span.start.line());
    }
    Ok(Document { root, comments })
}

impl Node {
    /// The value as JSON, without order and lines.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Scalar(value) => value.clone(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Map(entries) => {
                Value::Object(entries.iter().map(|(key, node)| (key.name.clone(), node.to_json())).collect())
            }
        }
    }
}

type Events<'text> = Peekable<IntoIter<(Event<'text>, Span)>>;

fn node(events: &mut Events<'_>) -> Result<Node> {
    let (event, span) = events.next().context("there is no value")?;
    match event {
        Event::Scalar(text, style, ..) => Ok(Node::Scalar(scalar(&text, style))),
        Event::SequenceStart(..) => {
            let mut items = Vec::new();
            while events.next_if(|(event, _)| *event == Event::SequenceEnd).is_none() {
                items.push(node(events)?);
            }
            Ok(Node::List(items))
        }
        Event::MappingStart(..) => {
            let mut entries = Vec::new();
            while events.next_if(|(event, _)| *event == Event::MappingEnd).is_none() {
                entries.push((key(events)?, node(events)?));
            }
            Ok(Node::Map(entries))
        }
        other => bail!("line {}: {other:?} is not supported", span.start.line()),
    }
}

fn key(events: &mut Events<'_>) -> Result<Key> {
    match events.next() {
        Some((Event::Scalar(name, ..), span)) => Ok(Key { name: name.into_owned(), line: span.start.line() }),
        Some((_, span)) => bail!("line {}: only text is supported as a key", span.start.line()),
        None => bail!("a mapping does not end"),
    }
}

/// A scalar by the core schema of YAML 1.2, as far as JSON has such values.
fn scalar(text: &str, style: ScalarStyle) -> Value {
    if style != ScalarStyle::Plain {
        return text.into();
    }
    match text {
        "" | "~" | "null" => Value::Null,
        "true" => true.into(),
        "false" => false.into(),
        _ => number(text).unwrap_or_else(|| text.into()),
    }
}

fn number(text: &str) -> Option<Value> {
    let is_numeric = text.starts_with(|first: char| first.is_ascii_digit() || "+-.".contains(first));
    let integer = || text.parse::<i64>().ok().map(Value::from);
    let float = || text.parse::<f64>().ok().filter(|float| float.is_finite()).map(Value::from);
    is_numeric.then(|| integer().or_else(float)).flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scalars_become_json_values() {
        let text = "a: 1\nb: '1'\nc: [true, null, 1.5, x, 64Mi, \"\"]\nd: {e: {}}\nf:\n- g\n";
        let expected =
            json!({"a": 1, "b": "1", "c": [true, null, 1.5, "x", "64Mi", ""], "d": {"e": {}}, "f": ["g"]});
        assert_eq!(parse(text).unwrap().root.to_json(), expected);
    }

    #[test]
    fn keys_and_comments_have_line_numbers() {
        let Document { root, comments } =
            parse("# first\n\na: # beside\n  # second \n  b: '# text'\n").unwrap();
        let Node::Map(entries) = root else { panic!("{root:?} is not a mapping") };
        assert_eq!((entries[0].0.name.as_str(), entries[0].0.line), ("a", 3));
        let found: Vec<_> = comments
            .iter()
            .map(|(line, comment)| (*line, comment.indentation, comment.text.as_str()))
            .collect();
        assert_eq!(found, [(1, 0, "first"), (4, 2, "second")]);
    }

    #[test]
    fn unsupported_constructs_are_errors() {
        for (text, said) in [
            ("a: &x 1\nb: *x\n", "line 2: "),
            ("? [a]\n: b\n", "only text is supported as a key"),
            ("a: 1\n---\nb: 2\n", "only one document"),
            ("", "no value"),
        ] {
            let error = format!("{:#}", parse(text).unwrap_err());
            assert!(error.contains(said), "{text:?}: {error}");
        }
    }
}
