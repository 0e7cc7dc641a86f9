//! What scripts set that is ours to set. Where that is certain to end the node, or to leave it without TLS, it is an
//! error before anything is done: OTP's own error would name neither the variable nor the script. What may do so,
//! or has
//! no effect, is a warning.

use std::path::Path;

use podcert_cli::settings::Problem;

use super::scripts::Assignment;
use super::{Kind, Launch};
use crate::flags::{Flags, is_variable};

/// What was found; each problem names the place.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Presets {
    /// What ends the node.
    pub errors: Vec<Problem>,
    /// What may do so, or does not count.
    pub warnings: Vec<Problem>,
}

/// Checks the variables that scripts set; `ours` is the args file of the node, `node` its name.
pub fn check(assignments: &[Assignment], launch: &Launch, node: Option<&str>, ours: &Path) -> Presets {
    let mut presets = Presets::default();
    for (index, assignment) in assignments.iter().enumerate() {
        let replaces =
            |later: &Assignment| later.name == assignment.name && later.is_certain && !later.keeps();
        // The last one counts.
        if !assignments[index + 1..].iter().any(replaces) {
            presets.judge(assignment, launch, node, ours);
        }
    }
    presets
}

impl Presets {
    fn judge(&mut self, assignment: &Assignment, launch: &Launch, node: Option<&str>, ours: &Path) {
        let Assignment { name, value, place, .. } = assignment;
        let text = value.as_deref().unwrap_or_default();
        let is_literal = !text.contains(['$', '`']);
        match (name.as_str(), launch.kind) {
            ("ELIXIR_ERL_OPTIONS", Kind::Erl | Kind::Gleam | Kind::Relx) => {}
            ("ERL_FLAGS", Kind::Erl | Kind::Gleam | Kind::Elixir | Kind::Other) if !assignment.keeps() => {
                let found = format!("ERL_FLAGS, set in {place}, drops the flags that make the node use TLS");
                let remedy = "keep them: ERL_FLAGS=\"$ERL_FLAGS ...\"";
                self.add(assignment, launch.kind != Kind::Other, Problem::with_remedy(found, remedy));
                self.flags(assignment, text, launch.kind, ours);
            }
            (name, _) if is_variable(name) => self.flags(assignment, text, launch.kind, ours),
            ("RELEASE_VM_ARGS", Kind::Mix) | ("VMARGS_PATH", Kind::Relx)
                if !assignment.keeps() && text != ours.to_string_lossy() =>
            {
                let found = format!("{name}, set in {place}, replaces the args file with the TLS options");
                let remedy = format!(
                    "write ${{{name}:-...}}, or set {name} in the container: its flags are kept then"
                );
                self.add(assignment, value.is_some(), Problem::with_remedy(found, remedy));
            }
            ("RELEASE_DISTRIBUTION", Kind::Mix) if is_literal && text != "name" => {
                let found =
                    format!("RELEASE_DISTRIBUTION is {text:?}, set in {place}, but the node has a long name");
                let found = if text == "none" { format!("{found}: it will reach no peer") } else { found };
                self.add(
                    assignment,
                    text == "sname",
                    Problem::with_remedy(found, "remove it there, or set it to name"),
                );
            }
            ("RELEASE_NODE", Kind::Mix) if is_literal && node.is_some_and(|node| node != text) => {
                let node = node.unwrap_or_default();
                let found =
                    format!("RELEASE_NODE is {text:?}, set in {place}, but the certificate is for {node}");
                let remedy = "remove it there: --name (BEAM_MTLS_NAME) sets the name";
                self.add(assignment, value.is_some(), Problem::with_remedy(found, remedy));
            }
            ("ERL_DIST_PORT", Kind::Relx) if !text.is_empty() => {
                let found =
                    format!("ERL_DIST_PORT, set in {place}, makes relx's script set the port a second time");
                let remedy = "remove it there: --listen (BEAM_MTLS_LISTEN) sets the port";
                self.add(assignment, true, Problem::with_remedy(found, remedy));
            }
            ("XDG_CONFIG_HOME", _) if !assignment.keeps() => {
                let found = format!("XDG_CONFIG_HOME, set in {place}, makes Erlang read a different cookie");
                self.add(
                    assignment,
                    false,
                    Problem::with_remedy(found, "remove it there: Erlang finds the node's cookie through it"),
                );
            }
            _ => {}
        }
    }

    /// Flags that beam-mtls sets, in a variable with flags.
    fn flags(&mut self, assignment: &Assignment, text: &str, kind: Kind, ours: &Path) {
        let origin = format!("{}, set in {},", assignment.name, assignment.place);
        // What only the shell knows may close a quote, or be a path.
        let Ok(flags) = Flags::of_variable(&origin, text) else { return };
        for (flag, values, problem) in flags.conflicts(ours) {
            self.add(assignment, ends_node(flag, &values, &assignment.name, kind), problem);
        }
        self.warnings.extend(flags.ignored());
    }

