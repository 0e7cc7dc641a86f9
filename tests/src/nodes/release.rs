//! A small release, made in a test bed by the tools of its OTP, and the node that `beam-mtls run` starts from it.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use crate::nodes::fixtures::PORT;
use crate::nodes::node::{COOKIE, URI};
use crate::nodes::otp::Otp;
use crate::nodes::sockets;
use crate::nodes::test_bed::{INSIDE, TestBed};
use crate::process::Process;
use crate::wait;

/// A release called `shop`.
#[derive(Debug)]
pub struct Release<'a> {
    bed: &'a TestBed,
    otp: Otp,
    maker: Maker,
    variables: Vec<(String, String)>,
    /// A script of the release that its command is run by.
    entrypoint: Option<&'static str>,
}

/// What makes releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maker {
    /// Elixir's `mix release`.
    Mix,
    /// rebar3, whose releases are relx's.
    Relx,
}

/// A node of a release, which runs.
#[derive(Debug)]
pub struct ReleaseNode<'a> {
    release: &'a Release<'a>,
    /// What has become the BEAM.
    pub process: Process,
}

impl<'a> Release<'a> {
    /// Makes it; nothing is fetched.
    pub fn make(bed: &'a TestBed, otp: Otp, maker: Maker) -> Self {
        let source = bed.make_directory("source");
        let make = match maker {
            Maker::Mix => {
                fs::write(source.join("mix.exs"), MIX).expect("a project");
                "MIX_ENV=prod mix release --quiet --path /mnt/release"
            }
            Maker::Relx => {
                fs::write(source.join("rebar.config"), REBAR).expect("a project");
                bed.make_directory("source/src");
                fs::write(source.join("src/shop.app.src"), APPLICATION).expect("an application");
                "rebar3 release --output-dir /mnt && mv /mnt/shop /mnt/release"
            }
        };
        let mut command = bed.command(otp, "sh");
        command.args(["-c", &format!("mkdir -p $HOME && cd {INSIDE}/source && {make}")]);
        let mut process = Process::start(command);
        bed.watch(&format!("{make} ({otp})"), &process);
        assert!(process.end().success(), "the release cannot be made");
        Self { bed, otp, maker, variables: Vec::new(), entrypoint: None }
    }

    /// Writes a file of the release.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.bed.path("release").join(name), text).expect("a file of the release");
    }

    /// A variable for its script, with and without us.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Has the release's command be the arguments of a script, which it writes.
    pub fn entrypoint(mut self, name: &'static str, text: &str) -> Self {
        self.write(name, text);
        fs::set_permissions(self.path(name), Permissions::from_mode(0o755)).expect("a mode");
        self.entrypoint = Some(name);
        self
    }

    /// A path of the release, on the host.
    pub fn path(&self, name: &str) -> PathBuf {
        self.bed.path("release").join(name)
    }

    /// What its own script, without us, makes of `vm.args.src`.
    pub fn own_vm_args(&self) -> String {
        let mut command = self.bed.command(self.otp, "/mnt/release/bin/shop");
        command.arg("help").envs(self.variables.iter().cloned());
        let mut process = Process::start(command);
        self.bed.watch(&format!("the release's script ({})", self.otp), &process);
        process.end();
        let made = self.path("releases/1.0.0/vm.args");
        let text = fs::read_to_string(&made).expect("an args file");
        fs::remove_file(made).expect("removed");
        text
    }

    /// The args file that the last node was started with.
    pub fn rendered_vm_args(&self) -> String {
        fs::read_to_string(self.bed.path("config/vm.args")).expect("an args file")
    }

    /// Begins to start a node under the address that ends in 11, and does not wait.
    pub fn launch(&self) -> Process {
        let mut command = self.beam_mtls("run");
        let address = self.bed.address(LAST).to_string();
        command.args(["--source=local", "--uris", URI, "--host", &address]);
        command.args(["--listen", &format!("{address}:{PORT}"), "--directory", CERTIFICATE]);
        command.args(["--config-directory", CONFIG, "--"]);
        command.args(self.entrypoint.map(|name| format!("/mnt/release/{name}")));
        command.arg("/mnt/release/bin/shop");
        command.arg(match self.maker {
            Maker::Mix => "start",
            Maker::Relx => "foreground",
        });
        command.env("BEAM_MTLS_COOKIE", COOKIE).envs(self.variables.iter().cloned());
        let process = Process::start(command);
        self.bed.watch(&format!("the release ({})", self.otp), &process);
        process
    }

    /// Starts a node and waits until it listens.
    pub fn start(&self) -> ReleaseNode<'_> {
        let mut process = self.launch();
        let up = wait::holds(|| !process.is_alive() || !sockets::listeners(process.pid()).is_empty());
        assert!(up && process.is_alive(), "the node does not listen");
        ReleaseNode { release: self, process }
    }

    fn beam_mtls(&self, subcommand: &str) -> Command {
        let mut command = self.bed.command(self.otp, "/mnt/beam-mtls");
        command.arg(subcommand);
        command
    }
}

impl ReleaseNode<'_> {
    /// Asserts what Erlang expressions evaluate to there, as a console sees it.
    pub fn expect<'b>(&self, facts: impl IntoIterator<Item = (&'b str, &'b str)>) {
        // One command for all: each is an `erl` that starts.
        let facts = facts.into_iter().map(|(expression, value)| format!("{{{expression}, {value}}}"));
        let facts = facts.collect::<Vec<_>>().join(", ");
        let mut rpc = self.release.beam_mtls("rpc");
        let differences = format!("[Fact || {{Found, Wanted}} = Fact <- [{facts}], Found =/= Wanted]");
        rpc.args(["--config-directory", CONFIG, &differences]);
        assert_eq!(output(rpc).1.trim(), "[]", "these were found instead of those, among {facts}");
    }

    /// Asserts that it listens at its one port alone, and there speaks TLS under this name.
    pub fn expect_tls_alone(&self, name: &str) {
        let listeners = sockets::listeners(self.process.pid());
        assert!(matches!(&*listeners, [one] if one.ends_with(&format!(":{PORT:04X}"))), "{listeners:?}");
        let address = self.release.bed.address(LAST);
        let named = format!("{name}@{address}");
        let mut table = String::new();
        // It listens before it answers.
        let answers = wait::holds(|| {
            let mut handshake = self.release.beam_mtls("handshake");
            handshake.args(["--directory", CERTIFICATE, &format!("{address}:{PORT}")]);
            let result = output(handshake);
            table = result.1;
            result.0 && table.contains(&named) && table.contains("TLS 1.3")
        });
        assert!(answers, "{table}");
    }
}

/// Whether a command succeeds, and what it says.
fn output(command: Command) -> (bool, String) {
    let mut process = Process::start(command);
    (process.end().success(), process.log_to_end())
}

/// Of the address.
const LAST: u8 = 11;
const CERTIFICATE: &str = "/mnt/certificate";
const CONFIG: &str = "/mnt/config";

const MIX: &str = "defmodule Shop.MixProject do
  use Mix.Project
  def project, do: [app: :shop, version: \"1.0.0\", releases: [shop: [include_erts: false]]]
  def application, do: [extra_applications: [:ssl]]
end
";
const REBAR: &str = "{relx, [{release, {shop, \"1.0.0\"}, [shop]}, {extended_start_script, true}, \
                     {include_erts, false}, {mode, prod}]}.\n";
const APPLICATION: &str =
    "{application, shop, [{description, \"\"}, {vsn, \"1.0.0\"}, {applications, [kernel, stdlib, ssl]}]}.\n";
