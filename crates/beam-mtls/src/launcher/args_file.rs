//! The args file that a release brings along, as its script would read it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use podcert::diagnose;
use podcert_cli::settings::Problem;

use super::relx::substitution::{Endless, Substituted, substitute};
use super::relx::variables::ScriptVariables;
use super::{Kind, Launch, Release};
use crate::environment::Environment;

/// An args file.
#[derive(Debug, PartialEq, Eq)]
pub struct ArgsFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its text, with variables replaced if the script would do that.
    pub text: String,
    /// The base of relative paths in it; empty for the working directory.
    pub directory: PathBuf,
    /// Variables in it that are replaced with nothing, because they are not set.
    pub unset: Vec<Problem>,
}

/// A file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A variable whose value leads to itself.
    #[error(
        "the variable {name} in {}:{line} contains itself, and relx's script would replace it forever; set {name} to \
         a value without ${{{name}}}",
        path.display()
    )]
    Endless {
        /// The variable.
        name: String,
        /// The file.
        path: PathBuf,
        /// The line.
        line: usize,
    },
    /// It cannot be read.
    #[error("the release's args file {} cannot be read", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

diagnose!(Error {
    Self::Endless { name, .. } => Settings("set {name} to a value without ${{{name}}}"),
    Self::Unreadable { .. } => Settings(
        "let this user read it, or name a different one in RELEASE_VM_ARGS (mix) or VMARGS_PATH (relx)"
    ),
});

/// Reads the one that would be used without us; `ours` takes its place.
pub fn read(launch: &Launch, ours: &Path, environment: &Environment) -> Result<Option<ArgsFile>, Error> {
    let (Some(release), Some(variable)) = (&launch.release, variable(launch.kind)) else { return Ok(None) };
    // A pod's specification may name our own there, for consoles.
    let chosen = environment.get(variable).map(PathBuf::from).filter(|path| path != ours);
    let is_chosen = chosen.is_some();
    let path = chosen.unwrap_or_else(|| default(launch.kind, release, environment));
    let (path, has_variables) = match launch.kind {
        Kind::Relx => relx_source(path, environment),
        _ => (path, false),
    };
    // The script of relx works in the release's root.
    let directory = if launch.kind == Kind::Relx { release.root.clone() } else { PathBuf::new() };
    match fs::read_to_string(&path) {
        Ok(text) if has_variables => substituted(path, &text, directory, release, environment).map(Some),
        Ok(text) => Ok(Some(ArgsFile { path, text, directory, unset: Vec::new() })),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_chosen => Ok(None),
        Err(source) => Err(Error::Unreadable { path, source }),
    }
}

/// A file in which relx's script puts variables.
fn substituted(
    path: PathBuf,
    text: &str,
    directory: PathBuf,
    release: &Release,
    environment: &Environment,
) -> Result<ArgsFile, Error> {
    let variables = ScriptVariables::of(release, environment);
    match substitute(text, |name| variables.value(name)) {
        Ok(Substituted { text, unset }) => {
            let problem = |(name, line)| {
                Problem::with_remedy(
                    format!(
                        "${{{name}}} in {}:{line} is not set and replaced with nothing, as by relx's script",
                        path.display()
                    ),
                    format!("set {name}, or write ${{{name}:-DEFAULT}}"),
                )
            };
            let unset = unset.into_iter().map(problem).collect();
            Ok(ArgsFile { path, text, directory, unset })
        }
        Err(Endless(name, line)) => Err(Error::Endless { name, path, line }),
    }
}

/// The variable that names a different one.
fn variable(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Mix => Some("RELEASE_VM_ARGS"),
        Kind::Relx => Some("VMARGS_PATH"),
        _ => None,
    }
}

fn default(kind: Kind, release: &Release, environment: &Environment) -> PathBuf {
    let at_root = release.root.join("vm.args");
    if kind == Kind::Relx && at_root.exists() {
        return at_root;
    }
    release.version_directory(kind, environment).join("vm.args")
}

/// The file that relx would make its args file from, and whether it puts variables in.
fn relx_source(path: PathBuf, environment: &Environment) -> (PathBuf, bool) {
    let beside = |suffix: &str| {
        let mut name = path.clone().into_os_string();
        name.push(suffix);
        PathBuf::from(name)
    };
    if beside(".src").exists() {
        return (beside(".src"), true);
    }
    let original = Some(beside(".orig")).filter(|original| original.exists());
    (original.unwrap_or(path), environment.get("RELX_REPLACE_OS_VARS").is_some())
}

#[cfg(test)]
mod tests {
    use std::fs::{create_dir_all, write};

    use tempfile::TempDir;

    use super::*;
    use crate::launcher::Action;

    fn release(file: &str, text: &str) -> (TempDir, Launch) {
        let root = tempfile::tempdir().expect("a directory");
        create_dir_all(root.path().join("releases/1.0")).expect("a directory");
        create_dir_all(root.path().join("bin")).expect("a directory");
        write(root.path().join("releases/start_erl.data"), "15.2 1.0").expect("written");
        write(root.path().join(file), text).expect("written");
        write(root.path().join("bin/shop"), SCRIPT).expect("written");
        let release = Release::of_root(&root.path().join("bin/shop"));
        let launch = Launch { kind: Kind::Relx, action: Action::Start, word: None, release };
        (root, launch)
    }

