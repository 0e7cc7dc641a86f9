//! Rules for the templates: they use exactly the documented values, template names start with the chart's name, and a file
//! renders one kind of object.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::values::Values;

/// A template.
#[derive(Debug)]
pub struct Template {
    /// Its file.
    pub path: PathBuf,
    /// Its content.
    pub text: String,
}

/// Reads all files in a directory and its subdirectories.
pub fn read(directory: &Path) -> Result<Vec<Template>> {
    let mut templates = Vec::new();
    let entries = fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            templates.extend(read(&path)?);
        } else {
            let text =
                fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
            templates.push(Template { path, text });
        }
    }
    templates.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(templates)
}

/// Everything that is wrong, with what to do about it.
pub fn faults(chart: &str, templates: &[Template], values: &Values) -> Vec<String> {
    let leaves = values.leaves();
    let mut unused: BTreeSet<&str> =
        leaves.iter().filter(|(_, leaf)| leaf.default.is_some()).map(|(path, _)| path.as_str()).collect();
    let mut faults = Vec::new();
    for Template { path, text } in templates {
        let mut add = |fault: String| faults.push(format!("{}: {fault}", path.display()));
        for used in references(text) {
            // Parts of a single value that is a map may be used too.
            let leaf = leaves.iter().map(|(leaf, _)| leaf.as_str()).find(|leaf| {
                used.strip_prefix(leaf).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            });
            match leaf {
                Some(leaf) => {
                    unused.remove(leaf);
                }
                None if used.is_empty() => add("it uses .Values as a whole; name the value".to_owned()),
                None => add(format!("{used} is not a single value in values.yaml; add it, or name one")),
            }
        }
        for name in names(text).filter(|name| !name.starts_with(&format!("{chart}."))) {
            add(format!("template names are global: rename {name} to {chart}.{name}"));
        }
        if text.lines().filter(|line| line.starts_with("kind: ")).count() > 1 {
            add("it renders several objects; move each kind to a file of its own".to_owned());
        }
    }
    faults.extend(unused.iter().map(|value| format!("{value}: no template uses it; remove the value")));
    faults
}

/// The paths after `.Values` in actions.
fn references(text: &str) -> impl Iterator<Item = &str> {
    actions(text).flat_map(|action| action.split(".Values").skip(1)).map(|rest| {
        let is_path = |next: char| next.is_ascii_alphanumeric() || next == '_' || next == '.';
        let path = rest.split(|next| !is_path(next)).next().unwrap_or_default();
        path.trim_start_matches('.')
    })
}

/// The template names that the text defines.
fn names(text: &str) -> impl Iterator<Item = &str> {
    actions(text).filter_map(|action| {
        action.trim_start_matches('-').trim().strip_prefix("define \"")?.split('"').next()
    })
}

/// The text between `{{` and `}}`, without comments.
fn actions(text: &str) -> impl Iterator<Item = &str> {
    let actions = text.split("{{").skip(1).filter_map(|rest| rest.split("}}").next());
    actions.filter(|action| !action.trim_start_matches('-').trim_start().starts_with("/*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_that_follow_the_rules_have_no_faults() {
        let text = "{{- define \"chart.a\" -}}{{ .Values.a }}{{ $.Values.g.b.c | quote }}{{- end -}}\n\
                    {{- /* .Values.gone */ -}}\nkind: A\nspec:\n  kind: B\n";
        assert_eq!(found(text), [""; 0]);
    }

    #[test]
    fn each_fault_is_named() {
        let used = "{{ .Values.a }}{{ .Values.g.b }}";
        for (text, fault) in [
            ("{{ .Values.a }}", "g.b: no template uses it"),
            ("{{ .Values.a }}{{- /* .Values.g.b */ -}}", "g.b: no template uses it"),
            (&format!("{used}{{{{ .Values.ab }}}}"), "t.yaml: ab is not a single value"),
            (&format!("{used}{{{{ with .Values.g }}}}"), "t.yaml: g is not a single value"),
            (&format!("{used}{{{{ index .Values $name }}}}"), "t.yaml: it uses .Values as a whole"),
            (
                &format!("{used}{{{{- define \"app.x\" -}}}}"),
                "t.yaml: template names are global: rename app.x to chart.app.x",
            ),
            (&format!("{used}\nkind: A\n---\nkind: B\n"), "t.yaml: it renders several objects"),
        ] {
            let faults = found(text);
            assert!(faults.len() == 1 && faults[0].starts_with(fault), "{text}: {faults:?}");
        }
    }

    fn found(text: &str) -> Vec<String> {
        let values = "# +docs:section=S\n\n# A.\na: 1\ng:\n  # B.\n  b: {}\n\n\
                      # H.\n# +docs:property=hidden\n# +docs:type=object\n";
        let template = Template { path: "t.yaml".into(), text: text.to_owned() };
        faults("chart", &[template], &Values::parse(values).unwrap())
    }
}