    fn add(&mut self, assignment: &Assignment, ends_node: bool, problem: Problem) {
        if ends_node && assignment.is_certain { &mut self.errors } else { &mut self.warnings }.push(problem);
    }
}

/// Whether a flag ends the node in any OTP release; of two `-proto_dist` OTP 25 takes none, later ones the first.
fn ends_node(flag: &str, values: &[&str], variable: &str, kind: Kind) -> bool {
    let is_literal = !values.iter().any(|value| value.contains(['$', '`']));
    match flag {
        "-proto_dist" => {
            let is_tls = matches!(values, ["inet_tls" | "inet6_tls"]);
            let is_behind_ours =
                variable == "ERL_ZFLAGS" || variable == "ERL_FLAGS" && matches!(kind, Kind::Mix | Kind::Relx);
            is_literal && !is_tls && !is_behind_ours
        }
        "-ssl_dist_opt" | "-ssl_dist_optfile" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::command::Command;
    use crate::environment::Environment;
    use crate::launcher::scripts::assignments;
    use crate::launcher::{Action, recognize};

    const NODE: &str = "shop@10.0.0.1";

    /// What a script's text sets for a node of this kind.
    fn presets(kind: Kind, text: &str) -> Presets {
        let command = ["-ec".into(), text.into(), "sh".into()];
        let command = Command::find("sh".into(), command.into(), None).expect("a shell");
        let launch = Launch { kind, action: Action::Start, word: None, release: None };
        let assignments = assignments(&command, &launch, &Environment::from([]));
        check(&assignments, &launch, Some(NODE), Path::new("/run/beam-mtls/vm.args"))
    }

    #[test]
    fn what_is_certain_to_end_the_node_is_an_error() {
        for (kind, text, found) in [
            (
                Kind::Mix,
                "export ERL_AFLAGS=\"-proto_dist inet6_tcp\"",
                "-proto_dist inet6_tcp in ERL_AFLAGS, set in",
            ),
            (Kind::Mix, "# Fly\n\nERL_AFLAGS='-proto_dist inet6_tcp'", "script after -c:3, conflicts"),
            (Kind::Mix, "export ELIXIR_ERL_OPTIONS='-proto_dist inet_tcp'", "ELIXIR_ERL_OPTIONS"),
            (Kind::Erl, "export ERL_FLAGS=\"$ERL_FLAGS -proto_dist inet_tcp\"", "-proto_dist inet_tcp"),
            (Kind::Erl, "ERL_AFLAGS='-proto_dist inet_tcp' exec erl", "-proto_dist inet_tcp"),
            (Kind::Erl, "exec env ERL_AFLAGS='-proto_dist inet_tcp' erl", "-proto_dist inet_tcp"),
            (Kind::Erl, "export ERL_AFLAGS='-proto_dist inet_tls inet_tcp'", "-proto_dist inet_tls inet_tcp"),
            (Kind::Erl, "ERL_AFLAGS+=' -proto_dist inet_tcp'", "-proto_dist inet_tcp"),
            (Kind::Relx, "export ERL_ZFLAGS='-ssl_dist_opt server_verify verify_none'", "-ssl_dist_opt ..."),
            (Kind::Relx, "export ERL_ZFLAGS='-ssl_dist_optfile /x'", "-ssl_dist_optfile /x"),
            (Kind::Erl, "export ERL_FLAGS=+P", "ERL_FLAGS, set in the script after -c:1, drops"),
            (Kind::Gleam, "unset ERL_FLAGS", "ERL_FLAGS"),
            (Kind::Mix, "export RELEASE_DISTRIBUTION=sname", "RELEASE_DISTRIBUTION is \"sname\""),
            (Kind::Mix, "export RELEASE_NODE=shop@127.0.0.1", "the certificate is for shop@10.0.0.1"),
            (Kind::Mix, "export RELEASE_VM_ARGS=/app/vm.args", "RELEASE_VM_ARGS"),
            (Kind::Relx, "export VMARGS_PATH=/app/vm.args", "VMARGS_PATH"),
            (Kind::Relx, "export ERL_DIST_PORT=9000", "ERL_DIST_PORT"),
        ] {
            let presets = presets(kind, text);
            assert_eq!(presets.errors.len(), 1, "{text}: {presets:?}");
            let Problem { found: wrong, remedy } = &presets.errors[0];
            assert!(wrong.contains(found) && remedy.is_some(), "{text}: {presets:?}");
        }
    }

    #[test]
    fn what_is_not_certain_is_a_warning() {
        for (kind, text) in [
            (Kind::Mix, "if a; then export ERL_AFLAGS='-proto_dist inet_tcp'; fi"),
            (Kind::Mix, "case $A in b) export ERL_AFLAGS='-proto_dist inet_tcp';; esac"),
            (Kind::Mix, "a && export ERL_AFLAGS='-proto_dist inet_tcp'"),
            (Kind::Mix, "f() { export ERL_AFLAGS='-proto_dist inet_tcp'; }"),
            (Kind::Mix, "ERL_AFLAGS='-proto_dist inet_tcp' bin/app eval 1"),
            (Kind::Mix, "export ERL_AFLAGS=\"-proto_dist $CARRIER\""),
            // It depends on the release of OTP.
            (Kind::Mix, "export ERL_AFLAGS='-proto_dist inet_tls'"),
            (Kind::Mix, "export ERL_FLAGS='-proto_dist inet_tcp'"),
            (Kind::Erl, "export ERL_ZFLAGS=\"$ERL_ZFLAGS -proto_dist inet_tcp\""),
            // It does not stop the node, or the module logs why.
            (Kind::Mix, "export ERL_AFLAGS='-setcookie topsecret'"),
            (Kind::Mix, "export ERL_AFLAGS='-name a@b.c'"),
            (Kind::Mix, "export ERL_AFLAGS='-kernel inet_dist_listen_min 9'"),
            (Kind::Mix, "export ERL_AFLAGS='-kernel proto_dist inet_tls'"),
            (Kind::Mix, "export RELEASE_DISTRIBUTION=none"),
            (Kind::Other, "export ERL_FLAGS=+P"),
            (Kind::Mix, "export XDG_CONFIG_HOME=/x"),
        ] {
            let presets = presets(kind, text);
            assert_eq!((presets.errors.len(), presets.warnings.len()), (0, 1), "{text}: {presets:?}");
            assert!(
                presets.warnings[0].remedy.is_some() && !presets.warnings[0].found.contains("topsecret"),
                "{presets:?}"
            );
        }
    }

    #[test]
    fn what_is_not_ours_or_replaced_again_may_stay() {
        for (kind, text) in [
            (Kind::Mix, "export ERL_AFLAGS='+P 1 -shop a 1' ERL_FLAGS=+Q"),
            (Kind::Mix, "export ERL_AFLAGS='-proto_dist inet_tcp'\nexport ERL_AFLAGS=+P"),
            (Kind::Mix, "export ERL_AFLAGS='-proto_dist inet_tcp'\nunset ERL_AFLAGS"),
            (Kind::Erl, "export ERL_FLAGS=\"${ERL_FLAGS:-} +P 1\""),
            (Kind::Erl, "export ELIXIR_ERL_OPTIONS='-proto_dist inet_tcp'"),
            (Kind::Mix, "export RELEASE_DISTRIBUTION=name RELEASE_NODE=shop@10.0.0.1"),
            (Kind::Mix, "export RELEASE_NODE=shop@$POD_IP RELEASE_DISTRIBUTION=$X"),
            (Kind::Mix, "export RELEASE_VM_ARGS=\"${RELEASE_VM_ARGS:-/app/vm.args}\""),
            (Kind::Mix, "echo 'export ERL_AFLAGS=\"-proto_dist inet_tcp\"'"),
            (Kind::Mix, "# export ERL_AFLAGS='-proto_dist inet_tcp'"),
        ] {
            assert_eq!(presets(kind, text), Presets::default(), "{text}");
        }
    }

    #[test]
    fn scripts_on_the_way_and_env_sh_are_read_and_named() {
        let root = tempfile::tempdir().expect("a directory");
        let write = |file: &str, text: &str| {
            let path = root.path().join(file);
            fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
            fs::write(&path, text).expect("a file");
            let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
            fs::set_permissions(&path, mode).expect("a mode");
        };
        write("releases/start_erl.data", "15.2 1.0");
        write(
            "releases/1.0/env.sh",
            "#!/bin/sh\n\n. \"$RELEASE_ROOT/releases/1.0/more.sh\"\nexport RELEASE_DISTRIBUTION=sname\n",
        );
        write("releases/1.0/more.sh", "export ERL_AFLAGS='-proto_dist inet6_tcp'\n");
        // The release's own script is not read for this.
        write(
            "bin/app",
            "#!/bin/sh\n# releases/start_erl.data RELEASE_VM_ARGS\nexport ERL_AFLAGS='-no_epmd'\n",
        );
        write("bin/server", "#!/bin/sh\nexport RELEASE_VM_ARGS=/x\nexec ./app start\n");
        let command =
            Command::find(root.path().join("bin/server").into(), Vec::new(), None).expect("a command");
        let launch = recognize(&command, None, &Environment::from([])).expect("a launch");
        let found = assignments(&command, &launch, &Environment::from([]));
        let presets = check(&found, &launch, Some(NODE), Path::new("/ours"));
        let names = ["bin/server:2", "releases/1.0/env.sh:4", "releases/1.0/more.sh:1"];
        assert_eq!(presets.errors.len(), 3, "{presets:?}");
        for name in names {
            assert!(presets.errors.iter().any(|error| error.found.contains(name)), "{name}: {presets:?}");
        }
    }
}
