//! Settings that are wrong, lacking or in conflict: each is named, and nothing is written.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{exit_7, expect_refused, good, run, with};
use crate::nodes::test_bed::TestBed;

pub(super) fn commands(bed: &mut TestBed) {
    let text = bed.path("text");
    fs::write(&text, "no program\n").expect("a file");
    fs::set_permissions(&text, fs::Permissions::from_mode(0o644)).expect("a mode");
    let text = text.to_string_lossy().into_owned();
    expect_refused(bed, good(bed), 64, &["COMMAND", "beam-mtls run -- bin/app start"]);
    for (command, code, message) in [
        ("no-such-command", 127, "no-such-command was not found in PATH"),
        ("/no/such/command", 127, "/no/such/command was not found"),
        (&text, 126, "is not an executable file"),
        ("/", 126, "is not an executable file"),
    ] {
        expect_refused(bed, with(good(bed), ["--", command]), code, &[message, command]);
    }
}

pub(super) fn misunderstood(bed: &mut TestBed) {
    for (flag, value, message) in [
        ("--name", "app", "write it as NAME@HOST"),
        ("--name", "app@localhost", "fully qualified"),
        ("--name", "app@POD.ns.svc", "lower case"),
        ("--name", "app@10.0.0.1\n-proto_dist inet_tcp", "fully qualified"),
        ("--name", "a b@10.0.0.1", "only letters, digits"),
        ("--name", "$(id)@10.0.0.1", "only letters, digits"),
        ("--name", "app@::ffff:10.0.0.1", "must be written as 10.0.0.1"),
        ("--listen", "port", "neither a port nor ADDRESS:PORT"),
        ("--listen", "0", "choose one from 1 to 65535"),
        ("--peers", "spiffe://a b", "percent-encoded"),
        ("--peers", "everybody", "lacks a scheme"),
        ("--allow-otp", "28\"", "is not an OTP release"),
        ("--config-directory", "relative", "must be an absolute path"),
        ("--config-directory", "/with space", "must be an absolute path"),
        ("--epmd=perhaps", "", "neither true nor false"),
        ("--duration", "forever", "as in 24h"),
        ("--source", "nowhere", "not a source"),
        ("--no-such-flag", "x", "--no-such-flag"),
    ] {
        let mut command = bed.host_command(bed.binary());
        command.arg("run").env("BEAM_MTLS_COOKIE", "cookie").arg(flag);
        command.args(Some(value).filter(|value| !value.is_empty()));
        for (default, good) in [("--source", "local"), ("--name", "app@127.0.0.1")] {
            if default != flag {
                command.args([default, good]);
            }
        }
        let setting = flag.split('=').next().unwrap_or(flag);
        expect_refused(bed, exit_7(command), 64, &[message, setting]);
    }
    let mut command = exit_7(good(bed));
    command
        .env("BEAM_MTLS_COOKI_FILE", "x")
        .env("PODCERT_NO_SUCH", "x")
        .env("PODCERT_SERVICE_HOST", "10.0.0.1");
    expect_refused(
        bed,
        command,
        64,
        &["did you mean BEAM_MTLS_COOKIE_FILE?", "PODCERT_NO_SUCH: unknown variable"],
    );
}

pub(super) fn lacking(bed: &mut TestBed) {
    let mut nothing = bed.host_command(bed.binary());
    nothing.args(["run", "--", "sh"]);
    let message = ["--name (BEAM_MTLS_NAME)", "BEAM_MTLS_COOKIE", "--source (PODCERT_SOURCE)"];
    expect_refused(bed, nothing, 78, &message);

    let mut both = bed.host_command(bed.binary());
    both.args([
        "run",
        "--source",
        "local",
        "--name",
        "a@127.0.0.1",
        "--basename",
        "b",
        "--host",
        "127.0.0.1",
        "--",
        "sh",
    ]);
    expect_refused(bed, with(both, [""; 0]), 78, &["either --name, or --basename and --host"]);

    let mut nowhere = exit_7(good(bed));
    nowhere.env_remove("XDG_STATE_HOME").env_remove("HOME");
    expect_refused(bed, nowhere, 78, &["set XDG_STATE_HOME or HOME"]);
}

