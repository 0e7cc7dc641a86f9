//! The commands of relx's start scripts (rebar3 3.19 to 3.28).

pub(super) mod substitution;
pub(super) mod variables;

use super::{Action, Error};

/// What a command does. One that is not known, as of an extension, is taken for a start: for that nothing is missing.
/// The script that is not extended knows no commands: it passes its arguments to `erl`.
pub(super) fn action(word: &str, is_extended: bool) -> Result<Action, Error> {
    match word {
        _ if !is_extended => Ok(Action::Start),
        "start" | "daemon" | "daemon_boot" => {
            Err(Error::Background { word: word.to_owned(), instead: "foreground" })
        }
        "remote_console" | "remote" | "remsh" | "rpc" | "eval" | "ping" | "pid" | "stop" | "restart"
        | "reboot" | "status" | "attach" | "daemon_attach" | "upgrade" | "downgrade" | "install"
        | "uninstall" | "unpack" | "versions" => Ok(Action::Attach),
        "escript" | "help" => Ok(Action::Offline),
        _ => Ok(Action::Start),
    }
}
