//! `beam-mtls run --supervise` with real processes: exit codes, signals, what the command inherits,
//! orphans, the terminal.

mod exits;
mod idle;
mod inherited;
mod orphans;
mod pid_1;
mod release;
mod renewal;
mod signals;
mod supervised;
mod terminal;
