//! Names and places that mean something to a shell, to an args file or to Erlang: refused, or carried whole, and never
//! evaluated.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{exit_7, expect_refused, good, run, unnamed, with};
use crate::nodes::test_bed::TestBed;

pub(super) fn names(bed: &mut TestBed) {
    for hostile in HOSTILE {
        for (flag, other) in [("--basename", ["--host", "10.0.0.1"]), ("--host", ["--basename", "app"])] {
            let command = with(with(unnamed(bed), other), [flag, hostile]);
            // As Rust would write it, on one line.
            expect_refused(bed, exit_7(command), 64, &[flag, &format!("{hostile:?}")]);
        }
        let name = format!("app@{hostile}");
        expect_refused(bed, exit_7(with(unnamed(bed), ["--name", &name])), 64, &["--name"]);
    }
    expect_nothing_evaluated(bed);
}

pub(super) fn cookies(bed: &mut TestBed) {
    for hostile in HOSTILE {
        let mut command = exit_7(good(bed));
        command.env("BEAM_MTLS_COOKIE", hostile);
        let is_cookie = hostile.bytes().all(|byte| byte.is_ascii_graphic());
        if is_cookie {
            let (code, output) = run(bed, command);
            assert_eq!(code, Some(7), "{output}");
            let written = fs::read_to_string(bed.path("config/config/erlang/.erlang.cookie"));
            assert_eq!(written.expect("a cookie"), hostile);
            assert!(!output.contains(hostile), "the cookie is in\n{output}");
        } else {
            expect_refused(bed, command, 78, &["1 to 255 printable ASCII"]);
        }
    }
    expect_nothing_evaluated(bed);
}

pub(super) fn directories(bed: &mut TestBed) {
    for hostile in HOSTILE {
        let refused = command_with(bed, "--config-directory", &format!("/run/{hostile}"));
        expect_refused(bed, refused, 64, &["must be an absolute path of letters"]);
        let certificate = bed.path(hostile);
        let (code, output) = run(bed, command_with(bed, "--directory", &certificate.to_string_lossy()));
        assert_eq!(code, Some(7), "{output}");
        assert!(certificate.join("tls.key").exists(), "{}", certificate.display());
    }
    expect_nothing_evaluated(bed);
}

pub(super) fn releases(bed: &mut TestBed) {
    for hostile in HOSTILE {
        let root = bed.path(hostile);
        let script = write_script(&root.join("bin/shop"), RELX);
        fs::create_dir_all(root.join("releases")).expect("a directory");
        fs::write(root.join("releases/start_erl.data"), "15.2 1.0").expect("written");
        let args_file = root.join(format!("{hostile}.args"));
        fs::write(&args_file, "+P 262144\n-setcookie theirs\n").expect("written");
        let mut command = with(good(bed), ["--".as_ref(), script.as_os_str(), "foreground".as_ref()]);
        command.env("VMARGS_PATH", &args_file);
        let (code, output) = run(bed, command);
        assert_eq!(code, Some(0), "{output}");
        assert!(output.contains(&format!("started {}", script.display())), "{output}");
        assert!(output.contains("-setcookie in"), "{output}");
        let merged = fs::read_to_string(bed.path("config/vm.args")).expect("an args file");
        assert!(merged.contains("\n+P 262144\n"), "{merged}");
    }
    expect_nothing_evaluated(bed);
}

pub(super) fn programs(bed: &mut TestBed) {
    for hostile in HOSTILE {
        let script = write_script(&bed.path(hostile).join("a program"), "printf '%s\\n' \"started $0 $1\"\n");
        let mut command = with(good(bed), ["--", "a program", hostile]);
        let directory = script.parent().expect("a directory").display().to_string();
        command.env("PATH", format!("/no/such:{directory}:/usr/bin:/bin"));
        let (code, output) = run(bed, command);
        assert_eq!(code, Some(0), "{output}");
        assert!(output.contains(&format!("started {} {hostile}", script.display())), "{output}");
    }
    expect_nothing_evaluated(bed);
}

/// A good command but for this place.
fn command_with(bed: &TestBed, flag: &str, value: &str) -> Command {
    let mut command = bed.host_command(bed.binary());
    command.args(["run", "--source", "local", "--name", "app@127.0.0.1", flag, value]);
    let (other, place) = match flag {
        "--directory" => ("--config-directory", "config"),
        _ => ("--directory", "certificate"),
    };
    command.arg(other).arg(bed.path(place)).env("BEAM_MTLS_COOKIE", "cookie");
    exit_7(command)
}

fn write_script(path: &Path, text: &str) -> PathBuf {
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(path, format!("#!/bin/sh\n{text}")).expect("a script");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode");
    path.to_owned()
}

fn expect_nothing_evaluated(bed: &TestBed) {
    assert!(!bed.path("evaluated").exists(), "it was evaluated");
}

/// The marks of relx's script.
const RELX: &str = "# REL_VSN= remote_console\nprintf '%s\\n' \"started $0\"; test -n \"$VMARGS_PATH\"\n";

/// Commands would run in the test bed's directory.
const HOSTILE: [&str; 13] = [
    "a b",
    "a\"b",
    "a'b",
    "a'\"",
    "$(touch${IFS}evaluated)",
    "$(touch evaluated)",
    "`touch evaluated`",
    "a;touch evaluated;",
    "a\ntouch evaluated\n",
    "{a,b}",
    "grün-\u{20ac}",
    "a\\b#c",
    "*",
];
