//! The args file of a release, which is kept except for flags that beam-mtls sets itself: its node name, its cookie and
//! its ports are overridden. A flag that chooses the carrier or its TLS options is an error instead: its author wanted
//! something that we cannot give.

use std::path::Path;

use podcert_cli::settings::Problem;

use super::owned::{FLAGS, KERNEL_PARAMETERS, conflicts_of, ignored_of};
use super::{Error, expand::expand, tokens};

/// The flags that a release sets itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ReleaseFlags {
    /// Its flags, one on each line, as an args file has them.
    pub lines: Vec<String>,
    /// Its node's name, which gives way.
    pub name: Option<String>,
    /// Flags that give way, without the values.
    pub replaced: Vec<String>,
    /// Flags that have no effect, although their author expects one, and what to do.
    pub ignored: Vec<Problem>,
    /// Variables that it sets for the BEAM.
    pub variables: Vec<String>,
}

/// Reads `text`, the args file at `path`, and what it includes, by paths that begin in `directory`; `ours` is the file
/// that takes its place.
pub fn read(path: &Path, text: &str, directory: &Path, ours: &Path) -> Result<ReleaseFlags, Error> {
    let origin = path.display().to_string();
    let words = tokens::of_args_file(text).ok_or_else(|| Error::OpenQuote(origin.clone()))?;
    let flags = expand(words, &origin, directory)?;
    let mut own = ReleaseFlags::default();
    let mut conflicts = Vec::new();
    for (token, values) in flags.grouped() {
        let flag = token.text.as_str();
        own.ignored.extend(ignored_of(token, &values));
        if flag == "-env" {
            own.variables.extend(values.first().map(|name| (*name).to_owned()));
        }
        if GIVE_WAY.contains(&flag) {
            if matches!(flag, "-name" | "-sname") {
                own.name = own.name.or_else(|| values.first().map(|name| (*name).to_owned()));
            }
            own.replaced.push(flag.to_owned());
        } else if FLAGS.contains(&flag) {
            conflicts.extend(conflicts_of(token, &values, ours));
        } else if flag == "-env" && values.first().is_some_and(|name| LEADS_TO_COOKIE.contains(name)) {
            own.replaced.push(format!("-env {}", values[0]));
        } else if flag == "-kernel" {
            own.lines.extend(kernel(&values, &mut own.replaced));
        } else {
            own.lines.push(line(flag, &values));
        }
    }
    if !flags.extra.is_empty() {
        own.lines.push(line("-extra", &flags.extra.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    if conflicts.is_empty() { Ok(own) } else { Err(Error::Conflicts(conflicts)) }
}

const GIVE_WAY: [&str; 5] = ["-erl_epmd_port", "-name", "-setcookie", "-sname", "-start_epmd"];

/// Variables by which Erlang would find a different cookie.
const LEADS_TO_COOKIE: [&str; 2] = ["HOME", "XDG_CONFIG_HOME"];

/// The parameters that are not ours.
fn kernel(values: &[&str], replaced: &mut Vec<String>) -> Option<String> {
    let mut kept = Vec::new();
    for pair in values.chunks(2) {
        if KERNEL_PARAMETERS.contains(&pair[0]) {
            replaced.push(format!("-kernel {}", pair[0]));
        } else {
            kept.extend_from_slice(pair);
        }
    }
    (!kept.is_empty()).then(|| line("-kernel", &kept))
}

fn line(flag: &str, values: &[&str]) -> String {
    let words = [&[flag], values].concat();
    words.into_iter().map(tokens::quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(text: &str) -> Result<ReleaseFlags, Error> {
        read(Path::new("/app/releases/1/vm.args"), text, Path::new(""), Path::new("/run/beam-mtls/vm.args"))
    }

    #[test]
    fn what_is_not_ours_stays_word_for_word() {
        let own = flags("+P 5000000 # many\n-env ERL_MAX_PORTS 4096\n-heart\n-a \"b c\" 'd\"e' \"\" f#g\n");
        assert_eq!(
            own.expect("flags").lines,
            ["+P 5000000", "-env ERL_MAX_PORTS 4096", "-heart", r#"-a "b c" "d"'"'"e" "" f"#]
        );
    }

    #[test]
    fn name_cookie_and_ports_give_way() {
        let own = flags(
            "-sname shop\n-setcookie topsecret\n-kernel inet_dist_listen_min 1 net_ticktime 9\n-env HOME /x\n",
        );
        let own = own.expect("flags");
        assert_eq!(own.lines, ["-kernel net_ticktime 9"]);
        assert_eq!(own.name.as_deref(), Some("shop"));
        assert_eq!(own.replaced, ["-sname", "-setcookie", "-kernel inet_dist_listen_min", "-env HOME"]);
    }

    #[test]
    fn a_carrier_of_its_own_is_an_error() {
        for text in ["-proto_dist inet_tcp", "-ssl_dist_optfile /etc/ssl.conf", "-no_epmd", "-epmd_module m"]
        {
            let error = flags(text).expect_err(text).to_string();
            assert!(error.contains("/app/releases/1/vm.args"), "{error}");
        }
    }

    #[test]
    fn a_flag_without_effect_is_reported_and_kept() {
        let own = flags("-kernel proto_dist inet_tls -env ERL_CRASH_DUMP x").expect("flags");
        assert_eq!(own.lines, ["-kernel proto_dist inet_tls", "-env ERL_CRASH_DUMP x"]);
        assert!(
            own.ignored[0].found.contains("-kernel proto_dist in /app/releases/1/vm.args"),
            "{:?}",
            own.ignored
        );
        assert_eq!(own.variables, ["ERL_CRASH_DUMP"]);
    }

    #[test]
    fn what_is_behind_extra_is_for_the_application() {
        let own = flags("+S 2 -extra -name mine -proto_dist x").expect("flags");
        assert_eq!(own.lines, ["+S 2", "-extra -name mine -proto_dist x"]);
    }

    #[test]
    fn included_files_are_read_through_in_their_place() {
        let directory = tempfile::tempdir().expect("a directory");
        let inner = directory.path().join("inner.args");
        std::fs::write(&inner, "-sname inner\n+S 4\n-extra one").expect("written");
        let text = format!("+P 9\n-args_file {}\n+S 2 -extra two", inner.display());
        let own = flags(&text).expect("flags");
        // Of several +S the last one counts.
        assert_eq!(own.lines, ["+P 9", "+S 4", "+S 2", "-extra one two"]);
        assert_eq!(own.name.as_deref(), Some("inner"));
    }
}
