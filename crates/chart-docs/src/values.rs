//! The documented values of a chart: sections of values, some of which are groups of values.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Map, Value};

use crate::comments::{self, Block, Lines};
use crate::yaml::{self, Node};

/// All values.
#[derive(Debug)]
pub struct Values {
    /// The sections, in the order of the file.
    pub sections: Vec<Section>,
}

/// Values that belong together.
#[derive(Debug)]
pub struct Section {
    /// Its heading.
    pub title: String,
    /// The text about all of its values.
    pub text: String,
    /// Its values at the top level.
    pub entries: Vec<Entry>,
}

/// A value.
#[derive(Debug)]
pub struct Entry {
    /// Its key.
    pub name: String,
    /// Whether it cannot be unset.
    pub is_required: bool,
    /// A group or a single value.
    pub kind: Kind,
}

/// The kind of a value.
#[derive(Debug)]
pub enum Kind {
    /// Values with a common name.
    Group(Vec<Entry>),
    /// A single value.
    Leaf(Leaf),
}

/// A single value.
#[derive(Debug)]
pub struct Leaf {
    /// Its description.
    pub text: String,
    /// Its default; a value that is not in the file has none.
    pub default: Option<Value>,
    /// Keywords of JSON Schema: its type and its constraints.
    pub keywords: Map<String, Value>,
}

impl Values {
    /// Reads a values file.
    pub fn parse(text: &str) -> Result<Self> {
        let document = yaml::parse(text)?;
        let Node::Map(entries) = document.root else { bail!("it is not a mapping") };
        let mut blocks: BTreeMap<_, _> =
            comments::blocks(&document.comments).into_iter().map(|block| (block.last, block)).collect();
        let mut values = Self { sections: Vec::new() };
        for (key, node) in entries {
            let later = blocks.split_off(&(key.line - 1));
            values.add_free(std::mem::replace(&mut blocks, later))?;
            let entry = entry(&key, node, &mut blocks).with_context(|| key.name.clone())?;
            values.section(&key.name)?.entries.push(entry);
        }
        values.add_free(blocks)?;
        Ok(values)
    }

    /// All single values with their paths, in order.
    pub fn leaves(&self) -> Vec<(String, &Leaf)> {
        let mut leaves = Vec::new();
        for section in &self.sections {
            section.leaves(&mut leaves);
        }
        leaves
    }

    /// Processes the blocks that are not directly above a key.
    fn add_free(&mut self, blocks: BTreeMap<usize, Lines<'_>>) -> Result<()> {
        for (line, lines) in blocks {
            let block = Block::parse(lines.texts).with_context(|| format!("line {line}"))?;
            ensure!(
                lines.indentation == 0 || block.is_only_text(),
                "line {line}: the tags in this comment are not above a value; move them"
            );
            if let Some(title) = block.section {
                self.sections.push(Section { title, text: block.text, entries: Vec::new() });
            } else if let Some(name) = block.property {
                ensure!(!name.is_empty(), "line {line}: write +docs:property=NAME, because no value follows");
                let is_required = block.is_required;
                let leaf = leaf(block.text, block.keywords, None).with_context(|| name.clone())?;
                self.section(&name)?.entries.push(Entry { name, is_required, kind: Kind::Leaf(leaf) });
            } else {
                ensure!(
                    block.is_only_text(),
                    "line {line}: the tags in this comment are not above a value; move them"
                );
            }
        }
        Ok(())
    }

    fn section(&mut self, name: &str) -> Result<&mut Section> {
        self.sections
            .last_mut()
            .with_context(|| format!("{name}: start a section above it with +docs:section"))
    }
}

impl Section {
    /// Adds its single values with their paths, in order.
    pub fn leaves<'values>(&'values self, leaves: &mut Vec<(String, &'values Leaf)>) {
        for entry in &self.entries {
            entry.leaves("", leaves);
        }
    }
}

impl Entry {
    fn leaves<'values>(&'values self, parent: &str, leaves: &mut Vec<(String, &'values Leaf)>) {
        let path = format!("{parent}{}", self.name);
        match &self.kind {
            Kind::Leaf(leaf) => leaves.push((path, leaf)),
            Kind::Group(entries) => {
                entries.iter().for_each(|entry| entry.leaves(&format!("{path}."), leaves))
            }
        }
    }
}

