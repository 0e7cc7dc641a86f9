//! The variables that relx's script has set by the time it replaces those in `vm.args.src`, whatever the environment
//! says (rebar3 3.19 to 3.28; checked with a script's own text, since others leave some of them out).

use std::fs;
use std::path::{Path, PathBuf};

use super::super::{Kind, Release};
use crate::command::Command;
use crate::environment::Environment;

/// What the script of a release sets.
pub(in crate::launcher) struct ScriptVariables<'a> {
    script: String,
    release: &'a Release,
    environment: &'a Environment,
}

impl<'a> ScriptVariables<'a> {
    /// Reads the script; one that cannot be read sets nothing.
    pub(in crate::launcher) fn of(release: &'a Release, environment: &'a Environment) -> Self {
        let script = fs::read_to_string(&release.script).unwrap_or_default();
        Self { script, release, environment }
    }

    /// A variable as it is found in the script's environment.
    pub(in crate::launcher) fn value(&self, name: &str) -> Option<String> {
        if self.is_set(name)
            && let Some(value) = self.set(name)
        {
            return Some(value);
        }
        self.environment.get_even_empty(name).map(|value| value.to_string_lossy().into_owned())
    }

    /// Whether the script sets the variable and passes it on; one that was in the environment is passed on anyway.
    fn is_set(&self, name: &str) -> bool {
        let begins = |line: &str, start: &str| {
            line.trim_start()
                .strip_prefix(start)
                .and_then(|rest| rest.strip_prefix(name))
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        };
        let is_exported = self.script.lines().any(|line| begins(line, "export "));
        let is_assigned = || self.script.lines().any(|line| begins(line, ""));
        is_exported || is_assigned() && self.environment.get_even_empty(name).is_some()
    }

    /// What it sets it to.
    fn set(&self, name: &str) -> Option<String> {
        let root = &self.release.root;
        let given = |name: &str| self.environment.get(name).map(|value| value.to_string_lossy().into_owned());
        let path = |path: PathBuf| path.to_string_lossy().into_owned();
        match name {
            "REL_NAME" | "RELEASE_NAME" => Some(self.release.name().to_owned()),
            "REL_VSN" | "RELEASE_VSN" => Some(self.version()),
            "RELEASE_PROG" | "SCRIPT" => Some(path(self.release.script.clone())),
            "ESCRIPT_NAME" => {
                let given =
                    self.environment.get_even_empty(name).map(|value| value.to_string_lossy().into_owned());
                Some(given.unwrap_or_else(|| path(self.release.script.clone())))
            }
            "SCRIPT_DIR" => Some(path(root.join("bin"))),
            "ROOTDIR" | "RELEASE_ROOT_DIR" => Some(path(root.clone())),
            "REL_DIR" => Some(path(root.join("releases").join(self.version()))),
            "RUNNER_LOG_DIR" => Some(given(name).unwrap_or_else(|| path(root.join("log")))),
            "ERTS_DIR" => self.erts().map(path),
            "BINDIR" => self.erts().map(|erts| path(erts.join("bin"))),
            "SYSTEM_LIB_DIR" => self.erts().map(|erts| path(erts.with_file_name("lib"))),
            "ERTS_VSN" => {
                let erts = self.erts()?;
                Some(erts.file_name()?.to_str()?.strip_prefix("erts-")?.to_owned())
            }
            "LD_LIBRARY_PATH" => {
                let theirs = given(name).unwrap_or_default();
                self.erts().map(|erts| format!("{}:{theirs}", erts.join("lib").display()))
            }
            "EMU" => Some("beam".to_owned()),
            "PROGNAME" => Some("erl".to_owned()),
            "RUN_ERL_DISABLE_FLOWCNTRL" => Some(given(name).unwrap_or_else(|| "true".to_owned())),
            "TERM" => Some(given(name).filter(|term| term != "dumb").unwrap_or_else(|| "screen".to_owned())),
            "RELX_RPC_TIMEOUT" => {
                let milliseconds = || given("NODETOOL_TIMEOUT")?.parse::<u64>().ok();
                let seconds = || milliseconds().map_or(60, |milliseconds| milliseconds / 1000);
                Some(given(name).unwrap_or_else(|| seconds().to_string()))
            }
            _ => None,
        }
    }

    fn version(&self) -> String {
        self.release.version(Kind::Relx, self.environment)
    }

    /// The directory `erts-VERSION`: in the release, else in the installed OTP.
    fn erts(&self) -> Option<PathBuf> {
        let version = self.script.lines().find_map(|line| line.trim().strip_prefix("ERTS_VSN=\""))?;
        let name = format!("erts-{}", version.trim_end_matches('"'));
        let own = self.release.root.join(&name);
        if own.is_dir() {
            return Some(own);
        }
        // bin/erl in the root of OTP, if the one in PATH is a link to it.
        let erl = Command::find("erl".into(), Vec::new(), self.environment.get("PATH")).ok()?;
        let otp = erl.program().canonicalize().ok()?.parent()?.parent()?.to_owned();
        Some(otp.join(name)).filter(|erts| erts.is_dir()).or_else(|| only_erts(&otp))
    }
}

/// The ERTS of a different version, which the script accepts as well.
fn only_erts(otp: &Path) -> Option<PathBuf> {
    let names = fs::read_dir(otp).ok()?.flatten();
    let mut found = names.map(|entry| entry.path()).filter(|path| {
        path.is_dir() && path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("erts-"))
    });
    let erts = found.next()?;
    found.next().is_none().then_some(erts)
}
