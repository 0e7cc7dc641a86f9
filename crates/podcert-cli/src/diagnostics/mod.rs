//! What a check found, thing by thing, and what to do about it: [`Finding`]s, as a table for people and as JSON for
//! machines.

mod columns;
mod json;
mod table;

use std::borrow::Cow;
use std::fmt;

use podcert::diagnose::{Diagnose, ErrorClass, chain};

pub use self::columns::columns;
use crate::exit;

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it belongs to, as in `certificate`.
    pub section: &'static str,
    /// What was checked, as in `expiry`.
    pub check: String,
    /// How bad it is.
    pub severity: Severity,
    /// What was found.
    pub found: String,
    /// What to do; none if nothing has to be done.
    pub remedy: Option<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// As it should be.
    Ok,
    /// Worth knowing, or could not be checked.
    Note,
    /// Works now but not for ever, or is less safe than it should be.
    Warning,
    /// Does not work.
    Error(ErrorClass),
}

/// A part of a report. It makes findings.
#[derive(Clone, Copy, Debug)]
pub struct Section(pub &'static str);

/// Findings, in the order of the checks.
#[derive(Clone, Debug, Default)]
pub struct Report(pub Vec<Finding>);

/// How a program ends after a report, for its `--help`.
pub const EXIT_CODES: &str = "\
Exit codes: 0 nothing worse than a note; 1 warnings; for errors 64 invalid setting, 65 bad certificate, key or \
other file, 69 something is unreachable, 77 refused, 78 settings missing or in conflict. If several apply, the \
lowest one.";

impl Section {
    /// A check that passed.
    pub fn ok(self, check: impl Into<String>, found: impl Into<String>) -> Finding {
        self.finding(check, Severity::Ok, found, None)
    }

    /// Something that is worth knowing.
    pub fn note(self, check: impl Into<String>, found: impl Into<String>) -> Finding {
        self.finding(check, Severity::Note, found, None)
    }

    /// Something that works now, but not for ever.
    pub fn warning(
        self,
        check: impl Into<String>,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        self.finding(check, Severity::Warning, found, Some(remedy.into()))
    }

    /// Something that does not work.
    pub fn error(
        self,
        check: impl Into<String>,
        class: ErrorClass,
        found: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Finding {
        self.finding(check, Severity::Error(class), found, Some(remedy.into()))
    }

    /// An error, with its causes and its remedy.
    pub fn of_error(self, check: impl Into<String>, error: &impl Diagnose) -> Finding {
        let remedy = error.remedy().map(Cow::into_owned);
        self.finding(check, Severity::Error(error.class()), chain(error), remedy)
    }

    fn finding(
        self,
        check: impl Into<String>,
        severity: Severity,
        found: impl Into<String>,
        remedy: Option<String>,
    ) -> Finding {
        Finding { section: self.0, check: check.into(), severity, found: found.into(), remedy }
    }
}

impl Finding {
    /// The same as a note, for a caller that does not depend on it.
    pub fn as_note(self) -> Self {
        Self { severity: Severity::Note, ..self }
    }

    /// Whether something is to be done about it.
    pub fn is_problem(&self) -> bool {
        matches!(self.severity, Severity::Warning | Severity::Error(_))
    }
}

impl Report {
    /// The exit code: 0, 1 for warnings, for errors the lowest code of theirs. A certificate that is wrong stays so,
    /// while what cannot be reached may come back.
    pub fn exit_code(&self) -> u8 {
        let codes = self.0.iter().filter_map(|finding| finding.severity.exit_code());
        let (warnings, errors): (Vec<u8>, Vec<u8>) = codes.partition(|code| *code == WARNING);
        errors.into_iter().min().or(warnings.first().copied()).unwrap_or(0)
    }

    /// As a table: problems first, with their remedies, then everything else by section.
    pub fn table(&self) -> String {
        table::table(&self.0)
    }

    /// As JSON: one object.
    pub fn json(&self) -> String {
        json::json(self)
    }
}

impl Severity {
    fn exit_code(self) -> Option<u8> {
        match self {
            Self::Ok | Self::Note => None,
            Self::Warning => Some(WARNING),
            Self::Error(class) => Some(exit::code(class)),
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error(_) => "error",
        })
    }
}

const WARNING: u8 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    const S: Section = Section("s");

    #[test]
    fn the_worst_finding_decides_the_exit_code() {
        let (ok, note, warning) = (S.ok("a", ""), S.note("b", ""), S.warning("c", "", ""));
        let error = |class| S.error("d", class, "", "");
        let code = |findings: Vec<Finding>| Report(findings).exit_code();
        assert_eq!(code(vec![ok.clone(), note.clone()]), 0);
        assert_eq!(code(vec![note, warning.clone(), ok]), 1);
        assert_eq!(code(vec![warning, error(ErrorClass::Settings), error(ErrorClass::Data)]), 65);
    }

    #[test]
    fn a_finding_has_the_remedy_of_its_error() {
        #[derive(Debug, thiserror::Error)]
        #[error("it is not there; or gone")]
        struct Outer(#[source] std::io::Error);
        podcert::diagnose!(Outer { Self(_) => Data("make it") });
        let error = Outer(std::io::Error::other("no disk"));
        let finding = S.of_error("file", &error);
        assert_eq!(finding.found, "it is not there; or gone: no disk");
        assert_eq!(finding.remedy.as_deref(), Some("make it"));
    }
}
