//! PEM as people have it: bundles of CAs that openssl accepts are accepted, and other formats are named with the command
//! that converts them.

use std::fs;
use std::path::Path;
use std::process::Command;

use podcert::diagnose::explain;
use podcert::support::pem::holds_private_key;
use podcert::trust::TrustBundle;
use podcert_testkit::{NOW, TestCa, memory};
use tempfile::TempDir;

use crate::support::run;

/// A directory with a CA in `ca.crt`, its key in `ca.key`, and a leaf in `leaf.crt`.
fn with_ca() -> (TempDir, TestCa) {
    let (memory, ca) = (memory(), TestCa::new());
    for (name, text) in
        [("ca.crt", ca.pem()), ("ca.key", &ca.key_pem()), ("leaf.crt", &ca.leaf().dns("a").sign().chain_pem)]
    {
        fs::write(memory.path().join(name), text).unwrap();
    }
    (memory, ca)
}

/// The file that a shell command writes to `out`.
fn made_by(directory: &Path, script: &str) -> Vec<u8> {
    let output = run(Command::new("sh").args(["-ec", script]).current_dir(directory), "openssl");
    assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    fs::read(directory.join("out")).unwrap()
}

/// Whether openssl verifies a leaf of the CA with a bundle, for both ends of a connection.
fn openssl_takes(directory: &Path, bundle: &[u8]) -> bool {
    fs::write(directory.join("bundle"), bundle).unwrap();
    let time = NOW.as_second().to_string();
    ["sslserver", "sslclient"].iter().all(|purpose| {
        let mut openssl = Command::new("openssl");
        openssl.args(["verify", "-attime", &time, "-purpose", purpose, "-CAfile", "bundle", "leaf.crt"]);
        run(openssl.current_dir(directory), "openssl").status.success()
    })
}

/// Asserts that a bundle is read as exactly this CA.
#[track_caller]
fn assert_read(bundle: &[u8], ca: &TestCa) {
    match TrustBundle::parse(bundle, NOW) {
        Ok(trust) => assert_eq!(trust.pem(), ca.pem()),
        Err(error) => panic!("{}: {}", explain(&error), String::from_utf8_lossy(bundle)),
    }
}

#[test]
fn what_openssl_accepts_is_accepted() {
    let (memory, ca) = with_ca();
    let pem = ca.pem();
    let trusted = |flags: &str| {
        made_by(memory.path(), &format!("openssl x509 -in ca.crt -trustout {flags} -out out 2>/dev/null"))
    };
    let bundles: [(&str, Vec<u8>); 13] = [
        ("plain", pem.into()),
        ("a byte order mark", [b"\xef\xbb\xbf", pem.as_bytes()].concat()),
        ("a comment in Latin-1", [b"# Z\xfcrich, \xa9 2019\n", pem.as_bytes()].concat()),
        ("CRLF", pem.replace('\n', "\r\n").into()),
        ("blanks at the ends of lines", pem.replace('\n', " \t\n").into()),
        ("a blank line after BEGIN", pem.replacen('\n', "\n\n", 1).into()),
        ("an older label", pem.replace("CERTIFICATE", "X509 CERTIFICATE").into()),
        ("openssl's label", trusted("")),
        ("a name by openssl", trusted("-setalias us")),
        ("trusted for TLS", trusted("-addtrust serverAuth -addtrust clientAuth -setalias us")),
        ("trusted for anything", trusted("-addtrust anyExtendedKeyUsage")),
        ("rejected for mail", trusted("-addreject emailProtection")),
        ("a key beside it", [ca.key_pem().as_bytes(), pem.as_bytes()].concat()),
    ];
    for (what, bundle) in bundles {
        assert!(openssl_takes(memory.path(), &bundle), "openssl: {what}");
        assert_read(&bundle, &ca);
    }
}

#[test]
fn more_than_openssl_accepts_is_accepted_if_it_is_safe() {
    let (_memory, ca) = with_ca();
    for bundle in [
        ca.pem().replace('\n', "\r"),
        ca.pem().replacen("\n-----END", "\n\n-----END", 1),
        format!("{}-----BEGIN JUNK-----\n!\n-----END JUNK-----\n", ca.pem()),
    ] {
        assert_read(bundle.as_bytes(), &ca);
    }
}

