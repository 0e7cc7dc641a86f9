//! The command takes our place: process, signals, exit status, environment. No secret can be seen.

use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::sync::Arc;

use libtest_mimic::Trial;
use rustix::process::Signal;

use super::super::trial;
use super::{exit_7, good, run, unnamed, with};
use crate::beam::bench::Bench;
use crate::beam::node::{COOKIE, Node};
use crate::beam::otp::Otp;
use crate::beam::scene::Scene;
use crate::process::{ANSWER, Process};
use crate::wait::PATIENCE;

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let mut trials = vec![
        trial(bench, "run/the command is the process".into(), process),
        trial(bench, "run/signals reach the command".into(), signals),
        trial(bench, "run/the environment is passed on".into(), environment),
        trial(bench, "run/the command finds the name".into(), name),
        trial(bench, "run/no secret is told".into(), secrets),
    ];
    for otp in Otp::ALL {
        trials.push(trial(bench, format!("{otp}/no secret on the command line"), move |scene| {
            node(scene, otp)
        }));
    }
    trials
}

fn process(scene: &mut Scene) {
    assert_eq!(run(scene, exit_7(good(scene))).0, Some(7));
    assert_eq!(run(scene, with(good(scene), ["--", "true"])).0, Some(0));
    let process =
        Process::start(with(good(scene), ["--", "sh", "-c", &format!("echo \"{ANSWER}$$\"; read _")]));
    assert_eq!(process.answer(PATIENCE), Some(process.pid().to_string()));
}

fn signals(scene: &mut Scene) {
    let script = format!("trap 'exit 9' TERM; echo '{ANSWER}up'; while :; do sleep 0.05; done");
    let mut process = Process::start(with(good(scene), ["--", "sh", "-c", &script]));
    assert!(process.answer(PATIENCE).is_some(), "{}", process.log().text());
    process.signal(Signal::TERM);
    assert_eq!(process.wait().code(), Some(9));

    let mut process =
        Process::start(with(good(scene), ["--", "sh", "-c", &format!("echo '{ANSWER}up'; read _")]));
    assert!(process.answer(PATIENCE).is_some());
    process.signal(Signal::TERM);
    assert_eq!(process.wait().signal(), Some(Signal::TERM.as_raw()));
}

fn environment(scene: &mut Scene) {
    let mut command = with(good(scene), ["--", "env"]);
    command.env("OF_THE_APPLICATION", "a value").env("ERL_FLAGS", "+S 2");
    let (code, output) = run(scene, command);
    assert_eq!(code, Some(0));
    let config = scene.path("config").to_string_lossy().into_owned();
    let home = scene.path("home").to_string_lossy().into_owned();
    for line in [
        "OF_THE_APPLICATION=a value".to_owned(),
        format!("ERL_FLAGS=-args_file {config}/vm.args +S 2"),
        format!("HOME={home}"),
        format!("XDG_CONFIG_HOME={config}/config"),
    ] {
        assert!(output.lines().any(|found| found == line), "{line} is not in\n{output}");
    }
}

/// A name in two parts becomes one.
fn name(scene: &mut Scene) {
    let mut command = with(unnamed(scene), ["--", "env"]);
    command.env("BEAM_MTLS_BASENAME", "app").env("BEAM_MTLS_HOST", "app.example");
    let (code, output) = run(scene, command);
    assert_eq!(code, Some(0), "{output}");
    let names: Vec<_> = output.lines().filter(|line| line.starts_with("BEAM_MTLS_")).collect();
    assert_eq!(names, ["BEAM_MTLS_NAME=app@app.example"]);
}

fn secrets(scene: &mut Scene) {
    for level in ["trace", "debug"] {
        let mut command = with(good(scene), ["--", "cat", "/proc/self/cmdline"]);
        command.env("RUST_LOG", level).env("RUST_BACKTRACE", "1");
        let (code, output) = run(scene, command);
        assert_eq!(code, Some(0));
        expect_no_secret(scene, &output, "certificate");
    }
    for (name, mode) in [("config/config/erlang/.erlang.cookie", 0o400), ("certificate/tls.key", 0o400)] {
        use std::os::unix::fs::PermissionsExt;
        let permissions = fs::metadata(scene.path(name)).expect("a file").permissions();
        assert_eq!(permissions.mode() & 0o7777, mode, "{name}");
    }
    for name in ["ssl_dist.conf", "vm.args", "remote.vm.args"] {
        let text = fs::read_to_string(scene.path("config").join(name)).expect("a file");
        expect_no_secret(scene, &text, "certificate");
    }
}

fn node(scene: &Scene, otp: Otp) {
    let node = Node::builder(scene, otp, "app", 11).variable("RUST_LOG", "trace").start();
    let command_line = fs::read(format!("/proc/{}/cmdline", node.pid())).expect("a command line");
    let command_line = String::from_utf8_lossy(&command_line);
    assert!(
        command_line.contains("-ssl_dist_optfile") && command_line.contains(&node.name),
        "{command_line}"
    );
    expect_no_secret(scene, &command_line, "app-11/certificate");
    expect_no_secret(scene, &node.log().text(), "app-11/certificate");
}

fn expect_no_secret(scene: &Scene, text: &str, certificate: &str) {
    let key = fs::read_to_string(scene.path(certificate).join("tls.key")).expect("a key");
    assert!(!text.contains(COOKIE), "the cookie is told in\n{text}");
    for line in key.lines().filter(|line| !line.starts_with('-')) {
        assert!(!text.contains(line), "the key is told in\n{text}");
    }
}
