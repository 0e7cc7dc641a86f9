//! What starts the node, and what its release says by itself.

use std::ffi::OsString;
use std::fs::{self, DirEntry};
use std::path::Path;

use podcert::exit::{ExitClass, chain};
use podcert::report::Finding;

use super::beam::Beam;
use super::flags::conflicts;
use super::{NODE, Patient};
use crate::command::Command;
use crate::flags::own::own;
use crate::launcher::args_file::{self, ArgsFile};
use crate::launcher::{self, Action, Launch};
use crate::render::VM_ARGS;

/// Looks at the command, where it was told, else at the release that the BEAM was booted from.
pub(super) fn look(patient: &Patient<'_>) -> Vec<Finding> {
    let launch = match patient.settings.command.clone() {
        Some((program, arguments)) => match of_command(program, arguments, patient) {
            Ok(launch) => launch,
            Err(finding) => return vec![*finding],
        },
        None => match patient.beam.and_then(|beam| of_beam(beam, patient)) {
            Some(launch) => launch,
            None => return vec![NODE.note("launcher", UNKNOWN)],
        },
    };
    let mut findings = vec![NODE.ok("launcher", described(&launch))];
    findings.extend(release(&launch, patient));
    findings
}

const UNKNOWN: &str =
    "it was not looked at; to have it looked at, put the command that starts the node behind --";

fn of_command(
    program: OsString,
    arguments: Vec<OsString>,
    patient: &Patient<'_>,
) -> Result<Launch, Box<Finding>> {
    let command = Command::find(program, arguments, patient.environment.get("PATH")).map_err(|error| {
        let remedy = "give the command that starts the node, as it stands behind `beam-mtls run --`";
        NODE.error("command", ExitClass::Settings, error.to_string(), remedy)
    })?;
    launcher::recognise(&command, patient.settings.launcher, patient.environment)
        .map_err(|error| NODE.of_error("launcher", ExitClass::Settings, &error).into())
}

/// A release's boot file is in `releases/VERSION`, and its script in `bin`.
fn of_beam(beam: &Beam, patient: &Patient<'_>) -> Option<Launch> {
    let boot = Path::new(beam.value("-boot")?);
    let releases = boot.ancestors().find(|path| path.file_name().is_some_and(|name| name == "releases"))?;
    let mut scripts: Vec<_> = fs::read_dir(releases.parent()?.join("bin")).ok()?.flatten().collect();
    scripts.sort_by_key(DirEntry::file_name);
    scripts.iter().find_map(|script| {
        let command = Command::find(script.path().into(), vec!["foreground".into()], None).ok()?;
        let launch = launcher::recognise(&command, patient.settings.launcher, patient.environment).ok()?;
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
fn release(launch: &Launch, patient: &Patient<'_>) -> Vec<Finding> {
    let Some(directory) = &patient.settings.parts.config_directory else { return Vec::new() };
    let ours = directory.as_path().join(VM_ARGS);
    let ArgsFile { path, text, directory: base } = match args_file::read(launch, &ours, patient.environment) {
        Ok(Some(file)) => file,
        Ok(None) => return Vec::new(),
        Err(error) => {
            let remedy = "correct the variable that names it, or let this user read it";
            return vec![NODE.error("vm.args", ExitClass::Settings, chain(&error), remedy)];
        }
    };
    match own(&path, &text, &base, &ours) {
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
