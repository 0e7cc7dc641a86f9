//! What starts the node, and what its release says by itself.

use std::ffi::OsString;
use std::fs::{self, DirEntry};
use std::path::Path;

use podcert::diagnose::{ErrorClass, chain};
use podcert_cli::diagnostics::Finding;

use super::beam::Beam;
use super::flags::conflicts;
use super::{NODE, Subject};
use crate::artifacts::render::VM_ARGS;
use crate::command::Command;
use crate::flags::release_flags;
use crate::launcher::args_file::{self, ArgsFile};
use crate::launcher::{self, Action, Launch};

/// Looks at the command, where it was told, else at the release that the BEAM was booted from.
pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let launch = match subject.settings.command.clone() {
        Some((program, arguments)) => match of_command(program, arguments, subject) {
            Ok(launch) => launch,
            Err(finding) => return vec![*finding],
        },
        None => match subject.beam.and_then(|beam| of_beam(beam, subject)) {
            Some(launch) => launch,
            None => return vec![NODE.note("launcher", UNKNOWN)],
        },
    };
    let mut findings = vec![NODE.ok("launcher", described(&launch))];
    findings.extend(release(&launch, subject));
    findings
}

const UNKNOWN: &str =
    "it was not looked at; to have it looked at, put the command that starts the node behind --";

fn of_command(
    program: OsString,
    arguments: Vec<OsString>,
    subject: &Subject<'_>,
) -> Result<Launch, Box<Finding>> {
    let command = Command::find(program, arguments, subject.environment.get("PATH")).map_err(|error| {
        let remedy = "give the command that starts the node, as it stands behind `beam-mtls run --`";
        NODE.error("command", ErrorClass::Settings, error.to_string(), remedy)
    })?;
    launcher::recognise(&command, subject.settings.launcher, subject.environment)
        .map_err(|error| NODE.of_error("launcher", &error).into())
}

/// A release's boot file is in `releases/VERSION`, and its script in `bin`.
fn of_beam(beam: &Beam, subject: &Subject<'_>) -> Option<Launch> {
    let boot = Path::new(beam.value("-boot")?);
    let releases = boot.ancestors().find(|path| path.file_name().is_some_and(|name| name == "releases"))?;
    let mut scripts: Vec<_> = fs::read_dir(releases.parent()?.join("bin")).ok()?.flatten().collect();
    scripts.sort_by_key(DirEntry::file_name);
    scripts.iter().find_map(|script| {
        let command = Command::find(script.path().into(), vec!["foreground".into()], None).ok()?;
        let launch = launcher::recognise(&command, subject.settings.launcher, subject.environment).ok()?;
        launch.release.is_some().then_some(Launch { action: Action::Start, word: None, ..launch })
    })
}

fn described(launch: &Launch) -> String {
    let kind = format!("{:?}", launch.kind).to_lowercase();
    let does = match launch.action {
        Action::Start => "starts a node",
        Action::Attach => "talks to the node that runs",
        Action::Offline => "needs no distribution, and runs without a certificate",
    };
    let word = launch.word.as_ref().map(|word| format!(" `{word}`")).unwrap_or_default();
    let release =
        launch.release.as_ref().map(|release| format!(", release {}", release.name())).unwrap_or_default();
    format!("{kind}{word}{release}: {does}")
}

/// The release's own args file: what gives way, and what cannot stay.
fn release(launch: &Launch, subject: &Subject<'_>) -> Vec<Finding> {
    let Some(directory) = &subject.settings.config_directory else { return Vec::new() };
    let ours = directory.as_path().join(VM_ARGS);
    let ArgsFile { path, text, directory: base } = match args_file::read(launch, &ours, subject.environment) {
        Ok(Some(file)) => file,
        Ok(None) => return Vec::new(),
        Err(error) => {
            let remedy = "correct the variable that names it, or let this user read it";
            return vec![NODE.error("vm.args", ErrorClass::Settings, chain(&error), remedy)];
        }
    };
    match release_flags::read(&path, &text, &base, &ours) {
        Ok(own) if own.replaced.is_empty() => {
            vec![NODE.ok("vm.args", format!("{} stays as it is", path.display()))]
        }
        Ok(own) => {
            let found =
                format!("{} in {} give way to ours; the rest stays", own.replaced.join(", "), path.display());
            vec![NODE.note("vm.args", found)]
        }
        Err(error) => conflicts("vm.args", &error),
    }
}
