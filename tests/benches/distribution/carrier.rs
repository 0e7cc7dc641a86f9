//! The three ways of connecting two nodes that are compared, on the same two hosts and with the same certificates.

use std::fs;
use std::process::Command;

use beam_mtls::artifacts::render::erlang;
use scenarios::nodes::fixtures::PORT;
use scenarios::nodes::foreign_node::cookie_home;
use scenarios::nodes::node::{Erl, Node, NodeBuilder, control};
use scenarios::nodes::otp::Otp;
use scenarios::nodes::test_bed::{INSIDE, TestBed};

/// What carries the distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// TLS as `beam-mtls run` sets it up.
    Ours,
    /// TLS with nothing set but what verification at both ends takes.
    Stock,
    /// No TLS.
    Tcp,
}

/// Two nodes with one carrier.
#[derive(Debug)]
pub struct Pair {
    dialer: Erl,
    listener_name: String,
    listener: Erl,
}

/// How much of something was done in a second.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// By the clock, which also runs while other processes have the processors.
    pub per_second: f64,
    /// Of the processor time of both nodes.
    pub per_processor_second: f64,
}

impl Carrier {
    /// Ours comes first: the others use its certificates.
    pub const ALL: [Self; 3] = [Self::Ours, Self::Stock, Self::Tcp];

    /// Starts both nodes, with the module that measures loaded.
    pub fn start(self, bed: &TestBed, otp: Otp) -> Pair {
        let module = bed.path("pace.erl");
        fs::write(&module, include_str!("pace.erl")).expect("a module");
        let start = |last| {
            let mut erl = Erl::start(bed, &format!("{self:?} {last} ({otp})"), self.command(bed, otp, last));
            erl.expect(LOAD_MODULE, "{module,pace}");
            erl
        };
        let (dialer, mut listener) = (start(DIALER), start(LISTENER));
        listener.expect("pace:answer()", "true");
        Pair { dialer, listener_name: self.node_name(bed, LISTENER), listener }
    }

    /// What it is called in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ours => "beam-mtls",
            Self::Stock => "OTP's TLS",
            Self::Tcp => "TCP",
        }
    }

    fn command(self, bed: &TestBed, otp: Otp, last: u8) -> Command {
        let mut command = match self {
            Self::Ours => return ours(bed, otp, last).argument("-connect_all").argument("false").command(),
            Self::Stock => {
                let mut command = bed.command(otp, "erl");
                command
                    .args(["-proto_dist", "inet_tls", "-ssl_dist_optfile"])
                    .arg(option_file(bed, otp, last));
                command
            }
            Self::Tcp => bed.command(otp, "erl"),
        };
        let address = erlang::address(bed.node_address(last));
        command.args(["-name", &self.node_name(bed, last)]);
        command.args(["-start_epmd", "false", "-erl_epmd_port", &self.port().to_string()]);
        command.args(["-kernel", "inet_dist_use_interface", &address]);
        // Else global's own traffic would be measured as well.
        command.args(["-connect_all", "false"]).args(control());
        command.env("HOME", cookie_home(bed));
        command
    }

    fn node_name(self, bed: &TestBed, last: u8) -> String {
        let base = match self {
            Self::Ours => OURS,
            Self::Stock => "stock",
            Self::Tcp => "tcp",
        };
        format!("{base}@{}", bed.node_address(last))
    }

    /// One for each carrier, since all share two hosts.
    fn port(self) -> u16 {
        match self {
            Self::Ours => PORT,
            Self::Stock => PORT + 1,
            Self::Tcp => PORT + 2,
        }
    }
}

impl Pair {
    /// How fast a function of `pace` is that runs for some milliseconds.
    pub fn measure(&mut self, function: &str, milliseconds: u32) -> Pace {
        let before = self.processor_time();
        let pace = self.dialer.eval(&format!("pace:{function}('{}', {milliseconds})", self.listener_name));
        let spent = self.processor_time() - before;
        let (count, microseconds) = numbers(&pace).filter(|(count, _)| *count > 0.0).unwrap_or_else(|| {
            let logs = [&self.dialer, &self.listener].map(|node| node.log().tail());
            panic!(
                "{function} to {} gave {pace}; the logs end with\n{}",
                self.listener_name,
                logs.join("\n---\n")
            )
        });
        Pace { per_second: count * 1e6 / microseconds, per_processor_second: count * 1e3 / spent.max(1.0) }
    }

    /// What both nodes have used so far, in milliseconds.
    fn processor_time(&mut self) -> f64 {
        let nodes = [&mut self.dialer, &mut self.listener];
        nodes.into_iter().map(|node| node.eval(PROCESSOR_TIME).parse::<f64>().expect("milliseconds")).sum()
    }

    /// What TLS says of the connection.
    pub fn describe(&mut self) -> String {
        self.dialer.eval(&format!("pace:carrier('{}')", self.listener_name)).trim_matches('"').to_owned()
    }
}

/// The numbers of a pair as Erlang prints it.
fn numbers(pair: &str) -> Option<(f64, f64)> {
    let (first, second) = pair.strip_prefix('{')?.strip_suffix('}')?.split_once(',')?;
    Some((first.parse().ok()?, second.parse().ok()?))
}

fn ours(bed: &TestBed, otp: Otp, last: u8) -> NodeBuilder<'_> {
    Node::builder(bed, otp, OURS, last)
}

/// OTP's TLS with the certificates of our node on the same host.
fn option_file(bed: &TestBed, otp: Otp, last: u8) -> String {
    let certificate = format!("{}/certificate", ours(bed, otp, last).directory());
    let common = format!(
        "{{verify, verify_peer}}, {{cacertfile, \"{certificate}/ca.crt\"}}, \
         {{certfile, \"{certificate}/tls.crt\"}}, {{keyfile, \"{certificate}/tls.key\"}}"
    );
    let options =
        format!("[{{server, [{{fail_if_no_peer_cert, true}}, {common}]}}, {{client, [{common}]}}].\n");
    let name = format!("stock-{last}.conf");
    fs::write(bed.path(&name), options).expect("an option file");
    format!("{INSIDE}/{name}")
}

const OURS: &str = "ours";
const DIALER: u8 = 1;
const LISTENER: u8 = 2;

const PROCESSOR_TIME: &str = "element(1, statistics(runtime))";

const LOAD_MODULE: &str = "begin {ok, M, Code} = compile:file(\"/mnt/pace\", [binary]), \
                           code:load_binary(M, \"pace\", Code) end";
