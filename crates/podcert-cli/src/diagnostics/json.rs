//! The report as JSON.

use serde_json::{Value, json};

use super::{Finding, Report, Severity};
use crate::exit;

/// One object: the exit code, and all findings.
pub(super) fn json(report: &Report) -> String {
    let findings: Vec<Value> = report.0.iter().map(finding).collect();
    format!("{:#}\n", json!({"exit_code": report.exit_code(), "findings": findings}))
}

fn finding(finding: &Finding) -> Value {
    let Finding { section, check, severity, found, remedy } = finding;
    let mut object = json!({
        "section": section,
        "check": check,
        "severity": severity.to_string(),
        "found": found,
        "remedy": remedy,
    });
    if let Severity::Error(class) = severity {
        object["exit_code"] = exit::code(*class).into();
    }
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostics::Section;
    use podcert::diagnose::ErrorClass;

    #[test]
    fn every_finding_is_an_object() {
        let section = Section("certificate");
        let findings = vec![
            section.ok("files", "\u{1b}there"),
            section.error("expiry", ErrorClass::Data, "old", "renew"),
        ];
        let parsed: Value = serde_json::from_str(&Report(findings).json()).unwrap();
        let expected = json!({"exit_code": 65, "findings": [
            {"section": "certificate", "check": "files", "severity": "ok", "found": "\u{1b}there", "remedy": null},
            {"section": "certificate", "check": "expiry", "severity": "error", "found": "old", "remedy": "renew",
                "exit_code": 65},
        ]});
        assert_eq!(parsed, expected);
    }
}
