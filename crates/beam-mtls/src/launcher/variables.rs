//! The variables that a launcher gets, for each of its subcommands.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

use super::{Kind, Launch};
use crate::artifacts::directory::{config_home, scratch};
use crate::artifacts::render::{REMOTE_VM_ARGS, TRAP, VM_ARGS};
use crate::commands::run::settings::NAME_VARIABLE;
use crate::environment::Environment;
use crate::support::plain_path::PlainPath;

/// Changes to an environment.
pub type Variables = Vec<(OsString, OsString)>;

/// For a node that starts.
pub fn start(launch: &Launch, node: &str, directory: &PlainPath, environment: &Environment) -> Variables {
    let vm_args = format!("{directory}/{VM_ARGS}");
    let mut variables = trapped("", environment);
    // For scripts that need the name too. It replaces its two parts.
    variables.push((NAME_VARIABLE.into(), node.into()));
    match launch.kind {
        Kind::Mix => variables.push(("RELEASE_VM_ARGS".into(), vm_args.into())),
        Kind::Gleam | Kind::Elixir | Kind::Erl | Kind::Other => {
            variables.push(environment.with_flags("ERL_FLAGS", &format!("-args_file {vm_args}")));
        }
        // Its script takes VMARGS_PATH for all of its commands.
        Kind::Relx => {}
        Kind::None => {}
    }
    variables.extend(of_release(launch, node, directory, environment));
    variables.extend(homes(directory, environment));
    variables
}

/// For a command that talks to the node.
pub fn attach(launch: &Launch, node: &str, directory: &PlainPath, environment: &Environment) -> Variables {
    let mut variables = trapped(&remote_flags(directory), environment);
    variables.extend(of_release(launch, node, directory, environment));
    variables.extend(homes(directory, environment));
    variables
}

/// For a command that needs no distribution.
pub fn offline(launch: &Launch, directory: &PlainPath, environment: &Environment) -> Variables {
    let mut variables = trapped("", environment);
    variables.extend(scratch_of(launch, directory, environment));
    variables
}

/// The trap and `flags`, which come last of all. Plain TCP cannot listen, no matter what the command does. The pod's
/// own flags for consoles, which `environment` has no longer, are replaced: their file may not be there.
pub fn trapped(flags: &str, environment: &Environment) -> Variables {
    let last = format!("{TRAP} {flags}");
    vec![environment.with_flags("ERL_AFLAGS", TRAP), environment.with_flags("ERL_ZFLAGS", last.trim_end())]
}

/// The flags of a command that talks to the node. A pod's specification holds them, for `kubectl exec`, in
/// `ERL_ZFLAGS`; there they are not for the node itself.
pub fn remote_flags(directory: &PlainPath) -> String {
    format!("-args_file {directory}/{REMOTE_VM_ARGS}")
}

/// What the script of a release wants for all of its commands.
fn of_release(launch: &Launch, node: &str, directory: &PlainPath, environment: &Environment) -> Variables {
    let mut variables: Variables = match launch.kind {
        Kind::Mix => {
            vec![("RELEASE_DISTRIBUTION".into(), "name".into()), ("RELEASE_NODE".into(), node.into())]
        }
        Kind::Relx => vec![
            ("VMARGS_PATH".into(), format!("{directory}/{VM_ARGS}").into()),
            // Its other tool, erl_call, speaks no TLS.
            ("USE_NODETOOL".into(), "1".into()),
        ],
        _ => return Variables::new(),
    };
    variables.extend(scratch_of(launch, directory, environment));
    variables
}

/// A directory for what the script writes, if it cannot write into the release.
fn scratch_of(
    launch: &Launch,
    directory: &PlainPath,
    environment: &Environment,
) -> Option<(OsString, OsString)> {
    let name = match launch.kind {
        Kind::Mix => "RELEASE_TMP",
        Kind::Relx => "RELX_OUT_FILE_PATH",
        _ => return None,
    };
    let is_writable = |root: &Path| access(root, Access::WRITE_OK | Access::EXEC_OK).is_ok();
    // A relx that replaces variables writes a copy of vm.args, next to ours if nowhere else.
    let is_needed = !launch.release.as_ref().is_some_and(|release| is_writable(&release.root))
        || environment.get("RELX_REPLACE_OS_VARS").is_some();
    (is_needed && environment.get(name).is_none()).then(|| (name.into(), scratch(directory.as_path()).into()))
}

/// Where Erlang finds the cookie, and a home if none is set.
pub fn homes(directory: &PlainPath, environment: &Environment) -> Variables {
    let mut variables: Variables = vec![("XDG_CONFIG_HOME".into(), config_home(directory.as_path()).into())];
    if environment.home().is_none() {
        // Without one the BEAM does not start.
        variables.push(("HOME".into(), PathBuf::from(directory.as_path()).into()));
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launcher::Action;

    /// `bin/app eval 'Node.start(...)'` is not a start either, and a script may do more than its text shows.
    #[test]
    fn plain_tcp_cannot_listen_whatever_a_command_does() {
        let directory: PlainPath = "/run/beam-mtls".parse().expect("a path");
        let environment = Environment::from([("ERL_ZFLAGS", "+S 1")]);
        for kind in [Kind::Mix, Kind::Relx, Kind::Gleam, Kind::Elixir, Kind::Erl, Kind::Other, Kind::None] {
            let launch = Launch { kind, action: Action::Start, word: None, release: None };
            for variables in [
                start(&launch, "app@a.b", &directory, &environment),
                attach(&launch, "app@a.b", &directory, &environment),
                offline(&launch, &directory, &environment),
            ] {
                for name in ["ERL_AFLAGS", "ERL_ZFLAGS"] {
                    let value = variables
                        .iter()
                        .find(|(key, _)| key == name)
                        .map(|(_, value)| value.to_string_lossy());
                    let value = value.unwrap_or_else(|| panic!("{kind:?}: no {name}"));
                    assert!(value.starts_with(TRAP), "{kind:?}: {name} is {value}");
                    assert!(name == "ERL_AFLAGS" || value.ends_with("+S 1"), "{kind:?}: {name} is {value}");
                }
            }
        }
    }
}
