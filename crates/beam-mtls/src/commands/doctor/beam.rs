//! The BEAMs that run here, according to `/proc`.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use podcert_cli::process_user::ProcessUser;

use crate::artifacts::render::SSL_DIST;
use crate::distribution::node_name::NodeName;
use crate::flags::grouped;
use crate::support::plain_path::PlainPath;

/// A running BEAM.
#[derive(Debug)]
pub(super) struct Beam {
    pub(super) pid: u32,
    /// Whose rights it has.
    pub(super) user: Option<ProcessUser>,
    /// Its flags with their values, those of variables and args files among them.
    flags: Vec<(String, Vec<String>)>,
}

/// All that can be seen.
pub(super) fn running() -> Vec<Beam> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let mut beams: Vec<Beam> = pids.filter_map(Beam::of_process).collect();
    beams.sort_by_key(|beam| beam.pid);
    beams
}

impl Beam {
    fn of_process(pid: u32) -> Option<Self> {
        let process = Path::new("/proc").join(pid.to_string());
        let flags = flags_of(&fs::read(process.join("cmdline")).ok()?)?;
        if is_in_container(&fs::read_to_string(process.join("status")).ok()?) {
            return None;
        }
        Some(Self { pid, user: ProcessUser::of_process(pid), flags })
    }

    /// The values of each occurrence of a flag.
    pub(super) fn values(&self, flag: &str) -> Vec<&[String]> {
        self.flags.iter().filter(|(name, _)| name == flag).map(|(_, values)| values.as_slice()).collect()
    }

    /// The first value of the first occurrence.
    pub(super) fn value(&self, flag: &str) -> Option<&str> {
        self.values(flag).first()?.first().map(String::as_str)
    }

    /// Its user's home, where it looks for a cookie.
    pub(super) fn home(&self) -> Option<PathBuf> {
        self.value("-home").map(PathBuf::from)
    }

    /// Whether it is the node that was started with the files in a directory, and no console of it.
    pub(super) fn is_node_of(&self, directory: &PlainPath) -> bool {
        let option_file = format!("{directory}/{SSL_DIST}");
        let has_it = |values: &[String]| values.first() == Some(&option_file);
        self.values("-ssl_dist_optfile").into_iter().any(has_it)
            && self.value("-dist_listen") != Some("false")
            && self.sees(Path::new(&option_file))
    }

    /// Whether a path leads it to the file that we see there. Where we may not follow, it is taken to.
    fn sees(&self, path: &Path) -> bool {
        let theirs = format!("/proc/{}/root{}", self.pid, path.display());
        match (fs::metadata(theirs), fs::metadata(path)) {
            (Ok(theirs), Ok(ours)) => (theirs.dev(), theirs.ino()) == (ours.dev(), ours.ino()),
            (Ok(_), Err(_)) => false,
            (Err(_), _) => true,
        }
    }

    /// Whether it is a node that has our name or our host.
    pub(super) fn bypasses_as(&self, name: &NodeName) -> bool {
        let (base, host) = (name.base().to_string(), name.host().to_string());
        let claims = |own: &str| own.split_once('@').is_some_and(|(_, own)| own == host);
        self.value("-name").is_some_and(claims)
            || self.value("-sname").is_some_and(|own| own.split('@').next() == Some(&base))
    }
}

/// The flags of a command line from `/proc`; none if it is not that of a BEAM. Scripts may call it anything, but
/// `erlexec` always passes its directories and the name of the program that started it.
fn flags_of(command_line: &[u8]) -> Option<Vec<(String, Vec<String>)>> {
    let words = command_line.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned());
    let words: Vec<String> = words.take_while(|word| word != "-extra").collect();
    if !["-root", "-bindir", "-progname"].iter().all(|flag| words.iter().any(|word| word == flag)) {
        return None;
    }
    let owned = |(flag, values): (&String, Vec<&str>)| {
        (flag.clone(), values.into_iter().filter(|value| !value.is_empty()).map(str::to_owned).collect())
    };
    Some(grouped(&words).into_iter().map(owned).collect())
}

/// Whether a process has a different number in a namespace below ours (`/proc/PID/status`): then it is in a container,
/// and its paths mean nothing here.
fn is_in_container(status: &str) -> bool {
    let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
    numbers.is_some_and(|numbers| numbers.split_ascii_whitespace().count() > 1)
}

#[cfg(test)]
impl Beam {
    /// One with this command line, its words separated by spaces.
    pub(super) fn with_command_line(text: &str) -> Self {
        let text =
            format!("beam.smp -- -root /usr/lib/erlang -bindir /x -progname erl -- -home /root -- {text}");
        let flags = flags_of(text.replace(' ', "\0").as_bytes()).expect("a BEAM");
        Self { pid: u32::MAX, user: None, flags }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NODE: &str = "-name app@10.0.0.7 -proto_dist inet_tls -ssl_dist_optfile /run/beam-mtls/ssl_dist.conf \
                        -start_epmd false -erl_epmd_port 9100 -extra -name evil@x.y";

    #[test]
    fn a_node_is_known_by_its_option_file() {
        let directory: PlainPath = "/run/beam-mtls".parse().expect("a path");
        let beam = Beam::with_command_line(NODE);
        assert!(beam.is_node_of(&directory));
        assert!(!beam.is_node_of(&"/run/other".parse().expect("a path")));
        assert_eq!(beam.values("-name"), [["app@10.0.0.7"]]);
        assert_eq!(beam.value("-erl_epmd_port"), Some("9100"));
        assert_eq!(beam.home(), Some("/root".into()));
        let console = NODE.replace("-extra", "-dist_listen false -extra");
        assert!(!Beam::with_command_line(&console).is_node_of(&directory));
    }

    #[test]
    fn one_that_claims_our_host_without_our_files_bypasses_us() {
        let name: NodeName = "app@10.0.0.7".parse().expect("a name");
        for (flags, expected) in [
            ("-name other@10.0.0.7", true),
            ("-sname app", true),
            ("-sname other", false),
            ("-name app@10.0.0.8", false),
            ("-noinput", false),
        ] {
            let beam = Beam::with_command_line(flags);
            assert_eq!(beam.bypasses_as(&name), expected, "{flags}");
        }
    }

    #[test]
    fn a_process_in_a_container_has_several_numbers() {
        assert!(is_in_container("Name:\tbeam.smp\nNSpid:\t4711\t1\n"));
        assert!(!is_in_container("Name:\tbeam.smp\nNSpid:\t4711\n") && !is_in_container(""));
    }

    #[test]
    fn other_programs_are_not_beams() {
        for command_line in
            ["/usr/bin/erl\0-name\0app@10.0.0.7\0", "sh\0-c\0erl -root -bindir -progname\0", ""]
        {
            assert!(flags_of(command_line.as_bytes()).is_none(), "{command_line}");
        }
    }
}
