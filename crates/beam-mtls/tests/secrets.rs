//! Secrets are in no log, however much of it is asked for: not the cookie, not the key.

use std::fs;
use std::process::Command;

#[test]
fn the_log_holds_neither_cookie_nor_key() {
    let root = tempfile::tempdir().expect("a directory");
    for (flags, is_started) in [("+P 1", true), ("-setcookie the-cookie -ssl_dist_opt the-cookie", false)] {
        let run = Command::new(env!("CARGO_BIN_EXE_beam-mtls"))
            .env_clear()
            .env("HOME", root.path())
            .env("PATH", "/usr/bin:/bin")
            .env("BEAM_MTLS_COOKIE", "the-cookie")
            .env("ERL_AFLAGS", flags)
            // It is not read. A setting for the level of the log has to be added here.
            .env("RUST_LOG", "trace")
            .args(["run", "--source=local", "--name=app@10.0.0.1", "--directory"])
            .arg(root.path().join("certificate"))
            .arg("--config-directory")
            .arg(root.path().join("config"))
            .args(["--", "sh", "-c", "export ERL_FLAGS='-setcookie the-cookie'; exec true"])
            .output()
            .expect("beam-mtls runs");
        let log = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.success(), is_started, "{log}");
        assert!(log.contains("-setcookie ..."), "{log}");
        assert!(!log.contains("the-cookie"), "{log}");
        let key = fs::read_to_string(root.path().join("certificate/tls.key")).expect("a key");
        for line in key.lines() {
            assert!(!log.contains(line), "{log}");
        }
    }
}
