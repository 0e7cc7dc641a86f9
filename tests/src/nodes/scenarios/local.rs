//! `beam-mtls local`: a cluster that passes its checks, one that does not, and nothing left when it ends.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::process::Signal;

use super::Needs::EachOtp;
use super::Scenario;
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::{INSIDE, TestBed};
use crate::process::Process;
use crate::wait;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("checked-cluster", EachOtp(checked)),
    Scenario::new("unbound-names", EachOtp(unbound)),
    Scenario::new("failing-node", EachOtp(last_words)),
    Scenario::new("interrupt", EachOtp(interrupt)),
];

fn checked(bed: &mut TestBed, otp: Otp) {
    let mut process = start(bed, otp, &["--check", "--json"], &[]);
    assert_eq!(process.wait().code(), Some(0), "{}", process.log().text());
    let log = process.log().text();
    assert_eq!(log.matches("\"ok\":true").count(), 1 + CHECKS, "{log}");
    assert_eq!(log.matches(&format!("\"otp\":\"{}\"", otp.release())).count(), 3, "{log}");
    let group = format!("\"key_exchange\":\"{}\"", otp.key_exchange());
    assert_eq!(log.matches(&group).count(), 3 * 2, "{log}");
}

/// The check fails when names are not bound to certificates.
fn unbound(bed: &mut TestBed, otp: Otp) {
    let mut process = start(bed, otp, &["--check"], &["sh", "-c", UNBOUND]);
    assert_eq!(process.wait().code(), Some(1), "{}", process.log().text());
    let log = process.log().text();
    assert_eq!(log.matches("FAILED").count(), 2, "{log}");
    assert!(log.contains("FAILED n1@127.0.0.11 refuses the same certificate under the name of"), "{log}");
}

/// If a node ends, its last output is shown.
fn last_words(bed: &mut TestBed, otp: Otp) {
    let mut process = start(bed, otp, &["--check"], &["sh", "-c", "echo last words; exit 3"]);
    assert_eq!(process.wait().code(), Some(69), "{}", process.log().text());
    let log = process.log_to_end();
    assert!(log.contains("exit status: 3") && log.contains("last words"), "{log}");
}

/// An interrupt ends all nodes and removes their files.
fn interrupt(bed: &mut TestBed, otp: Otp) {
    let mut process = start(bed, otp, &[], &[]);
    wait::until("the mesh is shown", || process.log().text().matches("2/2").count() >= 3);
    assert!(!running(bed).is_empty());
    process.signal(Signal::INT);
    assert_eq!(process.wait().code(), Some(0), "{}", process.log().text());
    assert_eq!(running(bed), "");
    let left = fs::read_dir(bed.path("tmp")).expect("a directory").count();
    assert_eq!(left, 0, "the cluster's directory is still there");
}

/// How many things `--check` checks.
const CHECKS: usize = 6;

/// Becomes a node whose option file has lost what is ours: the chain alone is checked.
const UNBOUND: &str = r#"
file=${ERL_FLAGS##* }
options=${file%vm.args}ssl_dist.conf
sed -e 's/{verify_fun, {.*}}$/{depth, 2}/' \
    -e 's/ok = beam_mtls_dist:start(.*),$/application:unset_env(kernel, inet_dist_listen_options),/' "$options" > "$options.stock"
mv -f "$options.stock" "$options"
exec erl -noinput
"#;

fn start(bed: &TestBed, otp: Otp, arguments: &[&str], what: &[&str]) -> Process {
    bed.make_directory("tmp");
    let mut command = bed.command(otp, &format!("{INSIDE}/beam-mtls"));
    command.env("TMPDIR", format!("{INSIDE}/tmp")).arg("local").args(arguments).arg("--").args(what);
    let process = Process::start(command);
    bed.watch("beam-mtls local", &process);
    process
}

/// The names of the processes that were started for this test bed's cluster.
fn running(bed: &TestBed) -> String {
    let home = format!("HOME={INSIDE}/tmp/");
    let is_ours = |process: &Path| {
        let environment = fs::read(process.join("environ")).unwrap_or_default();
        // Other test beds have the same path inside; what is mounted there differs.
        String::from_utf8_lossy(&environment).contains(&home)
            && identity(&process.join("root/mnt")) == identity(&bed.path("."))
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
