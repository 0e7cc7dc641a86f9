//! Nodes that the real binary has started.

use std::ops::{Deref, DerefMut};
use std::process::Command;

pub use crate::nodes::erl::{Erl, control};

use crate::nodes::fixtures::PORT;
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::{INSIDE, TestBed};
use crate::process::Process;

/// A node that `beam-mtls run` has started.
#[derive(Debug)]
pub struct Node {
    erl: Erl,
    /// Its name, `base@host`.
    pub name: String,
    /// The part of its name after the `@`.
    pub host: String,
    /// Its release.
    pub otp: Otp,
    /// Where its files are, as it sees them.
    pub directory: String,
}

/// A node that is about to be started.
#[derive(Debug)]
pub struct NodeBuilder<'a> {
    bed: &'a TestBed,
    otp: Otp,
    base: String,
    last: u8,
    port: u16,
    uri: String,
    settings: Vec<String>,
    variables: Vec<(String, String)>,
    wrapper: Vec<String>,
    arguments: Vec<String>,
}

impl Node {
    /// A node named `base@host`, whose `host` is the address that ends in `last`.
    pub fn builder<'a>(bed: &'a TestBed, otp: Otp, base: &str, last: u8) -> NodeBuilder<'a> {
        NodeBuilder {
            bed,
            otp,
            base: base.to_owned(),
            last,
            port: PORT,
            uri: URI.to_owned(),
            settings: Vec::new(),
            variables: vec![("BEAM_MTLS_COOKIE".to_owned(), COOKIE.to_owned())],
            wrapper: Vec::new(),
            arguments: Vec::new(),
        }
    }

    /// Starts a node with the usual settings.
    pub fn start(bed: &TestBed, otp: Otp, base: &str, last: u8) -> Self {
        Self::builder(bed, otp, base, last).start()
    }

    /// Waits until exactly these nodes are connected, including hidden ones.
    pub fn await_peers(&mut self, names: &[&str]) {
        let mut names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        names.sort();
        self.await_value("lists:sort(nodes(connected))", &format!("[{}]", names.join(",")));
    }
}

impl Deref for Node {
    type Target = Erl;

    fn deref(&self) -> &Erl {
        &self.erl
    }
}

impl DerefMut for Node {
    fn deref_mut(&mut self) -> &mut Erl {
        &mut self.erl
    }
}

impl NodeBuilder<'_> {
    /// The URI in its certificate, and so, unless set, of its peers.
    pub fn uri(mut self, uri: &str) -> Self {
        uri.clone_into(&mut self.uri);
        self
    }

    /// A port other than the usual one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// A flag of `beam-mtls run`.
    pub fn setting(mut self, flag: &str, value: &str) -> Self {
        self.settings.push(format!("{flag}={value}"));
        self
    }

    /// A variable that `beam-mtls run` finds.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What `beam-mtls run` becomes instead of `erl`, and what becomes `erl` at last.
    pub fn wrapper(mut self, words: &[&str]) -> Self {
        self.wrapper.extend(words.iter().map(ToString::to_string));
        self
    }

    /// An argument of `erl`.
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// The command that would start it.
    pub fn command(&self) -> Command {
        let (name, _, directory) = self.names();
        let address = self.bed.node_address(self.last);
        let listen = match address {
            std::net::IpAddr::V4(v4) => format!("{v4}:{}", self.port),
            std::net::IpAddr::V6(v6) => format!("[{v6}]:{}", self.port),
        };
        let mut command = self.bed.command(self.otp, &format!("{INSIDE}/beam-mtls"));
        command.args(["run", "--source", "local", "--name", &name, "--listen", &listen, "--uris", &self.uri]);
        command.args(["--directory", &format!("{directory}/certificate")]);
        command.args(["--config-directory", &format!("{directory}/config")]);
        command
            .args(&self.settings)
            .arg("--")
            .args(&self.wrapper)
            .arg("erl")
            .args(&self.arguments)
            .args(control());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts it and waits until it answers.
    pub fn start(&self) -> Node {
        let (name, host, directory) = self.names();
        let erl = Erl::start(self.bed, &format!("{name} ({})", self.otp), self.command());
        Node { erl, name, host, otp: self.otp, directory }
    }

    /// Starts it without waiting for an answer: it should fail.
    pub fn start_in_vain(&self) -> Process {
        let process = Process::start(self.command());
        self.bed.watch(&format!("{} ({})", self.names().0, self.otp), &process);
        process
    }

    /// Where its files are, as it sees them.
    pub fn directory(&self) -> String {
        self.names().2
    }

    fn names(&self) -> (String, String, String) {
        let host = self.bed.node_address(self.last).to_string();
        (format!("{}@{host}", self.base), host, format!("{INSIDE}/{}-{}", self.base, self.last))
    }
}

/// A node's name as Erlang prints the atom.
pub fn quoted(name: &str) -> String {
    format!("'{name}'")
}

/// The cookie of all nodes.
pub const COOKIE: &str = "cookie-of-the-scenarios";

/// The URI in the certificates of nodes, unless a scenario sets a different one.
pub const URI: &str = "spiffe://scenario.test/ns/shop/sa/web";
