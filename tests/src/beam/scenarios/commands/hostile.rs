//! Names and places that mean something to a shell, to an args file or to Erlang: refused, or carried whole, and never
//! evaluated.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use libtest_mimic::Trial;

use super::super::{InScene, trial};
use super::{exit_7, expect_refused, good, run, unnamed, with};
use crate::beam::bench::Bench;
use crate::beam::scene::Scene;

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let scenarios: [(&str, InScene); 5] = [
        ("hostile names are refused", names),
        ("hostile cookies are carried whole or refused", cookies),
        ("hostile directories are carried whole or refused", directories),
        ("hostile places of releases are carried whole", releases),
        ("hostile places of programs are carried whole", programs),
    ];
    scenarios.map(|(name, scenario)| trial(bench, format!("run/{name}"), scenario)).into()
}

fn names(scene: &mut Scene) {
    for hostile in HOSTILE {
        for (flag, other) in [("--basename", ["--host", "10.0.0.1"]), ("--host", ["--basename", "app"])] {
            let command = with(with(unnamed(scene), other), [flag, hostile]);
            // As Rust would write it, on one line.
            expect_refused(scene, exit_7(command), 64, &[flag, &format!("{hostile:?}")]);
        }
        let name = format!("app@{hostile}");
        expect_refused(scene, exit_7(with(unnamed(scene), ["--name", &name])), 64, &["--name"]);
    }
    expect_nothing_evaluated(scene);
}

fn cookies(scene: &mut Scene) {
    for hostile in HOSTILE {
        let mut command = exit_7(good(scene));
        command.env("BEAM_MTLS_COOKIE", hostile);
        let is_cookie = hostile.bytes().all(|byte| byte.is_ascii_graphic());
        if is_cookie {
            let (code, output) = run(scene, command);
            assert_eq!(code, Some(7), "{output}");
            let written = fs::read_to_string(scene.path("config/config/erlang/.erlang.cookie"));
            assert_eq!(written.expect("a cookie"), hostile);
            assert!(!output.contains(hostile), "the cookie is told in\n{output}");
        } else {
            expect_refused(scene, command, 78, &["1 to 255 printable ASCII"]);
        }
    }
    expect_nothing_evaluated(scene);
}

fn directories(scene: &mut Scene) {
    for hostile in HOSTILE {
        let refused = command_with(scene, "--config-directory", &format!("/run/{hostile}"));
        expect_refused(scene, refused, 64, &["must be an absolute path of letters"]);
        let certificate = scene.path(hostile);
        let (code, output) = run(scene, command_with(scene, "--directory", &certificate.to_string_lossy()));
        assert_eq!(code, Some(7), "{output}");
        assert!(certificate.join("tls.key").exists(), "{}", certificate.display());
    }
    expect_nothing_evaluated(scene);
}

fn releases(scene: &mut Scene) {
    for hostile in HOSTILE {
        let root = scene.path(hostile);
        let script = write_script(&root.join("bin/shop"), RELX);
        fs::create_dir_all(root.join("releases")).expect("a directory");
        fs::write(root.join("releases/start_erl.data"), "15.2 1.0").expect("written");
        let args_file = root.join(format!("{hostile}.args"));
        fs::write(&args_file, "+P 262144\n-setcookie theirs\n").expect("written");
        let mut command = with(good(scene), ["--".as_ref(), script.as_os_str(), "foreground".as_ref()]);
        command.env("VMARGS_PATH", &args_file);
        let (code, output) = run(scene, command);
        assert_eq!(code, Some(0), "{output}");
        assert!(output.contains(&format!("started {}", script.display())), "{output}");
        assert!(output.contains("-setcookie in"), "{output}");
        let merged = fs::read_to_string(scene.path("config/vm.args")).expect("an args file");
        assert!(merged.contains("\n+P 262144\n"), "{merged}");
    }
    expect_nothing_evaluated(scene);
}

fn programs(scene: &mut Scene) {
    for hostile in HOSTILE {
        let script =
            write_script(&scene.path(hostile).join("a program"), "printf '%s\\n' \"started $0 $1\"\n");
        let mut command = with(good(scene), ["--", "a program", hostile]);
        let directory = script.parent().expect("a directory").display().to_string();
        command.env("PATH", format!("/no/such:{directory}:/usr/bin:/bin"));
        let (code, output) = run(scene, command);
        assert_eq!(code, Some(0), "{output}");
        assert!(output.contains(&format!("started {} {hostile}", script.display())), "{output}");
    }
    expect_nothing_evaluated(scene);
}

/// A good command but for this place.
fn command_with(scene: &Scene, flag: &str, value: &str) -> Command {
    let mut command = scene.host_command(scene.binary());
    command.args(["run", "--source", "local", "--name", "app@127.0.0.1", flag, value]);
    let (other, place) = match flag {
        "--directory" => ("--config-directory", "config"),
        _ => ("--directory", "certificate"),
    };
    command.arg(other).arg(scene.path(place)).env("BEAM_MTLS_COOKIE", "cookie");
    exit_7(command)
}

fn write_script(path: &Path, text: &str) -> PathBuf {
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(path, format!("#!/bin/sh\n{text}")).expect("a script");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("a mode");
    path.to_owned()
}

fn expect_nothing_evaluated(scene: &Scene) {
    assert!(!scene.path("evaluated").exists(), "it was evaluated");
}

/// The marks of relx's script.
const RELX: &str = "# REL_VSN= remote_console\nprintf '%s\\n' \"started $0\"; test -n \"$VMARGS_PATH\"\n";

/// Commands would run in the scene's directory.
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
