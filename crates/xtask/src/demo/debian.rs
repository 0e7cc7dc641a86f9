//! Debian's Erlang without root: apt-get resolves and downloads with its state in a separate directory, dpkg-deb unpacks,
//! and our own script starts Erlang from where it was unpacked.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use testbed::environment;

/// Whether this machine has Debian's tools.
pub fn is_supported() -> bool {
    ["apt-get", "dpkg-deb"].into_iter().all(|command| environment::find(command).is_some())
}

/// Unpacks Erlang and the libraries that this machine lacks. `bin/erl` in `directory` starts it.
pub fn unpack(directory: &Path) -> Result<()> {
    let half_made = directory.with_extension("half-made");
    for old in [directory, &half_made] {
        if old.exists() {
            fs::remove_dir_all(old).with_context(|| format!("cannot remove {}", old.display()))?;
        }
    }
    let apt = Apt::new(directory.with_extension("apt"))?;
    apt.run(&["update"])?;
    let install = ["install", "--yes", "--no-install-recommends", "--download-only"];
    apt.run(&[&install[..], &PACKAGES].concat())?;
    for package in apt.downloaded()? {
        run(Command::new("dpkg-deb").arg("--extract").arg(package).arg(&half_made))?;
    }
    write_start_script(&half_made.join("bin"))?;
    fs::rename(&half_made, directory).with_context(|| format!("cannot rename {}", half_made.display()))
}

/// apt-get, which knows the installed packages and writes only below the directory.
struct Apt(PathBuf);

impl Apt {
    fn new(directory: PathBuf) -> Result<Self> {
        for part in ["state/lists/partial", "cache/archives/partial"] {
            fs::create_dir_all(directory.join(part))?;
        }
        Ok(Self(directory))
    }

    fn run(&self, arguments: &[&str]) -> Result<()> {
        let path = |key: &str, below: &str| format!("{key}={}", self.0.join(below).display());
        let options = [
            path("Dir::State", "state"),
            path("Dir::Cache", "cache"),
            path("Dir::State::extended_states", "state/extended_states"),
            "Dir::State::status=/var/lib/dpkg/status".to_owned(),
            // Nothing is installed, so there is no need for the lock, which only root can take.
            "Debug::NoLocking=true".to_owned(),
            // If we are root, apt would download as a user that cannot write here.
            "APT::Sandbox::User=root".to_owned(),
        ];
        let mut apt_get = Command::new("apt-get");
        for option in options {
            apt_get.args(["--option", &option]);
        }
        run(apt_get.arg("--quiet").args(arguments))
    }

    fn downloaded(&self) -> Result<Vec<PathBuf>> {
        let entries = fs::read_dir(self.0.join("cache/archives"))?;
        let mut files = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "deb"));
        ensure!(!files.is_empty(), "apt-get downloaded nothing");
        Ok(files)
    }
}

fn write_start_script(directory: &Path) -> Result<()> {
    fs::create_dir_all(directory)?;
    let script = directory.join("erl");
    fs::write(&script, START_SCRIPT)?;
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("cannot write {}", script.display()))
}

/// Runs a command without output. What it prints to standard error becomes the error.
fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("cannot run {name}"))?;
    ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(())
}

/// With their dependencies, all that a node with TLS needs.
const PACKAGES: [&str; 2] = ["erlang-base", "erlang-ssl"];

/// Debian's script works only in /usr/lib/erlang.
const START_SCRIPT: &str = r#"#!/bin/sh
top=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
for libraries in "$top"/lib/*-linux-gnu* "$top"/usr/lib/*-linux-gnu*; do
    [ -d "$libraries" ] && LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
done
ROOTDIR=$top/usr/lib/erlang
BINDIR=$(echo "$ROOTDIR"/erts-*/bin)
EMU=beam
PROGNAME=erl
export LD_LIBRARY_PATH ROOTDIR BINDIR EMU PROGNAME
exec "$BINDIR/erlexec" "$@"
"#;
