//! What starts the node, and the flags that its release sets itself.

use std::ffi::OsString;
use std::fs::{self, DirEntry};
use std::path::Path;

use podcert::diagnose::ErrorClass;
use podcert_cli::diagnostics::Finding;

use super::beam::Beam;
use super::flags::{conflicts, warnings};
use super::{NODE, Subject};
use crate::artifacts::render::VM_ARGS;
use crate::command::Command;
use crate::flags;
use crate::flags::release_flags;
use crate::launcher::args_file::{self, ArgsFile};
use crate::launcher::scripts::assignments;
use crate::launcher::{self, Action, Launch, presets};

/// Checks the command if it was given, else the release that the BEAM was booted from.
pub(super) fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let (command, launch) = match subject.settings.command.clone() {
        Some((program, arguments)) => match of_command(program, arguments, subject) {
            Ok(found) => found,
            Err(finding) => return vec![*finding],
        },
        None => match subject.beam.and_then(|beam| of_beam(beam, subject)) {
            Some(found) => found,
            None => return vec![NODE.note("launcher", UNKNOWN)],
        },
    };
    let mut findings = vec![NODE.ok("launcher", described(&launch))];
    findings.extend(scripts(&command, &launch, subject));
    findings.extend(release(&launch, subject));
    findings
}

const UNKNOWN: &str = "not checked; to have it checked, give the command that starts the node after --";

fn of_command(
    program: OsString,
    arguments: Vec<OsString>,
    subject: &Subject<'_>,
) -> Result<(Command, Launch), Box<Finding>> {
    let command = Command::find(program, arguments, subject.environment.get("PATH")).map_err(|error| {
        let remedy = "give the command that starts the node, as it is given after `beam-mtls run --`";
        NODE.error("command", ErrorClass::Settings, error.to_string(), remedy)
    })?;
    match launcher::recognize(&command, subject.settings.launcher, subject.environment) {
        Ok(launch) => Ok((command, launch)),
        Err(error) => Err(NODE.of_error("launcher", &error).into()),
    }
}

/// A release's boot file is in `releases/VERSION`, and its script in `bin`.
fn of_beam(beam: &Beam, subject: &Subject<'_>) -> Option<(Command, Launch)> {
    let boot = Path::new(beam.value("-boot")?);
    let releases = boot.ancestors().find(|path| path.file_name().is_some_and(|name| name == "releases"))?;
    let mut scripts: Vec<_> = fs::read_dir(releases.parent()?.join("bin")).ok()?.flatten().collect();
    scripts.sort_by_key(DirEntry::file_name);
    scripts.iter().find_map(|script| {
        let command = Command::find(script.path().into(), vec!["foreground".into()], None).ok()?;
        let launch = launcher::recognize(&command, subject.settings.launcher, subject.environment).ok()?;
        let launch = Launch { action: Action::Start, word: None, ..launch };
        launch.release.is_some().then_some((command, launch))
    })
}

fn described(launch: &Launch) -> String {
    let kind = format!("{:?}", launch.kind).to_lowercase();
    let does = match launch.action {
        Action::Start => "starts a node",
        Action::Attach => "talks to the running node",
        Action::Offline => "needs no distribution, and runs without a certificate",
    };
    let word = launch.word.as_ref().map(|word| format!(" `{word}`")).unwrap_or_default();
    let release =
        launch.release.as_ref().map(|release| format!(", release {}", release.name())).unwrap_or_default();
    format!("{kind}{word}{release}: {does}")
}

/// What scripts set on the way to a node.
fn scripts(command: &Command, launch: &Launch, subject: &Subject<'_>) -> Vec<Finding> {
    let Some(directory) = &subject.settings.config_directory else { return Vec::new() };
    if launch.action != Action::Start {
        return Vec::new();
    }
    let assignments = assignments(command, launch, subject.environment);
    let node = subject.name().map(ToString::to_string);
    let presets = presets::check(&assignments, launch, node.as_deref(), &directory.as_path().join(VM_ARGS));
    let mut findings = warnings("scripts", &presets.warnings);
    if !presets.errors.is_empty() {
        findings.extend(conflicts("scripts", &flags::Error::Conflicts(presets.errors)));
    }
    findings
}

/// The release's own args file: what is overridden, and what is refused.
fn release(launch: &Launch, subject: &Subject<'_>) -> Vec<Finding> {
    let Some(directory) = &subject.settings.config_directory else { return Vec::new() };
    let ours = directory.as_path().join(VM_ARGS);
    let ArgsFile { path, text, directory: base, unset } =
        match args_file::read(launch, &ours, subject.environment) {
            Ok(Some(file)) => file,
            Ok(None) => return Vec::new(),
            Err(error) => return vec![NODE.of_error("vm.args", &error)],
        };
    let mut findings = warnings("vm.args", &unset);
    let own = release_flags::read(&path, &text, &base, &ours);
    findings.extend(own.iter().flat_map(|own| warnings("vm.args", &own.ignored)));
    findings.extend(match own {
        Ok(own) if own.replaced.is_empty() => {
            vec![NODE.ok("vm.args", format!("{} is used unchanged", path.display()))]
        }
        Ok(own) => {
            let found =
                format!("overrides {} in {}; keeps everything else", own.replaced.join(", "), path.display());
            vec![NODE.note("vm.args", found)]
        }
        Err(error) => conflicts("vm.args", &error),
    });
    findings
}