/// The value of a key with the comment directly above it, which is removed from the comments.
fn entry(key: &yaml::Key, node: Node, blocks: &mut BTreeMap<usize, Lines<'_>>) -> Result<Entry> {
    let block = match blocks.remove(&(key.line - 1)) {
        Some(lines) => Block::parse(lines.texts)?,
        None => Block::default(),
    };
    ensure!(block.section.is_none(), "leave an empty line between the comment of the section and the value");
    let name = key.name.clone();
    let is_required = block.is_required;
    let kind = match node {
        Node::Map(entries) if !entries.is_empty() && block.property.is_none() => {
            ensure!(
                block.text.is_empty() && block.keywords.is_empty(),
                "describe the values in it, or make it a single value with +docs:property"
            );
            let entries = entries.into_iter().map(|(key, node)| {
                let name = key.name.clone();
                entry(&key, node, blocks).context(name)
            });
            Kind::Group(entries.collect::<Result<_>>()?)
        }
        node => Kind::Leaf(leaf(block.text, block.keywords, Some(node.to_json()))?),
    };
    Ok(Entry { name, is_required, kind })
}

fn leaf(text: String, mut keywords: Map<String, Value>, default: Option<Value>) -> Result<Leaf> {
    ensure!(!text.is_empty(), "describe it in a comment directly above it");
    if !keywords.contains_key("type") {
        let found = default.as_ref().and_then(type_of);
        let found = found.context("its type cannot be inferred: add +docs:type")?;
        keywords.insert("type".to_owned(), found.into());
    }
    ensure!(
        keywords["type"] != "array" || keywords.contains_key("items"),
        "the type of its items cannot be inferred: add +docs:items"
    );
    Ok(Leaf { text, default, keywords })
}

fn type_of(value: &Value) -> Option<&'static str> {
    match value {
        Value::Null => None,
        Value::Bool(_) => Some("boolean"),
        Value::Number(number) if number.is_f64() => Some("number"),
        Value::Number(_) => Some("integer"),
        Value::String(_) => Some("string"),
        Value::Array(_) => Some("array"),
        Value::Object(_) => Some("object"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sections_groups_and_single_values_are_found() {
        let values = Values::parse(
            "# Not documentation.\n\n# +docs:section=First\n# Of it.\n\n# A.\na: 1\ng:\n  # B.\n  b: \"\"\n\n\
             # +docs:section=Second\n\n# C.\n# +docs:property\nc:\n  # Not documentation.\n  d: true\n\n\
             # Hidden.\n# +docs:property=e\n# +docs:type=object\n",
        )
        .unwrap();
        let sections: Vec<_> = values
            .sections
            .iter()
            .map(|section| (section.title.as_str(), section.text.as_str(), section.entries.len()))
            .collect();
        assert_eq!(sections, [("First", "Of it.", 2), ("Second", "", 2)]);
        let leaves: Vec<_> = values
            .leaves()
            .into_iter()
            .map(|(path, leaf)| json!([path, leaf.text, leaf.keywords["type"], leaf.default]))
            .collect();
        let expected = [
            json!(["a", "A.", "integer", 1]),
            json!(["g.b", "B.", "string", ""]),
            json!(["c", "C.", "object", {"d": true}]),
            json!(["e", "Hidden.", "object", null]),
        ];
        assert_eq!(leaves, expected);
    }

    #[test]
    fn what_is_missing_is_named() {
        for (text, said) in [
            ("# A.\na: 1\n", "a: start a section"),
            ("# +docs:section=S\n\na: 1\n", "a: describe it in a comment"),
            ("# +docs:section=S\na: 1\n", "a: leave an empty line"),
            ("# +docs:section=S\n\n# A.\na: []\n", "a: the type of its items"),
            ("# +docs:section=S\n\n# A.\na:\n", "a: its type cannot be inferred"),
            ("# +docs:section=S\n\n# G.\ng:\n  # A.\n  a: 1\n", "g: describe the values in it"),
            ("# +docs:section=S\n\ng:\n  a: 1\n", "g: a: describe it"),
            ("# +docs:section=S\n\n# +docs:required\n\n# A.\na: 1\n", "line 3: the tags in this comment"),
            (
                "# +docs:section=S\n\n# A.\n# +docs:property\na:\n  # +docs:required\n  b: 1\n",
                "line 6: the tags",
            ),
            (
                "# +docs:section=S\n\n# A.\n# +docs:property\n\n# B.\nb: 1\n",
                "line 4: write +docs:property=NAME",
            ),
        ] {
            let error = format!("{:#}", Values::parse(text).unwrap_err());
            assert!(error.starts_with(said), "{text}: {error}");
        }
    }
}
