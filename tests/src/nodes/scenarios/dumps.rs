//! What a crash leaves behind: nothing, unless the user has asked for a dump, which contains the cookie.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::Needs::EachOtp;
use super::Scenario;
use crate::nodes::node::{COOKIE, Erl, Node};
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;
use crate::process::Process;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("no-dump", EachOtp(crash_leaves_nothing)),
    Scenario::new("requested-dump", EachOtp(crash_leaves_what_was_asked_for)),
    Scenario::new("no-core", EachOtp(no_core)),
];

fn crash_leaves_nothing(bed: &mut TestBed, otp: Otp) {
    crash(bed, otp, "", &[], None);
    assert_eq!(files(&bed.path("dumps")), Vec::<String>::new());
}

fn crash_leaves_what_was_asked_for(bed: &mut TestBed, otp: Otp) {
    crash(bed, otp, "", &[], Some(("ERL_CRASH_DUMP", "variable")));
    crash(bed, otp, "export ERL_CRASH_DUMP=script;", &[], None);
    crash(bed, otp, "", &["-env", "ERL_CRASH_DUMP", "flag"], None);
    crash(bed, otp, "", &[], Some(("ERL_CRASH_DUMP_SECONDS", "20")));
    let dumps = bed.path("dumps");
    assert_eq!(files(&dumps), ["erl_crash.dump", "flag", "script", "variable"]);
    let dump = fs::read(dumps.join("script")).expect("a dump");
    assert!(dump.windows(COOKIE.len()).any(|window| window == COOKIE.as_bytes()), "a dump holds the cookie");
}

/// A node that crashes in a directory where it can write.
fn crash(bed: &TestBed, otp: Otp, script: &str, flags: &[&str], variable: Option<(&str, &str)>) {
    bed.make_directory("dumps");
    let wrapper = format!("{script} cd /mnt/dumps && exec \"$@\"");
    let mut builder = Node::builder(bed, otp, "app", 11).wrapper(&["sh", "-c", &wrapper, "sh"]);
    for flag in flags.iter().chain(&["-eval", "erlang:halt(\"boom\")"]) {
        builder = builder.argument(flag);
    }
    let mut command = builder.command();
    // The test bed's own.
    command.env_remove("ERL_CRASH_DUMP_SECONDS").envs(variable);
    let mut process = Process::start(command);
    bed.watch("the node", &process);
    let status = process.wait();
    let log = process.log_to_end();
    assert!(!status.success() && log.contains("boom"), "{log}");
}

/// Even if the container allows core dumps.
fn no_core(bed: &mut TestBed, otp: Otp) {
    let node = Node::builder(bed, otp, "app", 11).command();
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -S -c \"$(ulimit -H -c)\" && exec \"$@\"", "sh"]);
    command.arg(node.get_program()).args(node.get_args()).env_clear();
    command.envs(node.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut node = Erl::start(bed, "the node", command);
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