/// The bundle of a distribution marks CAs that must not be trusted for TLS in openssl's own format.
#[test]
fn a_ca_that_openssl_must_not_trust_for_tls_is_refused() {
    let (memory, _) = with_ca();
    for flags in [
        "-addtrust emailProtection",
        "-addtrust serverAuth",
        "-addreject serverAuth",
        "-addreject clientAuth",
        "-addreject anyExtendedKeyUsage",
        "-addtrust serverAuth -addtrust clientAuth -addreject clientAuth",
    ] {
        let script = format!("openssl x509 -in ca.crt -trustout {flags} -out out");
        let bundle = made_by(memory.path(), &script);
        assert!(!openssl_takes(memory.path(), &bundle), "openssl: {flags}");
        let error = explain(&TrustBundle::parse(&bundle, NOW).unwrap_err());
        assert!(
            error.contains("certificate 1 is a TRUSTED CERTIFICATE that openssl does not trust"),
            "{error}"
        );
        assert!(error.ends_with("; remove it"), "{error}");
    }
}

/// The command in the remedy is run and must write the CA.
#[test]
fn other_formats_are_named_with_the_command_that_converts_them() {
    let (memory, ca) = with_ca();
    for (script, expected, and) in [
        ("openssl x509 -in ca.crt -outform DER -out out", "a certificate in DER", ""),
        ("openssl crl2pkcs7 -nocrl -certfile ca.crt -out out", "a PKCS#7 file", ""),
        ("openssl crl2pkcs7 -nocrl -certfile ca.crt -outform DER -out out", "a PKCS#7 file", ""),
        (
            "openssl crl2pkcs7 -nocrl -certfile ca.crt | sed 's/PKCS7/PKCS #7 SIGNED DATA/' > out",
            "a PKCS#7 file",
            "",
        ),
        (
            "openssl pkcs12 -export -in ca.crt -inkey ca.key -passout pass:x -out out",
            "a PKCS#12 file",
            " -passin pass:x",
        ),
        ("iconv -f UTF-8 -t UTF-16 ca.crt > out", "UTF-16 text", ""),
    ] {
        let file = made_by(memory.path(), script);
        assert!(!openssl_takes(memory.path(), &file), "openssl: {script}");
        let error = explain(&TrustBundle::parse(&file, NOW).unwrap_err());
        assert!(
            error.contains(&format!("it is {expected}, not PEM; convert it with `")),
            "{script}: {error}"
        );
        let command = error.split('`').nth(1).unwrap();
        let command = command.replace("PEM-FILE", "converted").replace("FILE", "out") + and;
        made_by(memory.path(), &command);
        let converted = fs::read(memory.path().join("converted")).unwrap();
        assert_read(&converted, &ca);
        assert!(!holds_private_key(&converted), "{script}");
    }
}

#[test]
fn other_files_are_refused_and_their_content_is_named() {
    let (_memory, ca) = with_ca();
    let key = ca.key_pem();
    let body: String = key.lines().filter(|line| !line.starts_with("-----")).collect();
    for (file, expected) in [
        (key.as_bytes(), "it does not contain a certificate, only PRIVATE KEY; use a file that contains -----BEGIN CERTIFICATE-----"),
        (b"-----BEGIN \x1b[2J-----\n-----END \x1b[2J-----\n", "only \\u{1b}[2J;"),
        (b"\x30\x82\x01", "it does not contain a certificate; use a file that contains"),
        (b"\xfe\xed\xfe\xed", "it does not contain a certificate; use a file that contains"),
        (b"-----BEGIN CERTIFICATE\n", "it is not valid PEM"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END X509 CERTIFICATE-----\n", "truncated"),
        (b"-----BEGIN CERTIFICATE-----\nAA\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "truncated"),
        (b"-----BEGIN CERTIFICATE-----\n\xfc\n-----END CERTIFICATE-----\n", "it is not valid PEM"),
        (b"-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n", "cannot be read"),
    ] {
        let error = explain(&TrustBundle::parse(file, NOW).unwrap_err());
        assert!(error.contains(expected), "{expected}: {error}");
        assert!(!error.contains(&body[20..40]), "{error}");
    }
}

#[test]
fn private_keys_of_every_kind_are_found() {
    let label = |label: &str| format!("-----BEGIN {label}-----\n!\n-----END {label}-----\n");
    for kind in ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
        assert!(holds_private_key(label(kind).as_bytes()), "{kind}");
    }
    assert!(!holds_private_key(label("PUBLIC KEY").as_bytes()));
    assert!(!holds_private_key(TestCa::new().pem().as_bytes()));
}
