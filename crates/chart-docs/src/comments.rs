//! Blocks of comment lines: text, and tags of the form `+docs:NAME` or `+docs:NAME=VALUE`.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};

use crate::yaml;

/// The content of a block of comment lines.
#[derive(Debug, Default)]
pub struct Block {
    /// The text as one paragraph.
    pub text: String,
    /// The title of the section that begins here.
    pub section: Option<String>,
    /// Marks a single value: a map whose keys the user chooses or, with a name, a value that the file does not contain.
    pub property: Option<String>,
    /// Whether the value cannot be unset.
    pub is_required: bool,
    /// Keywords of JSON Schema.
    pub keywords: Map<String, Value>,
}

impl Block {
    /// Reads the lines of a block.
    pub fn parse<'text>(lines: impl IntoIterator<Item = &'text str>) -> Result<Self> {
        let mut block = Self::default();
        let mut text = Vec::new();
        for line in lines {
            match line.strip_prefix(TAG) {
                None => text.push(line),
                Some(tag) => block.add(tag).with_context(|| line.to_owned())?,
            }
        }
        block.text = text.join(" ").trim().to_owned();
        Ok(block)
    }

    /// Whether it has no tags.
    pub fn is_only_text(&self) -> bool {
        let Self { text: _, section, property, is_required, keywords } = self;
        section.is_none() && property.is_none() && !is_required && keywords.is_empty()
    }

    fn add(&mut self, tag: &str) -> Result<()> {
        let (name, value) = tag.split_once('=').unwrap_or((tag, ""));
        match name {
            "section" => self.section = Some(value.to_owned()),
            "property" => self.property = Some(value.to_owned()),
            "required" => self.is_required = true,
            "pattern" => self.keyword(name, value.into()),
            "type" => self.keyword(name, types(value)),
            _ => {
                ensure!(
                    KEYWORDS.contains(&name),
                    "there is no such tag; use one of the tags that values.yaml lists"
                );
                self.keyword(name, yaml::parse(value)?.root.to_json());
            }
        }
        Ok(())
    }

    fn keyword(&mut self, name: &str, value: Value) {
        self.keywords.insert(name.to_owned(), value);
    }
}

/// The blocks of a file: adjacent lines with the same indentation.
pub fn blocks(comments: &BTreeMap<usize, yaml::Comment>) -> Vec<Lines<'_>> {
    let mut blocks: Vec<Lines<'_>> = Vec::new();
    for (line, comment) in comments {
        match blocks.last_mut() {
            Some(block) if block.last + 1 == *line && block.indentation == comment.indentation => {
                block.last = *line;
                block.texts.push(&comment.text);
            }
            _ => blocks.push(Lines {
                last: *line,
                indentation: comment.indentation,
                texts: vec![&comment.text],
            }),
        }
    }
    blocks
}

/// The unparsed lines of a block.
#[derive(Debug)]
pub struct Lines<'text> {
    /// The number of the last line.
    pub last: usize,
    /// Its indentation.
    pub indentation: usize,
    /// The text of each line.
    pub texts: Vec<&'text str>,
}

/// One type, or several separated by `|`.
fn types(text: &str) -> Value {
    match text.split('|').collect::<Vec<_>>().as_slice() {
        [one] => (*one).into(),
        several => several.to_vec().into(),
    }
}

const TAG: &str = "+docs:";

/// The keywords whose values are YAML.
const KEYWORDS: [&str; 7] =
    ["additionalProperties", "enum", "items", "maxLength", "maximum", "minLength", "minimum"];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn text_and_tags_are_separated() {
        let block = Block::parse([
            "First",
            "second.",
            "+docs:required",
            "+docs:pattern=^a=[b]$",
            "+docs:type=integer|string",
            "+docs:enum=[\"\", x]",
            "+docs:items={type: string, minLength: 1}",
        ])
        .unwrap();
        assert_eq!(block.text, "First second.");
        assert!(block.is_required && !block.is_only_text());
        let expected = json!({
            "pattern": "^a=[b]$",
            "type": ["integer", "string"],
            "enum": ["", "x"],
            "items": {"type": "string", "minLength": 1},
        });
        assert_eq!(Value::from(block.keywords), expected);
    }

    #[test]
    fn an_unknown_tag_is_an_error() {
        let error = format!("{:#}", Block::parse(["+docs:patern=x"]).unwrap_err());
        assert!(error.starts_with("+docs:patern=x: there is no such tag"), "{error}");
    }

    #[test]
    fn a_gap_and_an_indentation_separate_blocks() {
        let document = yaml::parse("# a\n# b\n\n# c\nk:\n  # d\n  # e\n  l: 1\n# f\nm: 1\n").unwrap();
        let found: Vec<_> =
            blocks(&document.comments).into_iter().map(|block| (block.last, block.texts.concat())).collect();
        let expected = [(2, "ab"), (4, "c"), (7, "de"), (9, "f")].map(|(line, text)| (line, text.to_owned()));
        assert_eq!(found, expected);
    }
}
