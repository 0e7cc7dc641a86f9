//! What people see, whole: help, and a run of `podcert check`. After a change that is meant, write the files in
//! `snapshots` again, and read the difference:
//!
//! ```text
//! INSTA_UPDATE=always cargo test --package podcert-cli --test it golden
//! ```

use std::path::Path;

use insta::{Settings, assert_snapshot};
use tempfile::TempDir;

use crate::support::{podcert, stdout};

#[test]
fn help_and_version() {
    let home = home();
    for (name, arguments) in [
        ("podcert --version", &["--version"][..]),
        ("podcert --help", &["--help"]),
        ("podcert obtain --help", &["obtain", "--help"]),
        ("podcert renew --help", &["renew", "--help"]),
        ("podcert check --help", &["check", "--help"]),
    ] {
        assert_output(name, home.path(), arguments);
    }
}

#[test]
fn a_whole_check() {
    let home = home();
    let directory = format!("--directory={}", home.path().join("run").display());
    let settings = ["--source=local", "--dns-names=a.example", &directory];
    assert!(podcert(home.path(), &[&["obtain"], &settings[..]].concat(), &[]).status.success());
    assert_output("podcert check", home.path(), &[&["check"], &settings[..]].concat());
    assert_output("podcert check --json", home.path(), &[&["check", "--json"], &settings[..]].concat());
    let wrong = ["--source=local", "--dns-names=b.example", "--duration=5x", &directory];
    assert_output("podcert check with problems", home.path(), &[&["check"], &wrong[..]].concat());
}

/// A directory whose path is always equally long, since lines are broken by their length.
fn home() -> TempDir {
    tempfile::Builder::new().prefix("podcert-").rand_bytes(6).tempdir_in("/tmp").unwrap()
}

/// Compares what is printed with the file, but for what differs each time. Paths and times keep
/// their lengths.
#[track_caller]
fn assert_output(name: &str, home: &Path, arguments: &[&str]) {
    let output = podcert(home, arguments, &[]);
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.add_filter(r" \([0-9a-f]{7,40}\)", "");
    settings.add_filter(r"/tmp/podcert-\w{6}", "/tmp/podcert-RANDOM");
    settings.add_filter(r"\d{4}-\d\d-\d\d \d\d:\d\dZ", "YYYY-MM-DD hh:mmZ");
    settings.add_filter(r"in \d+(\s+(?:hours|days))", "in NN$1");
    settings.add_filter(r"of user \d+ and group \d+", "of user N and group N");
    settings.add_filter(r"local CA [0-9a-f]{8}", "local CA xxxxxxxx");
    settings.add_filter(r"[0-9a-f]{32}", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    settings.bind(|| assert_snapshot!(name.replace(" --", "-").replace(' ', "-"), stdout(&output)));
}
