//! What a crash leaves behind: nothing, unless somebody has asked for a dump, which holds the cookie.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use libtest_mimic::Trial;

use super::on_each_otp;
use crate::beam::bench::Bench;
use crate::beam::node::{COOKIE, Erl, Node};
use crate::beam::otp::Otp;
use crate::beam::scene::Scene;
use crate::process::Process;

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    on_each_otp(
        bench,
        &[
            ("a crash leaves no dump", crash_leaves_nothing),
            ("a crash leaves the dump that somebody asked for", crash_leaves_what_was_asked_for),
            ("a node's process leaves no core", no_core),
        ],
    )
}

fn crash_leaves_nothing(scene: &mut Scene, otp: Otp) {
    crash(scene, otp, "", &[], None);
    assert_eq!(files(&scene.path("dumps")), Vec::<String>::new());
}

fn crash_leaves_what_was_asked_for(scene: &mut Scene, otp: Otp) {
    crash(scene, otp, "", &[], Some(("ERL_CRASH_DUMP", "variable")));
    crash(scene, otp, "export ERL_CRASH_DUMP=script;", &[], None);
    crash(scene, otp, "", &["-env", "ERL_CRASH_DUMP", "flag"], None);
    crash(scene, otp, "", &[], Some(("ERL_CRASH_DUMP_SECONDS", "20")));
    let dumps = scene.path("dumps");
    assert_eq!(files(&dumps), ["erl_crash.dump", "flag", "script", "variable"]);
    let dump = fs::read(dumps.join("script")).expect("a dump");
    assert!(dump.windows(COOKIE.len()).any(|window| window == COOKIE.as_bytes()), "a dump holds the cookie");
}

/// A node that has dialled nobody and ends in a directory where it could write.
fn crash(scene: &Scene, otp: Otp, script: &str, flags: &[&str], variable: Option<(&str, &str)>) {
    scene.make_directory("dumps");
    let wrapper = format!("{script} cd /mnt/dumps && exec \"$@\"");
    let mut builder = Node::builder(scene, otp, "app", 11).wrapper(&["sh", "-c", &wrapper, "sh"]);
    for flag in flags.iter().chain(&["-eval", "erlang:halt(\"boom\")"]) {
        builder = builder.argument(flag);
    }
    let mut command = builder.command();
    // The scene's own.
    command.env_remove("ERL_CRASH_DUMP_SECONDS").envs(variable);
    let mut process = Process::start(command);
    scene.watch("the node", &process);
    let log = process.log_to_end();
    assert!(!process.wait().success() && log.contains("boom"), "{log}");
}

/// Even where whatever starts the container allows cores.
fn no_core(scene: &mut Scene, otp: Otp) {
    let node = Node::builder(scene, otp, "app", 11).command();
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -S -c \"$(ulimit -H -c)\" && exec \"$@\"", "sh"]);
    command.arg(node.get_program()).args(node.get_args()).env_clear();
    command.envs(node.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut node = Erl::start(scene, "the node", command);
    let limits = node.eval("element(2, file:read_file(\"/proc/self/limits\"))");
    let core = limits.split("\\n").find(|line| line.starts_with("Max core file size")).expect("a limit");
    let [soft, hard] = [4, 5].map(|at| core.split_ascii_whitespace().nth(at));
    assert_eq!(soft, Some("0"), "{core}");
    assert_ne!(hard, Some("0"), "this machine allows no cores at all: {core}");
}

fn files(directory: &Path) -> Vec<String> {
    let entries = fs::read_dir(directory).expect("a directory").flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
