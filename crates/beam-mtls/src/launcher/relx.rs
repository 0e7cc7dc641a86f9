//! The commands of relx's start scripts (rebar3 3.19 to 3.28).

use super::{Action, Error};

/// What a command does. The script that is not extended knows no commands: it passes its arguments to `erl`.
pub(super) fn action(word: &str, is_extended: bool) -> Result<Action, Error> {
    match word {
        _ if !is_extended => Ok(Action::Start),
        "foreground" | "console" | "console_clean" | "console_boot" => Ok(Action::Start),
        "start" | "daemon" | "daemon_boot" => {
            Err(Error::Background { word: word.to_owned(), instead: "foreground" })
        }
        "" | "escript" | "help" => Ok(Action::Offline),
        // rpc, eval, ping, stop and whatever an extension adds: all of them ask the node.
        _ => Ok(Action::Attach),
    }
}
