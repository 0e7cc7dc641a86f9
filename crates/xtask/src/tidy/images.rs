//! Images in Containerfiles must not change over time.

use std::collections::BTreeMap;

/// Each image has a patch version or a date in its tag.
pub fn pinned(text: &str) -> Vec<String> {
    let mut arguments = BTreeMap::new();
    let mut stages = vec!["scratch"];
    let mut faults = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let words: Vec<_> = line.split_whitespace().collect();
        match words.as_slice() {
            ["ARG", argument] => {
                if let Some((name, default)) = argument.split_once('=') {
                    arguments.insert(name, default);
                }
            }
            ["FROM", image, rest @ ..] => {
                let resolved = resolve(image, &arguments);
                // Whoever builds the image sets arguments without a default.
                let is_given = resolved.contains("${");
                if !is_given && !stages.contains(image) && !is_pinned(&resolved) {
                    faults.push(format!(
                        "line {}: {resolved} changes with time; add the patch version or the date to its tag",
                        number + 1
                    ));
                }
                if let ["AS" | "as", stage] = rest {
                    stages.push(stage);
                }
            }
            _ => {}
        }
    }
    faults
}

fn resolve(image: &str, arguments: &BTreeMap<&str, &str>) -> String {
    arguments
        .iter()
        .fold(image.to_owned(), |image, (name, value)| image.replace(&format!("${{{name}}}"), value))
}

fn is_pinned(image: &str) -> bool {
    let tag = image.rsplit_once(':').map(|(_, tag)| tag).unwrap_or_default();
    tag.split('-').any(|part| {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let is_date = part.len() == 8 && is_number(part);
        is_date || part.split('.').count() > 2 && part.split('.').all(is_number)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_and_dates_are_pinned() {
        let text = "ARG GIVEN\nARG OTP=27.3.4.14\nARG DATE=20260713\nFROM ${GIVEN} AS given\n\
                    FROM erlang:${OTP}-slim AS builder\nFROM debian:bookworm-${DATE}-slim\nFROM builder\nFROM scratch\n";
        assert_eq!(pinned(text), [""; 0]);
    }

    #[test]
    fn floating_images_are_reported() {
        for image in
            ["erlang", "erlang:27", "erlang:27.3", "elixir:1.18-otp-27", "debian:bookworm-slim", "a:latest"]
        {
            let expected =
                format!("line 1: {image} changes with time; add the patch version or the date to its tag");
            assert_eq!(pinned(&format!("FROM {image} AS x\n")), [expected]);
        }
    }
}
