//! Dumps: that of a crashed BEAM holds the cookie and the node's key, and so does the core of its process. None is
//! written unless the user asks for it.

use std::ffi::OsString;
use std::fs;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::Launch;
use super::scripts::Assignment;
use crate::command::Command;
use crate::environment::Environment;
use crate::flags::{Flags, is_variable};

/// The variable with which no crash dump is written, on each OTP and whatever else is set; none if someone asks for
/// dumps: the environment, a script on the way, flags, or the release's args file, which sets `own`.
pub fn without(
    command: &Command,
    launch: &Launch,
    assignments: &[Assignment],
    own: &[String],
    environment: &Environment,
) -> Option<(OsString, OsString)> {
    let asks = |name: &str| ASKING.contains(&name);
    let in_flags = |flags: Result<Flags, _>| {
        let asks = |flags: Flags| flags.variables().into_iter().any(asks);
        flags.is_ok_and(asks)
    };
    let in_script = |assignment: &Assignment| {
        let value = assignment.value.as_deref().unwrap_or_default();
        asks(&assignment.name)
            || is_variable(&assignment.name) && in_flags(Flags::of_variable(&assignment.name, value))
    };
    let is_asked = environment.names().filter_map(|name| name.to_str()).any(asks)
        || environment.flags().any(|(name, text)| in_flags(Flags::of_variable(&name, &text)))
        || in_flags(Flags::of_command(command.arguments()))
        || own.iter().any(|name| asks(name))
        || assignments.iter().any(in_script)
        || launch.release.as_ref().is_some_and(|release| {
            fs::read_to_string(&release.script).is_ok_and(|script| script.contains(ASKING[0]))
        });
    (!is_asked).then(|| (SECONDS.into(), "0".into()))
}

/// From here on, no core is written by this process and what it becomes. Only the soft limit is taken away, so that a
/// script can ask for cores by `ulimit -c`.
pub fn forbid_cores() {
    let maximum = getrlimit(Resource::Core).maximum;
    if let Err(error) = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum }) {
        tracing::warn!("core dumps of this process cannot be disabled: {error}");
    }
}

const SECONDS: &str = "ERL_CRASH_DUMP_SECONDS";
const ASKING: [&str; 3] = ["ERL_CRASH_DUMP", "ERL_CRASH_DUMP_BYTES", SECONDS];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launcher::scripts::assignments;
    use crate::launcher::{Action, Kind};

    fn is_off(words: &[&str], own: &[&str], environment: &Environment) -> bool {
        let launch = Launch { kind: Kind::Other, action: Action::Start, word: None, release: None };
        let arguments = words.iter().map(OsString::from).collect();
        let command = Command::find("sh".into(), arguments, None).expect("a shell");
        let found = assignments(&command, &launch, environment);
        let own: Vec<String> = own.iter().map(ToString::to_string).collect();
        let off = without(&command, &launch, &found, &own, environment);
        assert!(off.is_none() || off == Some(("ERL_CRASH_DUMP_SECONDS".into(), "0".into())));
        off.is_some()
    }

    #[test]
    fn no_dump_is_written_unless_somebody_asks() {
        let nothing = Environment::from([]);
        assert!(is_off(&[], &[], &nothing));
        assert!(is_off(
            &["-c", "echo ERL_CRASH_DUMP"],
            &["SHELL"],
            &Environment::from([("ERL_FLAGS", "+P 1")])
        ));
        for name in ASKING {
            assert!(!is_off(&[], &[], &Environment::from([(name, "1")])), "{name}");
            assert!(!is_off(&[], &[name], &nothing), "{name}");
            assert!(!is_off(&["-c", &format!("if a; then export {name}=1; fi")], &[], &nothing), "{name}");
            assert!(!is_off(&["-c", &format!("{name}=1 exec erl")], &[], &nothing), "{name}");
            let flag = format!("+P 1 -env {name} 1");
            assert!(!is_off(&[], &[], &Environment::from([("ERL_AFLAGS", flag.as_str())])), "{name}");
            assert!(!is_off(&["-c", &format!("export ERL_FLAGS='{flag}'")], &[], &nothing), "{name}");
            assert!(!is_off(&["erl", "-env", name, "1"], &[], &nothing), "{name}");
        }
    }
}
