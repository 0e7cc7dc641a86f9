//! Which OTP a command is going to run, as far as files show: the directory `erts-VERSION` is at the root of every
//! release and of every installed OTP.

use std::fs;
use std::path::Path;

use crate::command::Command;

/// Whether the command runs an OTP that looks for an address among the DNS names of a certificate only
/// (`public_key:pkix_verify_hostname/3`): OTP 25 does, 27 is the first one seen not to. False if no OTP is found.
pub fn wants_addresses_as_dns_names(
    release: Option<&Path>,
    command: &Command,
    erl: Option<&Command>,
) -> bool {
    // What the command wraps, as in `tini -- erl`, is among its arguments; else it finds the `erl` in PATH.
    let arguments = command.arguments().iter().map(Path::new);
    let files =
        release.into_iter().chain([command.program()]).chain(arguments).chain(erl.map(Command::program));
    files.into_iter().find_map(erts).is_some_and(|erts| erts < ERTS_OF_OTP_27)
}

/// The major version of the ERTS that a file belongs to, found in the directories above the file.
fn erts(file: &Path) -> Option<u32> {
    let file = file.canonicalize().ok()?;
    file.ancestors().skip(1).find_map(|directory| {
        let names = fs::read_dir(directory).ok()?.flatten().map(|entry| entry.file_name());
        // An upgrade in place leaves several, and a name too many does no harm.
        names.filter_map(|name| version(name.to_str()?)).min()
    })
}

fn version(name: &str) -> Option<u32> {
    name.strip_prefix("erts-")?.split('.').next()?.parse().ok()
}

const ERTS_OF_OTP_27: u32 = 15;

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::PathBuf;

    use tempfile::TempDir;

    use super::*;

    /// A release or an installed OTP at `root`, with the executable `bin/NAME`.
    fn install(root: &Path, erts: &[&str], name: &str) -> PathBuf {
        for version in erts {
            fs::create_dir_all(root.join(format!("erts-{version}/bin"))).expect("a directory");
        }
        fs::create_dir_all(root.join("bin")).expect("a directory");
        let program = root.join("bin").join(name);
        fs::write(&program, "").expect("a file");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a mode");
        program
    }

    fn command(words: &[&Path]) -> Command {
        let mut words = words.iter().map(|word| word.as_os_str().to_owned());
        let program = words.next().expect("a program");
        Command::find(program, words.collect(), None).expect("a command")
    }

    fn directory() -> TempDir {
        tempfile::tempdir().expect("a directory")
    }

    #[test]
    fn a_release_tells_by_its_own_erts() {
        for (erts, wants) in [
            (&["13.2.2.5"][..], true),
            (&["14.0"], true),
            (&["15.2"], false),
            (&["17.0"], false),
            (&["15.2", "13.1"], true),
            (&["x", "-13"], false),
            (&[], false),
        ] {
            let root = directory();
            let app = install(root.path(), erts, "app");
            assert_eq!(wants_addresses_as_dns_names(None, &command(&[&app]), None), wants, "{erts:?}");
        }
    }

    #[test]
    fn links_and_wrappers_lead_to_it() {
        let root = directory();
        let app = install(&root.path().join("app"), &["13.1"], "app");
        let wrapper = install(&root.path().join("usr"), &[], "tini");
        let link = root.path().join("usr/bin/erl");
        symlink(&app, &link).expect("a link");
        for words in [&[&*link][..], &[&wrapper, Path::new("--"), &app, Path::new("start")]] {
            assert!(wants_addresses_as_dns_names(None, &command(words), None), "{words:?}");
        }
        assert!(!wants_addresses_as_dns_names(None, &command(&[&wrapper]), None));
    }

    #[test]
    fn the_release_that_a_script_elsewhere_starts_comes_first() {
        let root = directory();
        let app = install(&root.path().join("app"), &["13.1"], "app");
        let script = command(&[&install(&root.path().join("new"), &["15.2"], "start.sh")]);
        assert!(wants_addresses_as_dns_names(Some(&app), &script, None));
        assert!(!wants_addresses_as_dns_names(None, &script, None));
    }

    #[test]
    fn without_an_erts_of_its_own_the_command_takes_the_erl_in_path() {
        let root = directory();
        let app = install(&root.path().join("app"), &[], "app");
        let old = command(&[&install(&root.path().join("old"), &["13.1"], "erl")]);
        assert!(wants_addresses_as_dns_names(None, &command(&[&app]), Some(&old)));
        let own = install(&root.path().join("own"), &["15.2"], "app");
        assert!(!wants_addresses_as_dns_names(None, &command(&[&own]), Some(&old)));
    }
}
