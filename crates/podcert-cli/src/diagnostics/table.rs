//! The report as a table, at most 100 columns wide.

use super::columns::padded;
use super::{Finding, Severity};

/// Problems with their remedies, the worst first; then everything else by section; then the number of each severity.
pub(super) fn table(findings: &[Finding]) -> String {
    let mut text = String::new();
    let is_error = |finding: &&Finding| matches!(finding.severity, Severity::Error(_));
    let (errors, others): (Vec<&Finding>, Vec<&Finding>) = findings.iter().partition(is_error);
    let (warnings, rest): (Vec<&Finding>, Vec<&Finding>) =
        others.into_iter().partition(|finding| finding.is_problem());
    for finding in errors.iter().chain(&warnings) {
        text.push_str(&problem(finding));
        text.push('\n');
    }
    for section in distinct(rest.iter().map(|finding| finding.section)) {
        let findings: Vec<&&Finding> = rest.iter().filter(|finding| finding.section == section).collect();
        text.push_str(&format!("{section}\n"));
        for (lead, finding) in leads(&findings).iter().zip(findings) {
            text.push_str(&hanging(lead, &found_and_remedy(finding)));
        }
        text.push('\n');
    }
    let notes = rest.iter().filter(|finding| finding.severity == Severity::Note).count();
    text + &summary(errors.len(), warnings.len(), notes, rest.len() - notes)
}

fn problem(finding: &Finding) -> String {
    let Finding { section, check, severity, found, remedy } = finding;
    let mut text = format!("{}  {section}: {}\n", severity.to_string().to_uppercase(), clean(check));
    text.push_str(&hanging("    ", found));
    if let Some(remedy) = remedy {
        text.push_str(&hanging(" -> ", remedy));
    }
    text
}

/// The columns before the text of each finding in a section.
fn leads(findings: &[&&Finding]) -> Vec<String> {
    let cells = |finding: &&&Finding| {
        [format!("  {:<4}", finding.severity.to_string()), clean(&finding.check), String::new()]
    };
    padded(&findings.iter().map(cells).collect::<Vec<_>>())
}

/// A note may have a remedy for someone else, such as an administrator.
fn found_and_remedy(finding: &Finding) -> String {
    match &finding.remedy {
        Some(remedy) => format!("{}; {remedy}", finding.found),
        None => finding.found.clone(),
    }
}

fn summary(errors: usize, warnings: usize, notes: usize, fine: usize) -> String {
    let count = |count: usize, what: &str| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
    let [errors, warnings, notes] =
        [(errors, "error"), (warnings, "warning"), (notes, "note")].map(|(n, what)| count(n, what));
    format!("{errors}, {warnings}, {notes}, {fine} ok\n")
}

/// `text` after `lead`, wrapped, with all lines but the first indented as far. A word that is too long stays
/// whole, so that it can be copied.
fn hanging(lead: &str, text: &str) -> String {
    let indent = lead.chars().count();
    let mut lines = lead.to_owned();
    let mut column = indent;
    for word in clean(text).split(' ') {
        let length = word.chars().count();
        if column > indent && column + 1 + length > WIDTH {
            lines.push('\n');
            lines.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > indent {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += length;
    }
    lines.truncate(lines.trim_end().len());
    lines.push('\n');
    lines
}

/// Findings contain text from other programs: it must not move the cursor.
fn clean(text: &str) -> String {
    let escaped = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    text.chars().map(escaped).collect()
}

/// Each name once, in order of first occurrence.
fn distinct<'a>(names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut distinct: Vec<&str> = Vec::new();
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

const WIDTH: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Section;
    use podcert::diagnose::ErrorClass;

    const CERTIFICATE: Section = Section("certificate");
    const SOURCE: Section = Section("source");

    #[test]
    fn problems_come_first_and_the_rest_by_section() {
        let findings = [
            SOURCE.ok("kind", "local"),
            CERTIFICATE.warning("expiry", "it is due", "restart the node"),
            CERTIFICATE.ok("chain", "it leads to the CA"),
            SOURCE.note("identity", "no name\u{1b}[2J"),
            CERTIFICATE.error("names", ErrorClass::Data, "wrong", "have the right ones certified"),
        ];
        let expected = "\
ERROR  certificate: names
    wrong
 -> have the right ones certified

WARNING  certificate: expiry
    it is due
 -> restart the node

source
  ok    kind      local
  note  identity  no name\\u{1b}[2J

certificate
  ok    chain  it leads to the CA

1 error, 1 warning, 1 note, 2 ok
";
        assert_eq!(table(&findings), expected);
    }

    #[test]
    fn a_long_text_is_wrapped_between_words() {
        let text = table(&[SOURCE.ok("kind", "word ".repeat(60) + &"x".repeat(120))]);
        let lines: Vec<&str> = text.lines().skip(1).take_while(|line| !line.is_empty()).collect();
        assert!(lines.len() == 5 && lines[..4].iter().all(|line| line.len() <= 100), "{text}");
        assert!(lines[1].starts_with("              word"), "{text}");
    }
}
