//! The flags that the BEAM gets already, and whether they fit those that we are going to add.
//!
//! A flag of the distribution that is given twice is not harmless: with two `-proto_dist` OTP 25 falls back to plain
//! TCP, 27 and 29 take the first; two `-ssl_dist_optfile` end the boot; of two
//! `-setcookie` or `-erl_epmd_port` none counts. So every place is read first, and a flag that is ours to
//! set is an error that names both places.

mod expand;
mod grouped;
mod owned;
pub mod release_flags;
mod tokens;

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

pub use grouped::{grouped, of_args_file};
use podcert::diagnose;
use podcert::diagnose::explain;
use podcert_cli::settings::Problem;

use expand::expand;
use owned::{conflicts_of, ignored_of};

/// Whether `erl` (or a starter of Elixir's) takes flags from a variable of this name. `ERL_OTP<release>_FLAGS`
/// is one of them.
pub fn is_variable(name: &str) -> bool {
    let release = name.strip_prefix("ERL_OTP").and_then(|rest| rest.strip_suffix("_FLAGS"));
    matches!(name, "ERL_AFLAGS" | "ERL_FLAGS" | "ERL_ZFLAGS" | "ELIXIR_ERL_OPTIONS")
        || release.is_some_and(|release| !release.is_empty() && release.bytes().all(|b| b.is_ascii_digit()))
}

/// The flags that are set in one place, and those of the args files that it names.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    tokens: Vec<Token>,
    /// Words for the application.
    extra: Vec<String>,
}

/// A flag or one of its values, and where it was found.
#[derive(Clone, Debug)]
struct Token {
    text: String,
    origin: String,
}

/// Flags that beam-mtls sets itself, but that are already set elsewhere.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// An args file that cannot be read.
    #[error(
        "the args file {}, named in {origin}, cannot be read",
        path.display()
    )]
    ArgsFile {
        /// The file.
        path: PathBuf,
        /// Where it is named.
        origin: String,
        /// The cause.
        source: io::Error,
    },
    /// Args files that name each other.
    #[error(
        "the args file {}, named in {origin}, is nested too deep",
        path.display()
    )]
    Nested {
        /// The file.
        path: PathBuf,
        /// Where it is named.
        origin: String,
    },
    /// A quote that is never closed.
    #[error("{0} contains an unclosed quote, which would swallow the flags after it")]
    OpenQuote(String),
    /// One or several flags, a line each.
    #[error("{}", lines(.0))]
    Conflicts(Vec<Problem>),
}

diagnose!(Error {
    Self::ArgsFile { .. } => Settings("correct the path there, or let this user read it"),
    Self::Nested { .. } => Settings("remove the -args_file that leads back to it, or put its flags there"),
    Self::OpenQuote(_) => Settings("close it"),
    Self::Conflicts(_) => Settings(),
});

impl Flags {
    /// The flags of a variable.
    pub fn of_variable(name: &str, text: &str) -> Result<Self, Error> {
        let tokens = tokens::of_variable(text).ok_or_else(|| Error::OpenQuote(name.to_owned()))?;
        expand(tokens, name, Path::new(""))
    }

    /// The arguments of the command.
    pub fn of_command(arguments: &[OsString]) -> Result<Self, Error> {
        let tokens = arguments.iter().map(|argument| argument.to_string_lossy().into_owned()).collect();
        expand(tokens, COMMAND, Path::new(""))
    }

    /// The arguments of one of Elixir's starters, which has different names for some flags.
    pub fn of_elixir(arguments: &[OsString]) -> Result<Self, Error> {
        let mut tokens = Vec::new();
        let mut arguments = arguments.iter().map(|argument| argument.to_string_lossy().into_owned());
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--name" | "--sname" => tokens.push(argument[1..].to_owned()),
                "--cookie" => tokens.push("-setcookie".to_owned()),
                "--vm-args" => tokens.push("-args_file".to_owned()),
                "--erl" => {
                    let flags = arguments.next().unwrap_or_default();
                    let origin = || Error::OpenQuote(format!("--erl of {COMMAND}"));
                    tokens.extend(tokens::of_variable(&flags).ok_or_else(origin)?);
                }
                // What follows belongs to the application.
                "--" => break,
                _ => tokens.push(argument),
            }
        }
        expand(tokens, COMMAND, Path::new(""))
    }

    /// The flags that are set in `ours` as well, with their values and what is wrong with that.
    pub fn conflicts(&self, ours: &Path) -> Vec<(&str, Vec<&str>, Problem)> {
        let conflicts = self.grouped().into_iter().map(|(flag, values)| {
            let problems = conflicts_of(flag, &values, ours).into_iter();
            problems.map(move |problem| (flag.text.as_str(), values.clone(), problem)).collect::<Vec<_>>()
        });
        conflicts.flatten().collect()
    }

    /// What in them has no effect, although their author expects one.
    pub fn ignored(&self) -> Vec<Problem> {
        self.grouped().into_iter().flat_map(|(flag, values)| ignored_of(flag, &values)).collect()
    }

    /// The variables that they set for the BEAM.
    pub fn variables(&self) -> Vec<&str> {
        let of_env = self.grouped().into_iter().filter(|(flag, _)| flag.text == "-env");
        of_env.filter_map(|(_, values)| values.first().copied()).collect()
    }

    /// Each flag with its values.
    fn grouped(&self) -> Vec<(&Token, Vec<&str>)> {
        grouped(&self.tokens)
    }
}

