//! An `erl` that evaluates the expressions on its input, so that a scenario can talk to it without distribution.

use std::ops::{Deref, DerefMut};
use std::process::Command;

use crate::nodes::test_bed::TestBed;
use crate::process::{ANSWER, Process};
use crate::wait;

/// A running `erl` that answers.
#[derive(Debug)]
pub struct Erl {
    name: String,
    process: Process,
}

impl Erl {
    /// Starts a command that ends in [`control`]'s arguments, and waits until it answers.
    pub fn start(bed: &TestBed, name: &str, command: Command) -> Self {
        let erl = Self { name: name.to_owned(), process: Process::start(command) };
        bed.watch(name, &erl.process);
        let mut erl = erl;
        assert_eq!(erl.eval("ready"), "ready", "{name} does not start");
        erl
    }

    /// The value of an Erlang expression, as `~0p` prints it; an exception is a value too.
    pub fn eval(&mut self, expression: &str) -> String {
        self.ask(expression);
        self.answer(expression)
    }

    /// Starts an evaluation. [`Self::answer`] waits for its value.
    pub fn ask(&mut self, expression: &str) {
        assert!(!expression.contains('\n'), "an expression is one line: {expression}");
        self.process.write_line(&format!("{expression}."));
    }

    /// Waits for a value.
    pub fn answer(&mut self, expression: &str) -> String {
        match self.process.answer() {
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

    /// Dials a node by name: `pong` or `pang`.
    pub fn ping(&mut self, name: &str) -> String {
        self.eval(&format!("net_adm:ping('{name}')"))
    }

    /// Waits until an expression evaluates to something.
    pub fn await_value(&mut self, expression: &str, value: &str) {
        let mut last = String::new();
        let holds = wait::holds(|| {
            last = self.eval(expression);
            last == value
        });
        assert!(holds, "{} evaluated {expression} to {last}, never to {value}", self.name);
    }

    /// Waits until something is logged after a mark.
    pub fn expect_logged(&self, mark: usize, text: &str) {
        let log = self.process.log();
        let is_logged = wait::holds(|| log.since(mark).contains(text));
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
