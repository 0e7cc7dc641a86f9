//! What all flags of our commands have in common, in one place.

use clap::{Arg, Command};

/// Completes a command and its subcommands: values of variables are not shown in help, since they may be anybody's, and
/// a flag whose value is `true|false` means `true` when it is given alone.
pub fn finish(command: Command) -> Command {
    command.mut_args(finish_argument).mut_subcommands(finish)
}

/// Takes a flag out of the help of a command that reads it only because its variable may be set for other commands:
/// `--renew` means nothing to one that changes nothing.
pub fn hidden(argument: Arg) -> Arg {
    argument.hide(true)
}

fn finish_argument(argument: Arg) -> Arg {
    let is_switch =
        argument.get_value_names().is_some_and(|names| names.iter().any(|name| name.as_str() == SWITCH));
    let argument = argument.hide_env_values(true);
    if !is_switch {
        return argument;
    }
    argument
        .required(false)
        .num_args(0..=1)
        .require_equals(true)
        // clap's derive cannot know that there is a default.
        .required(false)
        .default_value("false")
        .default_missing_value("true")
        .hide_default_value(true)
}

/// What a switch's value is called in help.
pub const SWITCH: &str = "true|false";