impl AsRef<str> for Token {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

/// Each problem has its own remedy.
fn lines(problems: &[Problem]) -> String {
    problems.iter().map(explain).collect::<Vec<_>>().join("\n")
}

const COMMAND: &str = "the command";

/// Refuses flags that are set in `ours`, a file of ours.
pub fn check(found: &[Flags], ours: &Path) -> Result<(), Error> {
    let conflicts = found.iter().flat_map(|flags| flags.conflicts(ours));
    let conflicts: Vec<Problem> = conflicts.map(|(_, _, problem)| problem).collect();
    if conflicts.is_empty() { Ok(()) } else { Err(Error::Conflicts(conflicts)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conflict(variable: &str, text: &str) -> String {
        let flags = Flags::of_variable(variable, text).expect("readable flags");
        match check(&[flags], Path::new("/run/beam-mtls/vm.args")) {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn what_is_not_ours_may_stay() {
        assert_eq!(
            conflict("ERL_FLAGS", "+S 2 -kernel net_ticktime 10 -hidden -mode embedded -connect_all false"),
            ""
        );
        assert_eq!(conflict("ERL_FLAGS", "+S 2 -extra -name mine -args_file /no/such"), "");
    }

    #[test]
    fn two_dashes_end_values_and_hide_nothing() {
        assert!(conflict("ERL_FLAGS", "-a b -- -setcookie evil").contains("-setcookie ..."));
    }

    #[test]
    fn an_open_quote_is_an_error() {
        assert!(matches!(Flags::of_variable("ERL_FLAGS", "-foo \"bar"), Err(Error::OpenQuote(_))));
    }

    #[test]
    fn every_variable_that_erl_reads_is_known() {
        for name in ["ERL_AFLAGS", "ERL_FLAGS", "ERL_ZFLAGS", "ELIXIR_ERL_OPTIONS", "ERL_OTP27_FLAGS"] {
            assert!(is_variable(name), "{name}");
        }
        for name in ["ERL_LIBS", "ERL_OTP_FLAGS", "ERL_OTPX_FLAGS"] {
            assert!(!is_variable(name), "{name}");
        }
    }

    #[test]
    fn both_places_are_named() {
        assert_eq!(
            conflict("ERL_AFLAGS", "-proto_dist inet_tcp"),
            "-proto_dist inet_tcp in ERL_AFLAGS conflicts with /run/beam-mtls/vm.args; remove it there: the \
                distribution \
             runs over TLS, and over IPv6 if --listen or --host is an IPv6 address"
        );
        assert_eq!(
            conflict("ELIXIR_ERL_OPTIONS", "+K true -name a@b.c"),
            "-name a@b.c in ELIXIR_ERL_OPTIONS conflicts with /run/beam-mtls/vm.args; remove it there: --name sets it"
        );
    }

    #[test]
    fn every_flag_of_ours_is_a_conflict_and_all_are_reported_at_once() {
        for flag in owned::FLAGS {
            assert!(conflict("ERL_ZFLAGS", &format!("{flag} x")).contains(flag));
        }
        assert_eq!(conflict("ERL_FLAGS", "-sname a -start_epmd true").lines().count(), 2);
    }

    #[test]
    fn a_cookie_is_never_shown() {
        let text = conflict("ERL_FLAGS", "-setcookie topsecret");
        assert!(text.starts_with("-setcookie ... in ERL_FLAGS") && !text.contains("topsecret"), "{text}");
    }

    #[test]
    fn kernel_parameters_that_we_set_are_a_conflict() {
        assert!(
            conflict("ERL_FLAGS", "-kernel net_ticktime 10 inet_dist_use_interface {0,0,0,0}")
                .contains("--listen")
        );
        assert_eq!(conflict("ERL_FLAGS", "-myapp inet_dist_use_interface x"), "");
    }

    #[test]
    fn a_request_for_kernel_tls_is_refused_with_the_reason() {
        assert!(conflict("ERL_FLAGS", "-ssl_dist_opt client_ktls true").contains("kernel TLS"));
    }

    #[test]
    fn a_vertical_tab_ends_a_word() {
        assert!(conflict("ERL_FLAGS", "-a\u{b}-proto_dist inet_tcp").contains("-proto_dist inet_tcp"));
    }

    #[test]
    fn a_flag_whose_values_are_in_a_different_file_is_found() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), "inet_dist_use_interface {0,0,0,0}").expect("written");
        let text = conflict("ERL_FLAGS", &format!("-kernel -args_file {}", file.path().display()));
        assert!(text.contains("-kernel inet_dist_use_interface in"), "{text}");
    }

    #[test]
    fn args_files_are_read_through() {
        let directory = tempfile::tempdir().expect("a directory");
        let inner = directory.path().join("inner");
        let outer = directory.path().join("outer");
        std::fs::write(&inner, "# -name commented@out.b\n-proto_dist\n inet6_tcp\n").expect("written");
        std::fs::write(&outer, format!("-args_file {}", inner.display())).expect("written");
        let text = conflict("ERL_FLAGS", &format!("-args_file {}", outer.display()));
        assert!(text.contains("-proto_dist inet6_tcp") && text.contains("inner"), "{text}");
        assert!(!text.contains("-name"), "{text}");
    }
}
