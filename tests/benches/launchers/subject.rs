//! The releases of the examples, started in both ways.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use scenarios::nodes::otp::Otp;
use scenarios::nodes::test_bed::{INSIDE, TestBed};
use scenarios::process::Process;
use scenarios::terminal::Terminal;
use scenarios::wait;

/// How a node is started.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    /// By `beam-mtls run`.
    Ours,
    /// By itself.
    Bare,
}

impl Way {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::Ours, Self::Bare];

    fn address(self, bed: &TestBed) -> String {
        bed.address(11 + self as u8).to_string()
    }
}

/// A launcher.
pub struct Subject {
    /// Its name.
    pub name: &'static str,
    /// The release, in `target/release-images/<otp>`.
    release: &'static str,
    node: &'static [&'static str],
    /// Its console with ours, and by itself; NODE stands for the node's name.
    consoles: [&'static [&'static str]; 2],
    /// What it takes by itself to have a name, a cookie and a port, and no epmd.
    variables: &'static [(&'static str, &'static str)],
}

const ERLANG: Subject = Subject {
    name: "erl",
    release: "app",
    node: &[
        "erl",
        "-noinput",
        "-pa",
        "/mnt/app/lib/clustered-0.1.0/ebin",
        "-pa",
        "/mnt/app/lib/beam_mtls-0.1.0/ebin",
        "-eval",
        "{ok, _} = application:ensure_all_started(clustered)",
    ],
    consoles: [
        &["/mnt/beam-mtls", "remote"],
        &["erl", "-name", "console@HOST", "-setcookie", "bare", "-hidden", "-remsh", "NODE"],
    ],
    variables: &[("ERL_FLAGS", "-name NODE -setcookie bare")],
};

/// All of them.
pub const SUBJECTS: [Subject; 4] = [
    Subject {
        name: "mix",
        release: "mix",
        node: &["/mnt/mix/bin/server"],
        consoles: [&["/mnt/mix/bin/clustered", "remote"]; 2],
        variables: &[("RELEASE_DISTRIBUTION", "name"), ("RELEASE_NODE", "NODE"), ("RELEASE_COOKIE", "bare")],
    },
    Subject {
        name: "relx",
        release: "app",
        node: &["/mnt/app/bin/clustered", "foreground"],
        consoles: [&["/mnt/app/bin/clustered", "remote_console"]; 2],
        variables: &[("VMARGS_PATH", "/mnt/bare.vm.args")],
    },
    Subject { name: "gleam", release: "gleam", node: &["/mnt/gleam/entrypoint.sh", "run"], ..ERLANG },
    ERLANG,
];

impl Subject {
    /// Puts the release where nodes of the test bed see it.
    pub fn unpack(&self, bed: &TestBed, otp: Otp) {
        let from = Path::new(RELEASES).join(otp.release()).join(self.release);
        let copied = Command::new("cp").arg("--archive").arg(&from).arg(bed.path(self.release)).status();
        assert!(copied.is_ok_and(|status| status.success()), "{} cannot be copied", from.display());
        let node = format!("app@{}", Way::Bare.address(bed));
        let flags = format!("-name {node}\n-setcookie bare\n-start_epmd false\n");
        std::fs::write(bed.path("bare.vm.args"), flags).expect("an args file");
    }

    /// Starts a node, and returns how long that took.
    pub fn start(&self, bed: &TestBed, otp: Otp, way: Way) -> (f64, Process) {
        let address = way.address(bed);
        let mut command = match way {
            Way::Ours => {
                let mut command = bed.command(otp, &format!("{INSIDE}/beam-mtls"));
                command.args(["run", "--source", "local", "--name", &format!("app@{address}")]);
                command.args(["--listen", &format!("{address}:{PORT}"), "--"]).args(self.node);
                command
            }
            Way::Bare => {
                let mut command = bed.command(otp, self.node[0]);
                command.args(&self.node[1..]);
                command
            }
        };
        self.environment(bed, way, &mut command);
        let begin = Instant::now();
        let node = Process::start(command);
        bed.watch(self.name, &node);
        wait::until("the node's first line", || node.log().text().contains("view {"));
        (milliseconds(begin), node)
    }

    /// How long its console takes until there is a prompt.
    pub fn console(&self, bed: &TestBed, otp: Otp, way: Way) -> f64 {
        let address = way.address(bed);
        let node = format!("app@{address}");
        let words = self.consoles[way as usize];
        let filled = |word: &&str| word.replace("NODE", &node).replace("HOST", &address);
        let mut command = bed.command(otp, words[0]);
        command.args(words[1..].iter().map(filled));
        self.environment(bed, way, &mut command);
        // They are the node's alone.
        command.env_remove("ERL_FLAGS");
        match way {
            Way::Ours => command.env("ERL_ZFLAGS", format!("-args_file {INSIDE}/config/remote.vm.args")),
            Way::Bare => command
                .env("ERL_ZFLAGS", format!("-start_epmd false -erl_epmd_port {PORT} -dist_listen false")),
        };
        let begin = Instant::now();
        let terminal = Terminal::start(command);
        terminal.awaits(&format!("({node})1>"), 0);
        milliseconds(begin)
    }

    /// What the specification of a pod would say.
    fn environment(&self, bed: &TestBed, way: Way, command: &mut Command) {
        let address = way.address(bed);
        let node = format!("app@{address}");
        command.env("USE_NODETOOL", "1").env("RELEASE_TMP", INSIDE).env("RELX_OUT_FILE_PATH", INSIDE);
        match way {
            Way::Ours => {
                command
                    .env("BEAM_MTLS_COOKIE", "ours")
                    .env("BEAM_MTLS_CONFIG_DIRECTORY", format!("{INSIDE}/config"))
                    .env("PODCERT_DIRECTORY", format!("{INSIDE}/certificate"))
                    .env("XDG_CONFIG_HOME", format!("{INSIDE}/config/config"))
                    .env("RELEASE_DISTRIBUTION", "name")
                    .env("RELEASE_NODE", &node)
                    .env("VMARGS_PATH", format!("{INSIDE}/config/vm.args"));
            }
            Way::Bare => {
                let interface = format!("-kernel inet_dist_use_interface {{{}}}", address.replace('.', ","));
                command.env("ERL_ZFLAGS", format!("-start_epmd false -erl_epmd_port {PORT} {interface}"));
                for (name, value) in self.variables {
                    command.env(name, value.replace("NODE", &node));
                }
            }
        }
    }
}

fn milliseconds(begin: Instant) -> f64 {
    begin.elapsed().as_secs_f64() * 1000.0
}

const PORT: u16 = 9100;

const RELEASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/release-images");
