//! Relative links in Markdown lead to a file that exists and, if they have a fragment, to a heading in it.

use std::collections::HashMap;

use pulldown_cmark::{Event, Parser, Tag, TagEnd};

/// The links that lead nowhere. `read` returns the text of the file at a path relative to this one, an empty text for
/// anything else that exists, and none for what does not.
pub fn broken(text: &str, read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let targets = targets(text);
    let broken = targets.into_iter().filter_map(|target| {
        let (path, fragment) = target.split_once('#').unwrap_or((&target, ""));
        let linked = if path.is_empty() { Some(text.to_owned()) } else { read(path) };
        let Some(linked) = linked else {
            return Some(format!("the link to {target} leads nowhere; correct it"));
        };
        let leads_to_heading = fragment.is_empty() || anchors(&linked).contains(&fragment.to_owned());
        (!leads_to_heading)
            .then(|| format!("the link to {target} names no heading there; correct what follows the `#`"))
    });
    broken.collect()
}

/// The targets of all links within the repository.
fn targets(text: &str) -> Vec<String> {
    let targets = Parser::new(text).filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
            Some(dest_url.into_string())
        }
        _ => None,
    });
    targets.filter(|target| !target.contains("://") && !target.starts_with("mailto:")).collect()
}

/// The fragments by which the headings of a file can be reached, as GitHub makes them.
fn anchors(text: &str) -> Vec<String> {
    let mut anchors = Vec::new();
    let mut seen = HashMap::new();
    let mut heading: Option<String> = None;
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let anchor = anchor(&heading.take().unwrap_or_default());
                let before = seen.entry(anchor.clone()).or_insert(0);
                anchors.push(if *before == 0 { anchor } else { format!("{anchor}-{before}") });
                *before += 1;
            }
            Event::Text(part) | Event::Code(part) => {
                if let Some(heading) = &mut heading {
                    heading.push_str(&part);
                }
            }
            _ => {}
        }
    }
    anchors
}

fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter_map(|character| match character {
        ' ' => Some('-'),
        '-' | '_' => Some(character),
        _ => character.is_alphanumeric().then_some(character),
    });
    kept.flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_relative_links_are_looked_up() {
        let text = "[a](there.md) [b](gone.md#part) [c](https://example.org) ![d](gone.png) `[e](code.md)`";
        let faults = broken(text, |path| (path == "there.md").then(String::new));
        assert_eq!(
            faults,
            [
                "the link to gone.md#part leads nowhere; correct it",
                "the link to gone.png leads nowhere; correct it"
            ]
        );
    }

    #[test]
    fn a_fragment_must_be_a_heading() {
        let other = "# Two words, `code`\n\n```sh\n# no heading\n```\n";
        let faults = broken(
            "# Here\n[a](#here) [b](#there) [c](other.md#two-words-code) [d](other.md#no-heading)",
            |_| Some(other.to_owned()),
        );
        let fault =
            |target| format!("the link to {target} names no heading there; correct what follows the `#`");
        assert_eq!(faults, [fault("#there"), fault("other.md#no-heading")]);
    }

    #[test]
    fn equal_headings_are_numbered() {
        assert_eq!(
            anchors("# Tests\n## Tests\n## `beam-mtls run`: exit_code\n"),
            ["tests", "tests-1", "beam-mtls-run-exit_code"]
        );
    }
}
