//! `beam-mtls remote` and `beam-mtls rpc`: an `erl` that connects to the node, for those that have no console of their
//! own. It has the node's certificate and cookie, no listener, and no name that it keeps.

use std::convert::Infallible;
use std::ffi::OsString;
use std::process;

use podcert::exit::ExitClass;

use crate::command::{self, Command};
use crate::config_directory::{self, config_home};
use crate::environment::Environment;
use crate::launcher::variables::remote_flags;
use crate::plain_path::PlainPath;
use crate::render::REMOTE_VM_ARGS;
use crate::settings::{COOKIE_VARIABLE, Console};

/// What to do there.
#[derive(Debug)]
pub enum Task {
    /// Evaluate an expression.
    Evaluate(String),
    /// Open a shell.
    Shell,
}

/// Why `erl` did not take our place.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no `erl`.
    #[error(transparent)]
    Command(#[from] command::Error),
    /// There is no node.
    #[error(
        "no node was started with {0}: start one, or set --config-directory (BEAM_MTLS_CONFIG_DIRECTORY) to the \
         directory of the node"
    )]
    NoNode(PlainPath),
}

impl Error {
    /// What the process exits with.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Command(error) => error.exit_code(),
            Self::NoNode(_) => ExitClass::Unavailable.code(),
        }
    }
}

/// Becomes an `erl` that does it. Returns only on failure.
pub fn console(settings: Console, task: Task, environment: &Environment) -> Result<Infallible, Error> {
    let directory = &settings.config_directory;
    let started = config_directory::node_name(directory.as_path())
        .filter(|_| directory.as_path().join(REMOTE_VM_ARGS).exists());
    let started = started.ok_or_else(|| Error::NoNode(directory.clone()))?;
    let node = settings.node.as_ref().unwrap_or(&started).to_string();

    // The pod's specification may hold them, and given twice they end the boot.
    let environment = environment.without_flags("ERL_ZFLAGS", &remote_flags(directory));
    let mut arguments: Vec<OsString> =
        ["-args_file".into(), directory.as_path().join(REMOTE_VM_ARGS).into()].into();
    // The certificate is for this host, and no other process has our number.
    let name = format!("remote-{}@{}", process::id(), started.host());
    arguments.extend(["-name".into(), name.into()]);
    match task {
        Task::Shell => arguments.extend(["-remsh".into(), node.into()]),
        Task::Evaluate(expression) => arguments.extend(
            ["-noinput", "-boot", "no_dot_erlang", "-eval", EVALUATE, "-extra", &node, &expression]
                .map(OsString::from),
        ),
    }
    let erl = Command::find("erl".into(), arguments, environment.get("PATH"))?;
    let mut variables = vec![
        environment.with_flags("ERL_ZFLAGS", ""),
        ("XDG_CONFIG_HOME".into(), config_home(directory.as_path()).into()),
    ];
    if environment.home().is_none() {
        variables.push(("HOME".into(), directory.as_path().into()));
    }
    Err(erl.exec(variables, &[COOKIE_VARIABLE]).into())
}

/// Parses here, so that a syntax error is told by this `erl`, and evaluates there. What the expression writes to
/// standard output comes here.
const EVALUATE: &str = r#"
    [Node, Text] = [unicode:characters_to_list(list_to_binary(T)) || T <- init:get_plain_arguments()],
    Fail = fun(Format, Arguments) ->
        io:format(standard_error, "beam-mtls: " ++ Format ++ "~n", Arguments), halt(1)
    end,
    Expressions = case erl_scan:string(string:trim(Text, trailing, ". \n\t") ++ ".") of
        {ok, Tokens, _} -> case erl_parse:parse_exprs(Tokens) of
            {ok, Parsed} -> Parsed;
            {error, {_, M, E}} -> Fail("EXPR: ~ts", [M:format_error(E)])
        end;
        {error, {_, M, E}, _} -> Fail("EXPR: ~ts", [M:format_error(E)])
    end,
    Target = list_to_atom(Node),
    case net_kernel:hidden_connect_node(Target) of
        true -> ok;
        _ -> Fail("~ts cannot be reached; its log tells why it refused, `beam-mtls doctor` what is wrong", [Node])
    end,
    try erpc:call(Target, erl_eval, exprs, [Expressions, []]) of
        {value, Value, _} -> io:setopts([{encoding, unicode}]), io:format("~tp~n", [Value]), init:stop()
    catch
        Class:{Kind, Reason, _} when Class =:= error, Kind =:= exception -> Fail("~ts raised ~tp", [Node, Reason]);
        Class:Reason -> Fail("~ts: ~tp", [Class, Reason])
    end.
"#;
