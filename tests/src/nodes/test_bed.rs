//! Where a scenario takes place: a directory that all its nodes see under the same path, its own addresses, and a local
//! CA. Dropping it removes everything.

use std::cell::RefCell;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use podcert_testkit::TestCa;
use tempfile::TempDir;

use crate::nodes::fixtures::Fixtures;
use crate::nodes::otp::Otp;
use crate::process::{Log, Process};
use crate::scenario::Place;

/// The test bed of one scenario.
#[derive(Debug)]
pub struct TestBed {
    fixtures: Arc<Fixtures>,
    directory: TempDir,
    subnet: [u8; 3],
    /// Holds its own network namespace, if it has one.
    network: Option<Process>,
    logs: RefCell<Vec<(String, Log)>>,
}

impl TestBed {
    /// A test bed on the machine's own loopback interface.
    pub fn new(fixtures: Arc<Fixtures>) -> Self {
        let directory = tempfile::Builder::new().prefix("scenario-").tempdir().expect("a directory");
        fs::write(directory.path().join(BINARY), "").expect("a place for the binary");
        let subnet = fixtures.claim_subnet();
        Self { fixtures, directory, subnet, network: None, logs: RefCell::default() }
    }

    /// From here on, processes are in a network of their own, with IPv6 addresses.
    pub fn enter_own_network(&mut self) {
        let mut holder = Command::new("unshare");
        let addresses: String = (0..=66)
            .map(|last| format!("ip address add {}/128 dev lo nodad\n", ipv6_address(last)))
            .collect();
        let script =
            format!("set -e\nip link set lo up\n{addresses}echo '{} up'\nread _", crate::process::ANSWER);
        holder.args(["--net", "sh", "-c", &script]);
        let holder = Process::start(holder);
        let is_up = holder.answer().is_some();
        assert!(is_up, "no network of its own (needs iproute2): {}", holder.log().text());
        self.network = Some(holder);
    }

    /// The address of which only the last byte is chosen.
    pub fn address(&self, last: u8) -> Ipv4Addr {
        let [a, b, c] = self.subnet;
        Ipv4Addr::new(a, b, c, last)
    }

    /// The address of a node: IPv6 in a network of its own.
    pub fn node_address(&self, last: u8) -> IpAddr {
        match self.network {
            Some(_) => ipv6_address(last).into(),
            None => self.address(last).into(),
        }
    }

    /// The binary under test, on the host; nodes see it as `/mnt/beam-mtls`.
    pub fn binary(&self) -> &Path {
        self.fixtures.binary()
    }

    /// A path on the host of what nodes see as `/mnt/NAME`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Makes a directory, which may be there, and returns its path on the host.
    pub fn make_directory(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).expect("a directory");
        path
    }

    /// The local CA, which the first node has made.
    pub fn ca(&self) -> TestCa {
        let directory = self.path("state/podcert");
        TestCa::load(&directory.join("ca.crt"), &directory.join("ca.key"))
    }

    /// A command in the root of a release, with nothing in its environment but what every command needs. The root
    /// cannot be written, except for `/mnt`, which is the test bed's directory.
    pub fn command(&self, otp: Otp, program: &str) -> Command {
        let mut command = match &self.network {
            Some(holder) => {
                let mut command = Command::new("nsenter");
                command.arg(format!("--net=/proc/{}/ns/net", holder.pid())).arg("unshare");
                command
            }
            None => Command::new("unshare"),
        };
        command.args(["--mount", "sh", "-c", IN_ROOT, "sh"]);
        command.arg(self.fixtures.root(otp)).arg(self.directory.path()).arg(self.binary()).arg(program);
        set_environment(&mut command, INSIDE);
        command
    }

    /// A command on the host, with the same environment as in a root but the host's paths.
    pub fn host_command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        set_environment(&mut command, &self.directory.path().to_string_lossy());
        command.current_dir(self.directory.path());
        command
    }

    /// Has the log shown when the scenario fails.
    pub fn watch(&self, name: &str, process: &Process) {
        self.logs.borrow_mut().push((name.to_owned(), process.log().clone()));
    }
}

impl Place for TestBed {
    fn log_tails(&self) -> String {
        let logs = self.logs.borrow();
        let tails =
            logs.iter().map(|(name, log)| format!("--- the log of {name} ends with\n{}\n", log.tail()));
        tails.collect()
    }
}

/// The test bed's directory, as nodes see it.
pub const INSIDE: &str = "/mnt";

fn ipv6_address(last: u8) -> Ipv6Addr {
    Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, u16::from(last))
}

fn set_environment(command: &mut Command, directory: &str) {
    let place = |name: &str| Path::new(directory).join(name);
    command
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("LC_ALL", "C.UTF-8")
        .env("HOME", place("home"))
        .env("XDG_STATE_HOME", place("state"))
        .env("ERL_CRASH_DUMP_SECONDS", "0");
}

/// Where the binary is mounted. A copy could not be run while another thread, about to start a process, still holds
/// the descriptor by which it was written.
const BINARY: &str = "beam-mtls";

/// Arguments: root, directory, binary, program and its arguments.
const IN_ROOT: &str = r#"
set -e
root=$1 directory=$2 binary=$3
shift 3
mount --bind "$root" "$root"
mount -o remount,bind,ro "$root"
mount --bind "$directory" "$root/mnt"
mount --bind "$binary" "$root/mnt/beam-mtls"
mount --bind /proc "$root/proc"
exec chroot "$root" "$@"
"#;
