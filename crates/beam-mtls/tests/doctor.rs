//! `beam-mtls doctor` on mistakes that need no BEAM: each is found and reported.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use jiff::Timestamp;
use podcert_testkit::{LeafBuilder, TestCa};
use serde_json::Value;
use tempfile::TempDir;

/// A pod in which a certificate is published.
struct Pod(TempDir);

impl Pod {
    /// One without a certificate.
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    /// One for `app.example` that a test has changed.
    fn with(change: impl FnOnce(LeafBuilder) -> LeafBuilder) -> Self {
        let (pod, ca) = (Self::new(), TestCa::new());
        let directory = pod.path("certificate");
        let set = directory.join("..podcert-x");
        fs::create_dir_all(&set).expect("a directory");
        let leaf = ca.leaf().dns("app.example").uri("spiffe://a/b").validity(now() - HOUR, now() + HOUR * 23);
        change(leaf).sign().write(&set, ca.pem());
        fs::write(set.join("source"), "local\n").expect("a file");
        symlink("..podcert-x", directory.join("..data")).expect("a link");
        for name in ["tls.crt", "tls.key", "ca.crt"] {
            symlink(Path::new("..data").join(name), directory.join(name)).expect("a link");
        }
        pod
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// `beam-mtls doctor` for `app@app.example`, with nothing in its environment but a home and a cookie.
    fn doctor(&self, arguments: &[&str]) -> Report {
        let mut command = Command::new(env!("CARGO_BIN_EXE_beam-mtls"));
        command.env_clear().env("HOME", self.0.path()).env("BEAM_MTLS_COOKIE", "topsecret");
        command.arg("doctor").arg("--json");
        command.arg("--directory").arg(self.path("certificate"));
        command.arg("--config-directory").arg(self.path("config"));
        if !arguments.iter().any(|argument| argument.starts_with("--name")) {
            command.arg("--name=app@app.example");
        }
        Report::of(&command.args(arguments).output().expect("beam-mtls runs"))
    }
}

/// Its output.
struct Report {
    code: Option<i32>,
    findings: Vec<Value>,
    text: String,
}

impl Report {
    fn of(output: &Output) -> Self {
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!text.contains("topsecret"), "{text}");
        let report: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {output:?}"));
        let findings = report["findings"].as_array().cloned().unwrap_or_default();
        Self { code: output.status.code(), findings, text }
    }

    #[track_caller]
    fn expect(&self, code: i32, check: &str, severity: &str, found: &str) {
        let is_it = |finding: &Value| {
            finding["check"] == check
                && finding["severity"] == severity
                && finding["found"].as_str().is_some_and(|text| text.contains(found))
        };
        assert!(self.findings.iter().any(is_it), "{check}, {severity}: {found:?} is not in\n{}", self.text);
        assert_eq!(self.code, Some(code), "{}", self.text);
    }
}

#[expect(clippy::disallowed_methods, reason = "the binary knows no other time")]
fn now() -> Timestamp {
    Timestamp::now()
}

const HOUR: Duration = Duration::from_secs(60 * 60);

#[test]
fn before_the_first_start_nothing_is_wrong_but_the_missing_certificate() {
    let report = Pod::new().doctor(&["--source=local"]);
    report.expect(1, "directory", "warning", "no certificate is published");
    report.expect(1, "process", "note", "no node has been started here yet");
}

#[test]
fn a_certificate_that_does_not_name_the_nodes_host_is_reported() {
    let pod = Pod::with(|leaf| leaf);
    pod.doctor(&[]).expect(0, "certificate", "ok", "it names the host app.example");
    let report = pod.doctor(&["--name=app@other.example"]);
    report.expect(65, "certificate", "error", "it is for app.example, not for the host of app@other.example");
    // By address.
    let by_address = Pod::with(|leaf| leaf.ip("127.9.9.7"));
    by_address.doctor(&["--name=app@127.9.9.7"]).expect(0, "certificate", "ok", "127.9.9.7");
    by_address.doctor(&["--name=app@127.9.9.8"]).expect(65, "certificate", "error", "not for the host of");
}

/// A set that somebody else has published may begin with a byte order mark.
#[test]
fn a_certificate_is_read_as_podcert_reads_it() {
    let pod = Pod::with(|leaf| leaf);
    let file = pod.path("certificate/..data/tls.crt");
    let text = fs::read_to_string(&file).expect("a certificate");
    fs::remove_file(&file).expect("removed");
    fs::write(&file, format!("\u{feff}{text}")).expect("a file");
    let report = pod.doctor(&[]);
    report.expect(0, "chain", "ok", "a CA in ca.crt");
    report.expect(0, "certificate", "ok", "it names the host app.example");
}

#[test]
fn an_expired_certificate_is_reported() {
    let report = Pod::with(|leaf| leaf.validity(now() - HOUR * 2, now() - HOUR)).doctor(&[]);
    report.expect(65, "expiry", "error", "expired at");
    report.expect(65, "handshakes", "note", "no peer was dialed");
}

#[test]
fn a_name_that_does_not_resolve_is_reported() {
    let report = Pod::with(|leaf| leaf).doctor(&["--peer-service=no-such.invalid"]);
    report.expect(69, "DNS", "error", "no-such.invalid cannot be resolved");
}

