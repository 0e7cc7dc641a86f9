//! The JSON Schema that Helm checks values against.

use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::values::{Entry, Kind, Leaf, Values};

/// The text of `values.schema.json`.
pub fn render(values: &Values) -> Result<String> {
    let entries = values.sections.iter().flat_map(|section| &section.entries);
    let mut schema = group(entries);
    schema.insert("$schema".to_owned(), "http://json-schema.org/draft-07/schema#".into());
    Ok(format!("{}\n", serde_json::to_string_pretty(&schema)?))
}

/// The schema of an object with exactly these keys.
fn group<'values>(entries: impl IntoIterator<Item = &'values Entry>) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required: Vec<Value> = Vec::new();
    for entry in entries {
        let schema = match &entry.kind {
            Kind::Group(entries) => group(entries),
            Kind::Leaf(found) => leaf(found),
        };
        properties.insert(entry.name.clone(), schema.into());
        if entry.is_required {
            required.push(entry.name.as_str().into());
        }
    }
    let mut schema = Map::from_iter([
        ("type".to_owned(), json!("object")),
        ("additionalProperties".to_owned(), json!(false)),
        ("properties".to_owned(), properties.into()),
    ]);
    if !required.is_empty() {
        schema.insert("required".to_owned(), required.into());
    }
    schema
}

fn leaf(leaf: &Leaf) -> Map<String, Value> {
    let mut schema = leaf.keywords.clone();
    schema.insert("description".to_owned(), leaf.text.as_str().into());
    if let Some(default) = &leaf.default {
        schema.insert("default".to_owned(), default.clone());
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_keys_are_refused_and_keywords_are_kept() {
        let values = Values::parse(
            "# +docs:section=S\n\n# +docs:required\ng:\n  # A.\n  # +docs:required\n  # +docs:pattern=^x$\n  a: x\n\
             # B.\n# +docs:items={type: object}\nb: []\n",
        )
        .unwrap();
        let expected = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "g": {
                    "type": "object",
                    "additionalProperties": false,
                    "properties": {
                        "a": {"type": "string", "pattern": "^x$", "description": "A.", "default": "x"},
                    },
                    "required": ["a"],
                },
                "b": {"type": "array", "items": {"type": "object"}, "description": "B.", "default": []},
            },
            "required": ["g"],
        });
        let found: Value = serde_json::from_str(&render(&values).unwrap()).unwrap();
        assert_eq!(found, expected);
    }
}
