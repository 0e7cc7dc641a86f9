//! The tables of values in the README.

use anyhow::{Context, Result};
use serde_json::{Map, Value};

use crate::values::{Leaf, Section, Values};

/// The README with new text between the two markers.
pub fn insert(readme: &str, values: &Values) -> Result<String> {
    let (before, rest) = readme.split_once(BEGIN).with_context(|| format!("it does not contain {BEGIN}"))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("it does not contain {END}"))?;
    let sections: String = values.sections.iter().map(section).collect();
    Ok(format!("{before}{BEGIN}\n{sections}\n{END}{after}"))
}

fn section(section: &Section) -> String {
    let mut leaves = Vec::new();
    section.leaves(&mut leaves);
    let rows: String = leaves.into_iter().map(|(path, leaf)| row(&path, leaf)).collect();
    let text = if section.text.is_empty() { String::new() } else { format!("{}\n\n", section.text) };
    format!(
        "\n### {}\n\n{text}| value | type | default | description |\n|---|---|---|---|\n{rows}",
        section.title
    )
}

fn row(path: &str, leaf: &Leaf) -> String {
    let default = leaf.default.as_ref().map(|default| format!("`{default}`")).unwrap_or_default();
    let choices = choices(&leaf.keywords).unwrap_or_default();
    let cells = [format!("`{path}`"), type_of(&leaf.keywords), default, format!("{}{choices}", leaf.text)];
    format!("| {} |\n", cells.map(|cell| cell.replace('|', "\\|")).join(" | "))
}

/// A type in words, with the type of its items.
fn type_of(keywords: &Map<String, Value>) -> String {
    let types = names(&keywords["type"]).join(" or ");
    let items = keywords.get("items").and_then(|items| items.get("type")).map(names).unwrap_or_default();
    match items.as_slice() {
        [] => types,
        items => format!("{types} of {}s", items.join("s or ")),
    }
}

fn names(types: &Value) -> Vec<&str> {
    match types {
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    }
}

fn choices(keywords: &Map<String, Value>) -> Option<String> {
    let choices: Vec<_> =
        keywords.get("enum")?.as_array()?.iter().map(|choice| format!("`{choice}`")).collect();
    let (last, others) = choices.split_last()?;
    Some(format!(" One of {} and {last}.", others.join(", ")))
}

const BEGIN: &str = "<!-- values: written by `cargo xtask chart` from values.yaml -->";
const END: &str = "<!-- end of values -->";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_replaces_what_is_between_the_markers() {
        let values = Values::parse(
            "# +docs:section=One\n# About it.\n\n# A | b.\n# +docs:enum=[\"\", x, y]\na: x\n\
             # C.\n# +docs:items={type: [string, integer]}\nc: []\n\n# D.\n# +docs:property=d\n# +docs:type=object\n",
        )
        .unwrap();
        let readme = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        let expected = format!(
            "before\n{BEGIN}\n\n### One\n\nAbout it.\n\n| value | type | default | description |\n|---|---|---|---|\n\
             | `a` | string | `\"x\"` | A \\| b. One of `\"\"`, `\"x\"` and `\"y\"`. |\n\
             | `c` | array of strings or integers | `[]` | C. |\n\
             | `d` | object |  | D. |\n\n{END}\nafter\n"
        );
        assert_eq!(insert(&readme, &values).unwrap(), expected);
        assert!(insert("no markers", &values).is_err());
    }
}
