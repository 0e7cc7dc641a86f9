//! The files that were rendered for the BEAM: whether they are there and as they were written, and why each line of
//! theirs is there.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use podcert::diagnose::ErrorClass;
use podcert_cli::diagnostics::{Finding, Section};

use super::Subject;
use super::reasons::{options, reason};
use crate::artifacts::modules;
use crate::artifacts::render::{REMOTE_VM_ARGS, SSL_DIST, VM_ARGS};
use crate::flags;

/// Looks at each file.
pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let Some(directory) = &subject.settings.config_directory else { return Vec::new() };
    let directory = directory.as_path();
    if !directory.join(VM_ARGS).exists() && subject.beam.is_none() {
        let found = format!("nothing has been rendered in {} yet", directory.display());
        return vec![FILES.note("files", found)];
    }
    let names = names();
    let mut findings: Vec<Finding> =
        names.iter().filter_map(|name| wrong(directory, name, subject)).collect();
    if findings.is_empty() {
        findings.push(FILES.ok("files", format!("{} in {}", names.join(", "), directory.display())));
    }
    findings.extend(other_version(directory));
    findings.extend(explained(OPTIONS, &read(directory, SSL_DIST), options));
    findings.extend(explained(ARGS, &read(directory, VM_ARGS), flags_with_reasons));
    findings.extend(explained(REMOTE, &read(directory, REMOTE_VM_ARGS), flags_with_reasons));
    findings
}

/// The files without which no node or console starts.
fn names() -> Vec<String> {
    let objects = modules::DISTRIBUTION_MODULES.iter().map(|(name, _)| object(name));
    [SSL_DIST, VM_ARGS, REMOTE_VM_ARGS].map(str::to_owned).into_iter().chain(objects).collect()
}

fn object(module: &str) -> String {
    format!("{module}.beam")
}

fn wrong(directory: &Path, name: &str, subject: &Subject<'_>) -> Option<Finding> {
    let path = directory.join(name);
    let metadata = match fs::metadata(&path) {
        Ok(metadata) => metadata,
        Err(error) => {
            let found = format!("{} cannot be inspected: {error}", path.display());
            return Some(FILES.error(
                name,
                ErrorClass::Data,
                found,
                "restart the node, which renders it again",
            ));
        }
    };
    let mode = metadata.mode() & 0o7777;
    if mode & 0o022 != 0 {
        let found = format!(
            "{} can be written by others (mode {mode:04o}), and the BEAM evaluates it",
            path.display()
        );
        return Some(FILES.error(name, ErrorClass::Data, found, "restart the node, which renders it again"));
    }
    let reader = subject.beam.and_then(|beam| beam.user.as_ref())?;
    let error = reader.check_read(&path).err()?;
    let found = format!("the application runs as user {} and cannot read it: {error}", reader.uid());
    let remedy = "give that user access to --config-directory (BEAM_MTLS_CONFIG_DIRECTORY)";
    Some(FILES.error(name, ErrorClass::Data, found, remedy))
}

/// A newer `beam-mtls` explains less well the files of a node that an older one has started.
fn other_version(directory: &Path) -> Option<Finding> {
    let is_other = |(name, ours): &&(&str, &[u8])| {
        fs::read(directory.join(object(name))).is_ok_and(|found| found != *ours)
    };
    let (name, _) = modules::DISTRIBUTION_MODULES.iter().find(is_other)?;
    Some(FILES.note(object(name), "it was written by a different version of beam-mtls"))
}

fn read(directory: &Path, name: &str) -> String {
    fs::read_to_string(directory.join(name)).unwrap_or_default()
}

fn explained(section: Section, text: &str, reasons: fn(&str) -> Vec<(String, String)>) -> Vec<Finding> {
    reasons(text).into_iter().map(|(line, reason)| section.ok(line, reason)).collect()
}

/// Each flag of an args file, with its values and why it is there.
fn flags_with_reasons(text: &str) -> Vec<(String, String)> {
    let flags = flags::of_args_file(text).unwrap_or_default();
    let mut lines: Vec<(String, String)> = Vec::new();
    for (flag, values) in flags {
        // The cookie is there twice on purpose.
        if flag == "-setcookie" && lines.iter().any(|(line, _)| line.starts_with(&flag)) {
            continue;
        }
        let (shown, reason) = reason(&flag, &values);
        lines.push((flag, format!("{shown}{}{reason}", if shown.is_empty() { "" } else { ": " })));
    }
    lines
}

const FILES: Section = Section("rendered files");
const OPTIONS: Section = Section("ssl_dist.conf");
const ARGS: Section = Section("vm.args");
const REMOTE: Section = Section("remote.vm.args");
