//! `podcert check` as a user runs it to find out what is wrong.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use crate::support::{podcert, stdout};

/// A home with a certificate for `a.example` in `run`.
fn obtained() -> (tempfile::TempDir, String) {
    let home = tempfile::tempdir().unwrap();
    let directory = format!("--directory={}", home.path().join("run").display());
    let output =
        podcert(home.path(), &["obtain", "--source=local", "--dns-names=a.example", &directory], &[]);
    assert!(output.status.success());
    (home, directory)
}

#[test]
fn what_is_good_is_listed_with_the_origin_of_each_setting() {
    let (home, directory) = obtained();
    let variables = [("PODCERT_SOURCE", "local")];
    let output = podcert(home.path(), &["check", "--dns-names=a.example", &directory], &variables);
    let text = stdout(&output);
    assert!(output.status.success(), "{text}");
    for part in [
        "--source     local (from PODCERT_SOURCE)",
        "--dns-names  a.example (from the command line)",
        "defaults     --deadline 2m",
        "renewal is due",
        "0 errors, 0 warnings",
    ] {
        assert!(text.contains(part), "{part} is not in:\n{text}");
    }
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn faults_of_settings_do_not_keep_it_from_looking() {
    let (home, directory) = obtained();
    let output = podcert(home.path(), &["check", "--duration=5x", &directory], &[]);
    let text = stdout(&output);
    assert_eq!(output.status.code(), Some(64), "{text}");
    assert!(text.contains("ERROR  settings: --duration (PODCERT_DURATION)"), "{text}");
    assert!(text.contains("it belongs to the certificate"), "{text}");
}

#[test]
fn machines_get_json() {
    let (home, directory) = obtained();
    let key = home.path().join("run/tls.key");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o444)).unwrap();
    let output = podcert(home.path(), &["check", "--json", &directory], &[]);
    assert_eq!(output.status.code(), Some(65));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["exit_code"], 65);
    let findings = report["findings"].as_array().unwrap();
    let key = findings.iter().find(|finding| finding["check"] == "key mode").unwrap();
    assert_eq!((&key["severity"], &key["exit_code"]), (&"error".into(), &65.into()));
    assert!(key["remedy"].as_str().is_some_and(|remedy| remedy.contains("--renew")), "{key}");
}

/// A value may hold what errors put between a problem and its remedy.
#[test]
fn a_semicolon_in_a_value_does_not_end_what_was_found() {
    let home = tempfile::tempdir().unwrap();
    let directory = format!("--directory={}", home.path().join("run").display());
    let arguments = ["check", "--source=local", "--dns-names=a; b", "--json", &directory];
    let output = podcert(home.path(), &arguments, &[]);
    assert_eq!(output.status.code(), Some(64));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings = report["findings"].as_array().unwrap();
    let of_names = |finding: &&serde_json::Value| {
        finding["check"] == "--dns-names (PODCERT_DNS_NAMES)" && finding["severity"] == "error"
    };
    let finding = findings.iter().find(of_names).unwrap();
    let found = r#""a; b": "a; b" is not a DNS name: only letters, digits, hyphens and dots are allowed"#;
    assert_eq!(finding["found"], found);
    assert_eq!(finding["remedy"], "correct it");
}

#[test]
fn nothing_is_written() {
    let home = tempfile::tempdir().unwrap();
    let directory = format!("--directory={}", home.path().join("run").display());
    let output = podcert(home.path(), &["check", "--source=local", "--dns-names=a.example", &directory], &[]);
    assert_eq!(output.status.code(), Some(1), "{}", stdout(&output));
    assert!(stdout(&output).contains("WARNING  files: directory"), "{}", stdout(&output));
    let entries: Vec<PathBuf> = fs::read_dir(home.path()).unwrap().flatten().map(|it| it.path()).collect();
    assert_eq!(entries, Vec::<PathBuf>::new());
}

/// Outside of a cluster, the API server cannot be queried; everything else is still reported.
#[test]
fn outside_a_pod_cert_manager_is_an_error_among_other_findings() {
    let home = tempfile::tempdir().unwrap();
    let pod = [
        "check",
        "--issuer=ca",
        "--namespace=n",
        "--pod-name=p",
        "--pod-uid=u",
        "--service-account=s",
        "--pod-ips=10.0.0.1",
        "--cluster-domain=cluster.local",
    ];
    let output = podcert(home.path(), &pod, &[]);
    assert_eq!(output.status.code(), Some(78));
    for part in
        ["cluster: credentials", "cert-manager Issuer/ca for pod n/p", "spiffe://cluster.local/ns/n/sa/s"]
    {
        assert!(stdout(&output).contains(part), "{part} is not in:\n{}", stdout(&output));
    }
}

#[test]
fn its_exit_codes_are_in_its_help() {
    let home = tempfile::tempdir().unwrap();
    let help = podcert(home.path(), &["check", "--help"], &[]);
    for part in ["Exit codes: 0 nothing worse than a note; 1 warnings", "--json", "--issuer"] {
        assert!(stdout(&help).contains(part), "{part} is not in: {}", stdout(&help));
    }
}
