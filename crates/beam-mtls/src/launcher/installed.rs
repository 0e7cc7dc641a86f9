//! Programs of an installed OTP or Elixir, recognized by their directory and their names.

use std::path::Path;

use super::{Action, Kind};

/// Whose program a file is.
pub(super) fn recognize(file: &Path) -> Option<Kind> {
    let (directory, name) = (file.parent()?, file.file_name()?.to_str()?);
    let is_otp = directory.join("start_clean.boot").exists() || directory.join("erlexec").exists();
    if is_otp && name == "erl" {
        return Some(Kind::Erl);
    }
    let is_elixir = directory.join("../lib/elixir/ebin/elixir.app").exists();
    (is_elixir && matches!(name, "elixir" | "iex" | "mix")).then_some(Kind::Elixir)
}

/// What it does with these arguments.
pub(super) fn action(words: &[String]) -> Action {
    // What follows belongs to the application.
    let mut words = words.iter().take_while(|word| !matches!(word.as_str(), "-extra" | "--"));
    let is_console = words.any(|word| matches!(word.as_str(), "-remsh" | "--remsh" | "--rpc-eval"));
    if is_console { Action::Attach } else { Action::Start }
}
