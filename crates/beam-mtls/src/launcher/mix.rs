//! The commands of a mix release (Elixir's `mix release`, 1.14 to 1.20).

use super::{Action, Error};

/// What a command does. One that is not known is taken for a start: for that nothing is missing.
pub(super) fn action(word: &str) -> Result<Action, Error> {
    match word {
        "daemon" => Err(Error::Background { word: word.to_owned(), instead: "start" }),
        "daemon_iex" => Err(Error::Background { word: word.to_owned(), instead: "start_iex" }),
        "remote" | "rpc" | "restart" | "stop" | "pid" => Ok(Action::Attach),
        // eval boots nothing.
        "eval" | "version" => Ok(Action::Offline),
        _ => Ok(Action::Start),
    }
}
