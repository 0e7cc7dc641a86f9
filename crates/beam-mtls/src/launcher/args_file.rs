//! The args file that a release brings along, as its script would read it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use podcert::diagnose;

use super::{Kind, Launch, Release};
use crate::environment::Environment;

/// An args file.
#[derive(Debug, PartialEq, Eq)]
pub struct ArgsFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its text, with variables put in where the script would do that.
    pub text: String,
    /// Where relative paths in it begin; empty where that is the working directory.
    pub directory: PathBuf,
}

/// A file that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the release's args file {} cannot be read", path.display())]
pub struct Error {
    path: PathBuf,
    source: io::Error,
}

diagnose!(Error { Self { .. } => Settings("let this user read it, or name a different one in RELEASE_VM_ARGS (mix) or VMARGS_PATH (relx)") });

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
        Ok(text) if has_variables => {
            Ok(Some(ArgsFile { path, text: with_variables(&text, release, environment), directory }))
        }
        Ok(text) => Ok(Some(ArgsFile { path, text, directory })),
        Err(error) if error.kind() == io::ErrorKind::NotFound && !is_chosen => Ok(None),
        Err(source) => Err(Error { path, source }),
    }
}

/// The variable that names another one.
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

/// `${NAME}` and `${NAME:-DEFAULT}` become what the variable holds, as relx does it.
fn with_variables(text: &str, release: &Release, environment: &Environment) -> String {
    let mut rest = text;
    let mut replaced = String::new();
    while let Some((before, (inside, after))) =
        rest.split_once("${").and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        let (name, default) = inside.split_once(":-").unwrap_or((inside, ""));
        let value = environment.get(name).map(|value| value.to_string_lossy().into_owned());
        let value = value.or_else(|| match name {
            "REL_NAME" | "RELEASE_NAME" => Some(release.name().to_owned()),
            "RELEASE_VSN" => Some(release.version(Kind::Relx, environment)),
            _ => None,
        });
        replaced.push_str(before);
        replaced.push_str(value.as_deref().unwrap_or(default));
        rest = after;
    }
    replaced + rest
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
        let release = Release::of_root(&root.path().join("bin/shop"));
        let launch = Launch { kind: Kind::Relx, action: Action::Start, word: None, release };
        (root, launch)
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
        assert_eq!(text(&launch, &environment).as_deref(), Some("-name shop@h.x ab"));
        let (_root, launch) = release("releases/1.0/vm.args", flags);
        assert_eq!(text(&launch, &environment).as_deref(), Some(flags));
        let replacing = Environment::from([("HOST", "h.x"), ("A", "a"), ("RELX_REPLACE_OS_VARS", "true")]);
        assert_eq!(text(&launch, &replacing).as_deref(), Some("-name shop@h.x ab"));
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
