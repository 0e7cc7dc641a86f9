//! The exit code is that of the command, or says why there was none.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::thread;

use rustix::process::{Pid, Signal, kill_process};

use crate::release::supervise;

#[test]
fn every_exit_code_is_passed_on() {
    in_parallel(0..=255, |expected| {
        assert_eq!(code(&mut supervise(&["sh", "-c", &format!("exit {expected}")])), expected);
    });
}

#[test]
fn a_death_by_a_signal_is_128_and_its_number() {
    // CHLD, CONT, URG and WINCH end nobody, four others stop; glibc has two for itself.
    let deadly =
        (1..=64).filter(|number| ![17..=23, 28..=28, 32..=33].iter().any(|not| not.contains(number)));
    in_parallel(deadly, |number| {
        assert_eq!(code(&mut supervise(&["sh", "-c", &format!("kill -{number} $$")])), 128 + number);
    });
}

#[test]
fn a_command_that_forks_before_it_ends_is_not_waited_for_any_longer() {
    let command = ["sh", "-c", "sleep 100 </dev/null >/dev/null 2>&1 & echo $!; exit 5"];
    let output = supervise(&command).output().expect("beam-mtls runs");
    assert_eq!(output.status.code(), Some(5));
    let left = String::from_utf8(output.stdout).expect("text").trim().parse().ok().and_then(Pid::from_raw);
    kill_process(left.expect("a process"), Signal::KILL).expect("a process that still runs");
}

#[test]
fn a_command_that_cannot_be_run_is_reported_as_by_a_shell() {
    let root = tempfile::tempdir().expect("a directory");
    let program = |name: &str, text: &str| {
        let path = root.path().join(name);
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a mode");
        path
    };
    let without_interpreter = program("no-interpreter", "#!/no/such/interpreter\n");
    let broken = program("broken", "\u{7f}ELF");
    for (command, expected) in [
        (Path::new("/no/such/command"), 127),
        (Path::new("/etc/passwd"), 126),
        (&without_interpreter, 127),
        (&broken, 126),
    ] {
        let mut run = with_certificate(root.path());
        assert_eq!(code(run.args(["--supervise", "--"]).arg(command)), expected, "{}", command.display());
    }
}

#[test]
fn nothing_is_started_without_a_certificate() {
    let root = tempfile::tempdir().expect("a directory");
    let marker = root.path().join("started");
    let start = |state: &str| {
        let mut command = with_certificate(root.path());
        command.env("XDG_STATE_HOME", state).args(["--supervise", "--", "touch"]).arg(&marker);
        code(&mut command)
    };
    assert_eq!(start("/dev/null/no-place-for-a-ca"), 73);
    assert!(!marker.exists());
    assert_eq!(start(root.path().to_str().expect("UTF-8")), 0);
    assert!(marker.exists());
}

#[test]
fn the_environment_is_that_of_a_command_that_takes_our_place() {
    let root = tempfile::tempdir().expect("a directory");
    let environment = |flags: &[&str]| {
        let mut command = with_certificate(root.path());
        let output = command.args(flags).args(["--", "env"]).output().expect("a command");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let supervised = environment(&["--supervise"]);
    assert_eq!(supervised, environment(&[]));
    assert!(supervised.contains("BEAM_MTLS_NAME=app@10.0.0.1\n"), "{supervised}");
    assert!(!supervised.contains("of-the-test"), "{supervised}");
}

#[test]
fn supervise_is_a_switch() {
    let root = tempfile::tempdir().expect("a directory");
    for (value, expected) in [("true", 0), ("false", 0), ("yes", 64)] {
        let mut run = with_certificate(root.path());
        assert_eq!(code(run.env("BEAM_MTLS_SUPERVISE", value).args(["--", "true"])), expected, "{value}");
    }
}

/// `beam-mtls run` for a node, up to its settings.
fn with_certificate(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_beam-mtls"));
    command
        .env_clear()
        .env("HOME", root)
        .env("PATH", "/usr/bin:/bin")
        .env("BEAM_MTLS_COOKIE", "of-the-test")
        .args(["run", "--source=local", "--name=app@10.0.0.1", "--directory"])
        .arg(root.join("certificate"))
        .arg("--config-directory")
        .arg(root.join("config"));
    command
}

fn code(command: &mut Command) -> i32 {
    let output = command.output().expect("beam-mtls runs");
    let code = output.status.code();
    code.unwrap_or_else(|| panic!("{}: {}", output.status, String::from_utf8_lossy(&output.stderr)))
}

fn in_parallel(numbers: impl Iterator<Item = i32>, check: impl Fn(i32) + Sync) {
    let numbers: Vec<i32> = numbers.collect();
    thread::scope(|scope| {
        for lane in numbers.chunks(numbers.len().div_ceil(LANES)) {
            scope.spawn(|| lane.iter().for_each(|number| check(*number)));
        }
    });
}

const LANES: usize = 4;