    /// The line in relx's script that shows that it replaces variables, shortened.
    const SCRIPT: &str = "#!/bin/sh
RUN_ERL_DISABLE_FLOWCNTRL=${RUN_ERL_DISABLE_FLOWCNTRL:-true}
export RUN_ERL_DISABLE_FLOWCNTRL
  export TERM=screen
SCRIPT=$(readlink -f \"$0\" || true)
SCRIPT_DIR=\"$(cd \"$(dirname \"$SCRIPT\")\" && pwd -P)\"
RELEASE_ROOT_DIR=\"$(cd \"$SCRIPT_DIR/..\" && pwd -P)\"
export REL_NAME=\"shop\"
export RELEASE_NAME=\"shop\"
export RELEASE_VSN=\"1.0\"
export RELEASE_PROG=\"${SCRIPT}\"
ERTS_VSN=\"15.2\"
export ESCRIPT_NAME=\"${ESCRIPT_NAME-$SCRIPT}\"
        RELX_RPC_TIMEOUT=60
export RELX_RPC_TIMEOUT
export ROOTDIR=\"$RELEASE_ROOT_DIR\"
export BINDIR=\"$ERTS_DIR/bin\"
export EMU=\"beam\"
export PROGNAME=\"erl\"
export LD_LIBRARY_PATH=\"$ERTS_DIR/lib:$LD_LIBRARY_PATH\"
";

    #[test]
    fn variables_of_relxs_script_come_before_the_environment() {
        let flags = "${ROOTDIR} ${BINDIR} ${EMU} ${PROGNAME} ${RELEASE_PROG} ${ESCRIPT_NAME} ${REL_NAME} \
                     ${RELEASE_NAME} ${RELEASE_VSN} ${RELX_RPC_TIMEOUT} ${TERM} ${RUN_ERL_DISABLE_FLOWCNTRL} \
                     ${LD_LIBRARY_PATH}";
        let (root, launch) = release("releases/1.0/vm.args.src", flags);
        create_dir_all(root.path().join("erts-15.2/bin")).expect("a directory");
        let root = root.path().display().to_string();
        let expected = "ROOT ROOT/erts-15.2/bin beam erl ROOT/bin/shop ROOT/bin/shop shop shop 1.0 60 screen true \
                        ROOT/erts-15.2/lib:\n";
        let expected = expected.replace("ROOT", &root);
        let others =
            [("ROOTDIR", "/x"), ("EMU", "x"), ("REL_NAME", "x"), ("RELEASE_VSN", "9"), ("TERM", "dumb")];
        for environment in [Environment::from([]), Environment::from(others)] {
            assert_eq!(text(&launch, &environment), Some(expected.clone()));
        }
        // The file that it keeps, if there is one.
        let (_root, launch) =
            release("releases/1.0/vm.args.src", "${ESCRIPT_NAME}${TERM}${RELX_RPC_TIMEOUT}");
        let environment =
            Environment::from([("ESCRIPT_NAME", ""), ("TERM", "a"), ("NODETOOL_TIMEOUT", "9000")]);
        assert_eq!(text(&launch, &environment).as_deref(), Some("a9\n"));
        // What it sets and does not pass on.
        let (root, launch) = release("releases/1.0/vm.args.src", "${RELEASE_ROOT_DIR}");
        assert_eq!(text(&launch, &Environment::from([])).as_deref(), Some("\n"));
        let passed_on = Environment::from([("RELEASE_ROOT_DIR", "/x")]);
        assert_eq!(text(&launch, &passed_on), Some(format!("{}\n", root.path().display())));
    }

    #[test]
    fn an_unset_variable_is_reported_with_its_line() {
        let (_root, launch) = release("releases/1.0/vm.args.src", "## ${NO}\n-a ${NOBODY}\n");
        let ours = Path::new("/run/beam-mtls/vm.args");
        let file = read(&launch, ours, &Environment::from([])).expect("readable").expect("a file");
        assert_eq!(file.unset.len(), 1);
        assert!(file.unset[0].found.contains("vm.args.src:2 is not set"), "{:?}", file.unset);
        let endless =
            read(&launch, ours, &Environment::from([("NOBODY", "x${NOBODY}")])).expect_err("endless");
        assert!(endless.to_string().contains("set NOBODY to a value without ${NOBODY}"), "{endless}");
    }

    fn text(launch: &Launch, environment: &Environment) -> Option<String> {
        read(launch, Path::new("/run/beam-mtls/vm.args"), environment)
            .expect("readable")
            .map(|file| file.text)
    }

    #[test]
    fn relx_puts_variables_into_its_source_only() {
        let flags = "-name ${REL_NAME}@${HOST:-none} ${A}${B:-b}";
        let environment = Environment::from([("HOST", "h.x"), ("A", "a")]);
        let (_root, launch) = release("releases/1.0/vm.args.src", flags);
        assert_eq!(text(&launch, &environment).as_deref(), Some("-name shop@h.x ab\n"));
        let (_root, launch) = release("releases/1.0/vm.args", flags);
        assert_eq!(text(&launch, &environment).as_deref(), Some(flags));
        let replacing = Environment::from([("HOST", "h.x"), ("A", "a"), ("RELX_REPLACE_OS_VARS", "true")]);
        assert_eq!(text(&launch, &replacing).as_deref(), Some("-name shop@h.x ab\n"));
    }

    #[test]
    fn our_own_file_is_not_taken_for_that_of_the_release() {
        let (_root, launch) = release("vm.args", "+S 1");
        let ours = Environment::from([("VMARGS_PATH", "/run/beam-mtls/vm.args")]);
        assert_eq!(text(&launch, &ours).as_deref(), Some("+S 1"));
    }

    #[test]
    fn a_file_that_was_chosen_must_be_there() {
        let (_root, launch) = release("other", "");
        assert_eq!(text(&launch, &Environment::from([])), None);
        let chosen = Environment::from([("VMARGS_PATH", "/no/such/vm.args")]);
        let error = read(&launch, Path::new("/run/beam-mtls/vm.args"), &chosen).expect_err("missing");
        assert!(error.to_string().contains("/no/such/vm.args"), "{error}");
    }
}
