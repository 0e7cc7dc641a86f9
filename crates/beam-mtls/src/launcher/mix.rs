//! The commands of a mix release (Elixir's `mix release`, 1.14 to 1.20).

use super::{Action, Error};

/// What a command does.
pub(super) fn action(word: &str) -> Result<Action, Error> {
    match word {
        "start" | "start_iex" => Ok(Action::Start),
        "daemon" => Err(Error::Background { word: word.to_owned(), instead: "start" }),
        "daemon_iex" => Err(Error::Background { word: word.to_owned(), instead: "start_iex" }),
        "remote" | "rpc" | "restart" | "stop" | "pid" => Ok(Action::Attach),
        // eval boots nothing; version and help only print.
        _ => Ok(Action::Offline),
    }
}
