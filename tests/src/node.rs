//! Nodes that can be asked: each evaluates what it is told on its input, which needs no distribution.

use std::ops::{Deref, DerefMut};
use std::process::Command;

use crate::bench::PORT;
use crate::otp::Otp;
use crate::process::{ANSWER, Process};
use crate::scene::{INSIDE, Scene};
use crate::wait;

/// A running `erl` that answers.
#[derive(Debug)]
pub struct Erl {
    name: String,
    process: Process,
}

/// A node that `beam-mtls run` has started.
#[derive(Debug)]
pub struct Node {
    erl: Erl,
    /// Its name, `base@host`.
    pub name: String,
    /// What stands behind the `@`.
    pub host: String,
    /// Its release.
    pub otp: Otp,
    /// Where its files are, as it sees them.
    pub directory: String,
}

/// A node that is about to be started.
#[derive(Debug)]
pub struct NodeBuilder<'a> {
    scene: &'a Scene,
    otp: Otp,
    base: String,
    last: u8,
    uri: String,
    settings: Vec<String>,
    variables: Vec<(String, String)>,
    wrapper: Vec<String>,
    arguments: Vec<String>,
}

impl Erl {
    /// Starts a command that ends in [`control`]'s arguments, and waits until it answers.
    pub fn start(scene: &Scene, name: &str, command: Command) -> Self {
        let erl = Self { name: name.to_owned(), process: Process::start(command) };
        scene.watch(name, &erl.process);
        let mut erl = erl;
        assert_eq!(erl.eval("ready"), "ready", "{name} does not start");
        erl
    }

    /// The value of an Erlang expression, as `~0p` prints it; an exception is a value too.
    pub fn eval(&mut self, expression: &str) -> String {
        self.ask(expression);
        self.answer(expression)
    }

    /// Begins an evaluation whose value [`Self::answer`] waits for.
    pub fn ask(&mut self, expression: &str) {
        assert!(!expression.contains('\n'), "an expression is one line: {expression}");
        self.process.tell(&format!("{expression}."));
    }

    /// Waits for a value.
    pub fn answer(&mut self, expression: &str) -> String {
        match self.process.answer(wait::PATIENCE) {
            Some(answer) => answer,
            None if self.process.is_alive() => panic!("{} does not answer to {expression}", self.name),
            None => panic!("{} has ended and does not answer to {expression}", self.name),
        }
    }

    /// Asserts what an expression evaluates to.
    pub fn expect(&mut self, expression: &str, value: &str) {
        let got = self.eval(expression);
        assert_eq!(got, value, "{} evaluated {expression}", self.name);
    }

    /// Waits until an expression evaluates to something.
    pub fn await_value(&mut self, expression: &str, value: &str) {
        let mut last = String::new();
        let holds = wait::holds_within(wait::PATIENCE, || {
            last = self.eval(expression);
            last == value
        });
        assert!(holds, "{} evaluated {expression} to {last}, never to {value}", self.name);
    }

    /// Asserts that something was logged after a mark, and waits for it if need be.
    pub fn expect_logged(&self, mark: usize, text: &str) {
        let log = self.process.log();
        let is_logged = wait::holds_within(wait::PATIENCE / 6, || log.since(mark).contains(text));
        assert!(is_logged, "{} should have logged {text:?}, but logged\n{}", self.name, log.since(mark));
    }
}

impl Deref for Erl {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for Erl {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}

impl Node {
    /// Another node under the name `base@host`, where `host` ends in `last`.
    pub fn builder<'a>(scene: &'a Scene, otp: Otp, base: &str, last: u8) -> NodeBuilder<'a> {
        NodeBuilder {
            scene,
            otp,
            base: base.to_owned(),
            last,
            uri: URI.to_owned(),
            settings: Vec::new(),
            variables: vec![("BEAM_MTLS_COOKIE".to_owned(), COOKIE.to_owned())],
            wrapper: Vec::new(),
            arguments: Vec::new(),
        }
    }

    /// Starts a node in which nothing is special.
    pub fn start(scene: &Scene, otp: Otp, base: &str, last: u8) -> Self {
        Self::builder(scene, otp, base, last).start()
    }

    /// Dials another node by name; `pong` or `pang`.
    pub fn ping(&mut self, name: &str) -> String {
        self.eval(&format!("net_adm:ping('{name}')"))
    }

    /// Asserts that exactly these nodes are connected, hidden ones too, and waits for it if need be.
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
        let address = self.scene.node_address(self.last);
        let listen = match address {
            std::net::IpAddr::V4(v4) => format!("{v4}:{PORT}"),
            std::net::IpAddr::V6(v6) => format!("[{v6}]:{PORT}"),
        };
        let mut command = self.scene.command(self.otp, &format!("{INSIDE}/beam-mtls"));
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
        let erl = Erl::start(self.scene, &format!("{name} ({})", self.otp), self.command());
        Node { erl, name, host, otp: self.otp, directory }
    }

    /// Starts it and does not wait: it is to fail.
    pub fn start_in_vain(&self) -> Process {
        let process = Process::start(self.command());
        self.scene.watch(&format!("{} ({})", self.names().0, self.otp), &process);
        process
    }

    /// Where its files are, as it sees them.
    pub fn directory(&self) -> String {
        self.names().2
    }

    fn names(&self) -> (String, String, String) {
        let host = self.scene.node_address(self.last).to_string();
        (format!("{}@{host}", self.base), host, format!("{INSIDE}/{}-{}", self.base, self.last))
    }
}

/// The arguments with which `erl` reads expressions from its input and answers; it ends with its input.
pub fn control() -> Vec<String> {
    let evaluate = "{ok, Tokens, _} = erl_scan:string(Line), {ok, Expressions} = erl_parse:parse_exprs(Tokens), \
                    {value, Value, _} = erl_eval:exprs(Expressions, []), Value";
    let control = format!(
        "spawn(fun() -> (fun Loop() -> case io:get_line([]) of Line when is_list(Line) -> \
         Answer = try {evaluate} catch Class:Reason -> {{Class, Reason}} end, \
         io:format(\"~n{ANSWER}~0tp~n\", [Answer]), Loop(); \
         _ -> erlang:halt(0, [{{flush, false}}]) end end)() end)."
    );
    // One scheduler that does not spin: many nodes share few processors.
    let flags = ["+S", "1:1", "+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none", "-noshell", "-eval"];
    flags.iter().map(ToString::to_string).chain([control]).collect()
}

/// A node's name as Erlang prints the atom.
pub fn quoted(name: &str) -> String {
    format!("'{name}'")
}

/// The cookie of all nodes.
pub const COOKIE: &str = "cookie-of-the-scenarios";

/// The URI in the certificates of nodes, unless they are given another one.
pub const URI: &str = "spiffe://scenario.test/ns/shop/sa/web";
