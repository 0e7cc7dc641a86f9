//! `beam-mtls local`: a checked cluster, a check that bites, and nothing left when it ends.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;

use libtest_mimic::Trial;
use rustix::process::Signal;

use super::trial;
use crate::beam::bench::Bench;
use crate::beam::otp::Otp;
use crate::beam::scene::{INSIDE, Scene};
use crate::process::Process;
use crate::wait;

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let each = |name: &str, scenario: fn(&Scene, Otp)| -> Vec<Trial> {
        Otp::ALL
            .map(|otp| trial(bench, format!("{otp}/local: {name}"), move |scene| scenario(scene, otp)))
            .into()
    };
    [
        each("a checked cluster", |scene, otp| {
            let mut process = start(scene, otp, &["--check", "--json"], &[]);
            assert_eq!(process.wait().code(), Some(0), "{}", process.log().text());
            let log = process.log().text();
            assert_eq!(log.matches("\"ok\":true").count(), 1 + CHECKS, "{log}");
            assert_eq!(log.matches(&format!("\"otp\":\"{}\"", otp.release())).count(), 3, "{log}");
        }),
        each("a check fails where names are not bound", |scene, otp| {
            let mut process = start(scene, otp, &["--check"], &["sh", "-c", UNBOUND]);
            assert_eq!(process.wait().code(), Some(1), "{}", process.log().text());
            let log = process.log().text();
            assert_eq!(log.matches("FAILED").count(), 2, "{log}");
            assert!(
                log.contains("FAILED n1@127.0.0.11 refuses the same certificate under the name of"),
                "{log}"
            );
        }),
        each("a node that ends is told with its last words", |scene, otp| {
            let mut process = start(scene, otp, &["--check"], &["sh", "-c", "echo last words; exit 3"]);
            assert_eq!(process.wait().code(), Some(69), "{}", process.log().text());
            let log = process.log_to_end();
            assert!(log.contains("exit status: 3") && log.contains("last words"), "{log}");
        }),
        each("an interrupt ends all", |scene, otp| {
            let mut process = start(scene, otp, &[], &[]);
            wait::until("the mesh is shown", || process.log().text().matches("2/2").count() >= 3);
            assert!(!running(scene).is_empty());
            process.signal(Signal::INT);
            assert_eq!(process.wait().code(), Some(0), "{}", process.log().text());
            assert_eq!(running(scene), "");
            let left = fs::read_dir(scene.path("tmp")).expect("a directory").count();
            assert_eq!(left, 0, "the cluster's directory is still there");
        }),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// How many things `--check` checks.
const CHECKS: usize = 6;

/// Becomes a node whose option file has lost what is ours: the chain alone is checked.
const UNBOUND: &str = r#"
file=${ERL_FLAGS##* }
options=${file%vm.args}ssl_dist.conf
sed -e 's/{verify_fun, {.*}}$/{depth, 2}/' "$options" > "$options.stock"
mv -f "$options.stock" "$options"
exec erl -noinput
"#;

fn start(scene: &Scene, otp: Otp, arguments: &[&str], what: &[&str]) -> Process {
    scene.make_directory("tmp");
    let mut command = scene.command(otp, &format!("{INSIDE}/beam-mtls"));
    command.env("TMPDIR", format!("{INSIDE}/tmp")).arg("local").args(arguments).arg("--").args(what);
    let process = Process::start(command);
    scene.watch("beam-mtls local", &process);
    process
}

/// The names of the processes that were started for this scene's cluster.
fn running(scene: &Scene) -> String {
    let home = format!("HOME={INSIDE}/tmp/");
    let is_ours = |process: &Path| {
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        // Another scene has the same path inside; what is mounted there tells them apart.
        String::from_utf8_lossy(&environment).contains(&home)
            && identity(&process.join("root/mnt")) == identity(&scene.path("."))
    };
    let processes = fs::read_dir("/proc").expect("/proc").flatten().map(|entry| entry.path());
    processes
        .filter(|process| is_ours(process))
        .filter_map(|process| fs::read_to_string(process.join("comm")).ok())
        .collect()
}

fn identity(directory: &Path) -> Option<(u64, u64)> {
    directory.metadata().map(|it| (it.dev(), it.ino())).ok()
}
