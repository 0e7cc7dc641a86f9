//! What starts the node, and what its release says by itself.

use podcert::exit::{ExitClass, chain};
use podcert::report::Finding;

use super::flags::conflicts;
use super::{NODE, Patient};
use crate::command::Command;
use crate::flags::own::own;
use crate::launcher::args_file::{self, ArgsFile};
use crate::launcher::{self, Action, Launch};
use crate::render::VM_ARGS;

/// Looks at the command, where it was told.
pub(super) fn look(patient: &Patient<'_>) -> Vec<Finding> {
    let Some((program, arguments)) = patient.settings.command.clone() else { return Vec::new() };
    let command = match Command::find(program, arguments, patient.environment.get("PATH")) {
        Ok(command) => command,
        Err(error) => {
            let remedy = "give the command that starts the node, as it stands behind `beam-mtls run --`";
            return vec![NODE.error("command", ExitClass::Settings, error.to_string(), remedy)];
        }
    };
    let launch = match launcher::recognise(&command, patient.settings.launcher, patient.environment) {
        Ok(launch) => launch,
        Err(error) => return vec![NODE.of_error("launcher", ExitClass::Settings, &error)],
    };
    let mut findings = vec![NODE.ok("launcher", described(&launch))];
    findings.extend(release(&launch, patient));
    findings
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