pub(super) fn flags(bed: &mut TestBed) {
    let args_file = bed.path("release.vm.args");
    fs::write(&args_file, "## of the release\n-name mine@10.0.0.1\n-setcookie secret-of-the-release\n")
        .expect("a file");
    let args_file = args_file.to_string_lossy().into_owned();
    for (variable, value, message) in [
        ("ERL_AFLAGS", "-proto_dist inet_tcp", "-proto_dist inet_tcp in ERL_AFLAGS conflicts with"),
        ("ERL_FLAGS", "-sname a", "-sname a in ERL_FLAGS conflicts with"),
        ("ERL_ZFLAGS", "-ssl_dist_optfile /x", "-ssl_dist_optfile /x in ERL_ZFLAGS"),
        ("ELIXIR_ERL_OPTIONS", "-erl_epmd_port 1", "--listen sets the port"),
        (
            "ERL_FLAGS",
            "-kernel inet_dist_use_interface {0,0,0,0}",
            "-kernel inet_dist_use_interface in ERL_FLAGS",
        ),
        ("ERL_FLAGS", "-ssl_dist_opt server_ktls true client_ktls true", "kernel TLS"),
        (
            "ERL_FLAGS",
            "-args_file /no/such.args",
            "the args file /no/such.args, named in ERL_FLAGS, cannot be read",
        ),
        ("ERL_FLAGS", &format!("-args_file {args_file}"), "-name mine@10.0.0.1 in"),
    ] {
        let mut command = exit_7(good(bed));
        command.env(variable, value);
        expect_refused(bed, command, 78, &[message]);
    }
    // In the command itself, and all of them at once, without the cookie.
    let command =
        with(good(bed), ["--", "sh", "-args_file", &args_file, "-setcookie", "secret-of-the-release"]);
    let (_, output) = run(bed, with(good(bed), ["--", "sh", "-setcookie", "secret-of-the-release"]));
    assert!(!output.contains("secret-of-the-release"), "{output}");
    let message =
        ["-name mine@10.0.0.1 in", "-setcookie ... in", "release.vm.args", "-setcookie ... in the command"];
    expect_refused(bed, command, 78, &message);
    // What is not ours is passed on.
    let mut command = exit_7(good(bed));
    command.env("ERL_FLAGS", "+S 2 -kernel net_ticktime 10");
    assert_eq!(run(bed, command).0, Some(7));
}

pub(super) fn cookies(bed: &mut TestBed) {
    let file = |name: &str, text: &str| {
        fs::write(bed.path(name), text).expect("a cookie");
        bed.path(name).to_string_lossy().into_owned()
    };
    let with_file = |path: &str| {
        let mut command = good(bed);
        command.env_remove("BEAM_MTLS_COOKIE").args(["--cookie-file", path]);
        exit_7(command)
    };
    for (path, message) in [
        (file("two-words", "two words"), "1 to 255 printable ASCII"),
        (file("empty", "\n"), "1 to 255 printable ASCII"),
        (file("long", &"x".repeat(256)), "1 to 255 printable ASCII"),
        (file("quoted", "caf\u{e9}"), "1 to 255 printable ASCII"),
        ("/no/such/cookie".to_owned(), "cannot be read"),
    ] {
        expect_refused(bed, with_file(&path), 78, &[message, &path]);
    }
    let both = with(good(bed), ["--cookie-file", &file("good", "good")]);
    expect_refused(bed, exit_7(both), 78, &["BEAM_MTLS_COOKIE is set too; set one of them"]);
    bed.make_directory("home");
    file("home/.erlang.cookie", "another");
    expect_refused(bed, exit_7(good(bed)), 78, &["contains a different cookie than BEAM_MTLS_COOKIE"]);
    file("home/.erlang.cookie", crate::nodes::node::COOKIE);
    assert_eq!(run(bed, exit_7(good(bed))).0, Some(7));
}
