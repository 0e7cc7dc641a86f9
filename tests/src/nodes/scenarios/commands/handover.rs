//! The command replaces `beam-mtls`: process, signals, exit status, environment. No secret is visible.

use std::fs;
use std::os::unix::process::ExitStatusExt;

use rustix::process::Signal;

use super::{exit_7, good, run, unnamed, with};
use crate::nodes::node::{COOKIE, Node};
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;
use crate::process::{ANSWER, Process};

pub(super) fn process(bed: &mut TestBed) {
    assert_eq!(run(bed, exit_7(good(bed))).0, Some(7));
    assert_eq!(run(bed, with(good(bed), ["--", "true"])).0, Some(0));
    let process =
        Process::start(with(good(bed), ["--", "sh", "-c", &format!("echo \"{ANSWER}$$\"; read _")]));
    assert_eq!(process.answer(), Some(process.pid().to_string()));
}

pub(super) fn signals(bed: &mut TestBed) {
    let script = format!("trap 'exit 9' TERM; echo '{ANSWER}up'; while :; do sleep 0.05; done");
    let mut process = Process::start(with(good(bed), ["--", "sh", "-c", &script]));
    assert!(process.answer().is_some(), "{}", process.log().text());
    process.signal(Signal::TERM);
    assert_eq!(process.wait().code(), Some(9));

    let mut process =
        Process::start(with(good(bed), ["--", "sh", "-c", &format!("echo '{ANSWER}up'; read _")]));
    assert!(process.answer().is_some());
    process.signal(Signal::TERM);
    assert_eq!(process.wait().signal(), Some(Signal::TERM.as_raw()));
}

pub(super) fn environment(bed: &mut TestBed) {
    let mut command = with(good(bed), ["--", "env"]);
    command.env("OF_THE_APPLICATION", "a value").env("ERL_FLAGS", "+S 2");
    let (code, output) = run(bed, command);
    assert_eq!(code, Some(0));
    let config = bed.path("config").to_string_lossy().into_owned();
    let home = bed.path("home").to_string_lossy().into_owned();
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
pub(super) fn name(bed: &mut TestBed) {
    let mut command = with(unnamed(bed), ["--", "env"]);
    command.env("BEAM_MTLS_BASENAME", "app").env("BEAM_MTLS_HOST", "app.example");
    let (code, output) = run(bed, command);
    assert_eq!(code, Some(0), "{output}");
    let names: Vec<_> = output.lines().filter(|line| line.starts_with("BEAM_MTLS_")).collect();
    assert_eq!(names, ["BEAM_MTLS_NAME=app@app.example"]);
}

pub(super) fn secrets(bed: &mut TestBed) {
    for level in ["trace", "debug"] {
        let mut command = with(good(bed), ["--", "cat", "/proc/self/cmdline"]);
        command.env("RUST_LOG", level).env("RUST_BACKTRACE", "1");
        let (code, output) = run(bed, command);
        assert_eq!(code, Some(0));
        expect_no_secret(bed, &output, "certificate");
    }
    for (name, mode) in [("config/config/erlang/.erlang.cookie", 0o400), ("certificate/tls.key", 0o400)] {
        use std::os::unix::fs::PermissionsExt;
        let permissions = fs::metadata(bed.path(name)).expect("a file").permissions();
        assert_eq!(permissions.mode() & 0o7777, mode, "{name}");
    }
    for name in ["ssl_dist.conf", "vm.args", "remote.vm.args"] {
        let text = fs::read_to_string(bed.path("config").join(name)).expect("a file");
        expect_no_secret(bed, &text, "certificate");
    }
}

pub(super) fn node(bed: &mut TestBed, otp: Otp) {
    let node = Node::builder(bed, otp, "app", 11).variable("RUST_LOG", "trace").start();
    let command_line = fs::read(format!("/proc/{}/cmdline", node.pid())).expect("a command line");
    let command_line = String::from_utf8_lossy(&command_line);
    assert!(
        command_line.contains("-ssl_dist_optfile") && command_line.contains(&node.name),
        "{command_line}"
    );
    expect_no_secret(bed, &command_line, "app-11/certificate");
    expect_no_secret(bed, &node.log().text(), "app-11/certificate");
}

fn expect_no_secret(bed: &TestBed, text: &str, certificate: &str) {
    let key = fs::read_to_string(bed.path(certificate).join("tls.key")).expect("a key");
    assert!(!text.contains(COOKIE), "the cookie is in\n{text}");
    for line in key.lines().filter(|line| !line.starts_with('-')) {
        assert!(!text.contains(line), "the key is in\n{text}");
    }
}