#[test]
fn a_name_without_us_is_a_warning() {
    let pod = Pod::with(|leaf| leaf.ip("127.9.9.9"));
    let name = ["--name=app@127.9.9.9", "--peer-service=localhost:1"];
    let part = "ours (127.9.9.9) is not among them";
    let report = pod.doctor(&name);
    report.expect(69, "DNS", "warning", part);
}

/// A port that accepts connections but stays silent is blocked by a firewall, or is not a node's.
#[test]
fn a_port_that_does_not_answer_is_reported() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = silent.local_addr().expect("an address");
    let report = Pod::with(|leaf| leaf).doctor(&[&format!("--peer-service={address}")]);
    let peer = format!("peer {address}");
    report.expect(69, &peer, "error", "it does not answer in time");
    assert!(report.text.contains("NetworkPolicy"), "{}", report.text);
}

#[test]
fn flags_that_a_release_sets_are_reported() {
    let pod = Pod::with(|leaf| leaf);
    let root = pod.path("release");
    fs::create_dir_all(root.join("bin")).expect("a directory");
    fs::create_dir_all(root.join("releases/1.0")).expect("a directory");
    fs::write(root.join("releases/start_erl.data"), "15.2 1.0").expect("a file");
    let script = root.join("bin/shop");
    let text = "#!/bin/sh\nRELEASE_NAME=\"${RELEASE_NAME:-\"shop\"}\"\ncut releases/start_erl.data\necho \
        $RELEASE_VM_ARGS\n";
    fs::write(&script, text).expect("a file");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("a mode");
    let diagnose = |flags: &str| {
        fs::write(root.join("releases/1.0/vm.args"), flags).expect("a file");
        pod.doctor(&["--", &script.display().to_string(), "start"])
    };
    diagnose("+P 9").expect(0, "launcher", "ok", "mix `start`, release shop: starts a node");
    diagnose("-sname shop").expect(0, "vm.args", "note", "-sname in");
    diagnose("-kernel proto_dist inet_tls\n").expect(1, "vm.args", "warning", "-kernel proto_dist in");
    fs::write(root.join("releases/1.0/env.sh"), "\nexport ERL_AFLAGS='-proto_dist inet6_tcp'\n")
        .expect("a file");
    let report = diagnose("+P 9");
    report.expect(78, "scripts", "error", "-proto_dist inet6_tcp in ERL_AFLAGS, set in");
    assert!(report.text.contains("releases/1.0/env.sh:2"), "{}", report.text);
    fs::write(root.join("releases/1.0/env.sh"), "export XDG_CONFIG_HOME=/x").expect("a file");
    diagnose("+P 9").expect(1, "scripts", "warning", "makes Erlang read a different cookie");
    fs::remove_file(root.join("releases/1.0/env.sh")).expect("removed");
    diagnose("-proto_dist inet_tcp\n").expect(78, "vm.args", "error", "-proto_dist inet_tcp in");
    let report = pod.doctor(&["--", &script.display().to_string(), "eval", "1"]);
    report.expect(78, "launcher", "ok", "needs no distribution");
}

#[test]
fn flags_in_variables_are_reported_without_secrets() {
    let pod = Pod::with(|leaf| leaf);
    let mut command = Command::new(env!("CARGO_BIN_EXE_beam-mtls"));
    command
        .env_clear()
        .env("HOME", pod.0.path())
        .env("ERL_FLAGS", "-setcookie topsecret -name a@b.c -kernel ssl_dist_opt x");
    command.env("BEAM_MTLS_COOKIE", "topsecret").arg("doctor").arg("--json").arg("--name=app@app.example");
    command.arg("--directory").arg(pod.path("certificate"));
    command.arg("--config-directory").arg(pod.path("config"));
    let report = Report::of(&command.output().expect("beam-mtls runs"));
    report.expect(78, "ERL_FLAGS", "warning", "-kernel ssl_dist_opt in ERL_FLAGS has no effect");
    report.expect(78, "ERL_FLAGS", "error", "-setcookie ... in ERL_FLAGS conflicts with");
    report.expect(78, "ERL_FLAGS", "error", "-name a@b.c in ERL_FLAGS conflicts with");
}

#[test]
fn people_get_a_table_and_help_lists_the_exit_codes() {
    let pod = Pod::with(|leaf| leaf);
    let beam_mtls = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_beam-mtls"));
        command.env_clear().env("HOME", pod.0.path()).env("BEAM_MTLS_COOKIE", "topsecret");
        let output = command.args(arguments).output().expect("beam-mtls runs");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let directory = format!("--directory={}", pod.path("certificate").display());
    let table = beam_mtls(&["doctor", "--name=app@other.example", &directory]);
    assert!(table.contains("\nERROR  node: certificate\n    it is for app.example"), "{table}");
    assert!(table.contains("\n -> use one of these"), "{table}");
    let help = beam_mtls(&["doctor", "--help"]);
    for part in ["Exit codes: 0 nothing worse than a note", "--peer-service", "kubectl exec POD"] {
        assert!(help.contains(part), "{part} is not in:\n{help}");
    }
}
