//! Looking at what is published: each mistake is found and named, and nothing is changed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use podcert::diagnose::ErrorClass;
use podcert::identity::Identity;
use podcert::provider::{CertManagerProvider, LocalProvider, PublishedProvider, Source};
use podcert::trust::TrustBundle;
use podcert_cli::check::{Subject, check};
use podcert_cli::diagnostics::{Finding, Report, Severity};
use podcert_cli::settings::Settings;
use podcert_testkit::{
    DAY, LeafBuilder, NOW, PodDirectory, TestCa, Usage, block_on, identity, memory, open_ca, pod, wanted,
};

/// What is found for names, at a time.
fn run_check(settings: &Settings, needed: &Identity, now: Timestamp) -> Vec<Finding> {
    let subject = Subject { settings: Some(settings), directory: &settings.directory, needed, reader: None };
    block_on(check(&subject, now))
}

/// The settings of a scene, with its own CA.
fn with_ca(scene: &PodDirectory) -> Settings {
    settings(&scene.path(), local(&scene.memory.path().join("state")))
}

fn settings(directory: &Path, source: Source) -> Settings {
    let (directory, deadline) = (directory.to_owned(), Duration::from_secs(120));
    Settings { source, wanted: wanted(), directory, owner: None, deadline, pod_ip: None }
}

fn local(state_directory: &Path) -> Source {
    Source::Local(LocalProvider { state_directory: state_directory.to_owned() })
}

/// Every file of the published set.
fn snapshot(directory: &Path) -> Vec<(PathBuf, Option<Vec<u8>>)> {
    let set = directory.join(fs::read_link(directory.join("..data")).unwrap());
    let entries = |directory: &Path| fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries(directory).map(|path| (path, None)).collect();
    files.extend(entries(&set).map(|path| (path.clone(), fs::read(path).ok())));
    files.sort_unstable();
    files
}

fn problems(findings: Vec<Finding>) -> Vec<(String, Severity, String)> {
    let named = |finding: Finding| {
        (format!("{} {}", finding.section, finding.check), finding.severity, finding.found)
    };
    findings.into_iter().filter(Finding::is_problem).map(named).collect()
}

/// Plants a leaf and asserts the only problem that is found.
#[track_caller]
fn expect(
    change: fn(LeafBuilder) -> LeafBuilder,
    now: Timestamp,
    severity: Severity,
    check: &str,
    part: &str,
) {
    let scene = PodDirectory::new();
    scene.plant(change);
    let before = snapshot(&scene.path());
    let problems = problems(run_check(&with_ca(&scene), &identity(&["a"]), now));
    assert_eq!(snapshot(&scene.path()), before);
    let [(found_check, found_severity, found)] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!((found_check.as_str(), *found_severity), (check, severity), "{found}");
    assert!(found.contains(part), "{part} is not in: {found}");
}

const DATA: Severity = Severity::Error(ErrorClass::Data);

#[test]
fn a_good_certificate_has_no_other_findings() {
    let scene = PodDirectory::new();
    let findings = run_check(&with_ca(&scene), &identity(&["a"]), NOW);
    let report = Report(findings.clone());
    assert_eq!(report.exit_code(), 0, "{}", report.table());
    for (check, found) in [
        ("source", "the local CA in"),
        ("identity", "it asks for DNS:a"),
        ("origin", "came from local"),
        ("files", "tls.crt, tls.key and ca.crt"),
        ("key mode", "0400"),
        ("key", "belongs to the certificate"),
        ("chain", "leads to a CA"),
        ("usages", "server and client"),
        ("expiry", "2026-06-02 00:00Z, in 24 hours; renewal is due 2026-06-01 "),
        ("names", "DNS:a"),
    ] {
        let is_told = |it: &Finding| it.check == check && it.found.contains(found);
        assert!(findings.iter().any(is_told), "{check}: {found} is not in:\n{}", report.table());
    }
}

#[test]
fn an_expired_certificate_is_named_and_its_chain_is_not_blamed() {
    expect(
        |leaf| leaf.validity(NOW - DAY, NOW - DAY / 2),
        NOW,
        DATA,
        "certificate expiry",
        "expired at 2026-05-31T12:00:00Z",
    );
}

#[test]
fn a_certificate_of_tomorrow_is_named() {
    expect(
        |leaf| leaf.validity(NOW + DAY, NOW + DAY * 2),
        NOW,
        DATA,
        "certificate expiry",
        "does not become valid until",
    );
}

#[test]
fn one_that_is_due_is_a_warning() {
    let later = NOW + Duration::from_secs(20 * 60 * 60);
    expect(|leaf| leaf, later, Severity::Warning, "certificate expiry", "hours ago");
}

#[test]
fn usages_are_named() {
    expect(|leaf| leaf.usage(Usage::Server), NOW, DATA, "certificate usages", "only server authentication");
}

#[test]
fn missing_names_are_reported() {
    expect(
        |leaf| leaf.with(|params| params.subject_alt_names.clear()).dns("b"),
        NOW,
        Severity::Warning,
        "certificate names",
        "it is for DNS:b, but lacks DNS:a",
    );
}

#[test]
fn the_key_of_a_different_certificate_is_reported() {
    let scene = PodDirectory::new();
    let key = scene.path().join("..data/tls.key");
    let other = scene.test_ca().leaf().dns("a").sign();
    fs::remove_file(&key).unwrap();
    fs::write(&key, other.key_pem).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o400)).unwrap();
    let problems = problems(run_check(&with_ca(&scene), &identity(&["a"]), NOW));
    assert!(matches!(&problems[..], [(check, DATA, _)] if check == "certificate key"), "{problems:?}");
}

/// All problems are reported at once.
#[test]
fn all_of_several_mistakes_are_reported() {
    let scene = PodDirectory::new();
    let ca = TestCa::named("another");
    let data = scene.path().join("..data");
    let leaf = ca.leaf().dns("b").usage(Usage::Client).validity(NOW - DAY, NOW - DAY / 2).sign();
    leaf.write(&data, scene.test_ca().pem());
    fs::set_permissions(data.join("tls.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let problems = problems(run_check(&with_ca(&scene), &identity(&["a"]), NOW));
    let checks: Vec<&str> = problems.iter().map(|(check, ..)| check.as_str()).collect();
    let expected = [
        "files key mode",
        "certificate usages",
        "certificate expiry",
        "certificate chain",
        "certificate names",
    ];
    assert_eq!(checks, expected);
}

#[test]
fn a_ca_that_expires_soon_is_reported_in_good_time() {
    let scene = PodDirectory::new();
    let ca = TestCa::valid(NOW - DAY * 300, NOW + DAY * 60);
    ca.leaf().dns("a").sign().write(&scene.path().join("..data"), ca.pem());
    let published = settings(&scene.path(), Source::Published(PublishedProvider));
    let problems = problems(run_check(&published, &identity(&["a"]), NOW));
    let [(check, Severity::Warning, found)] = &problems[..] else { panic!("{problems:?}") };
    assert!(check == "certificate CA" && found.contains("in 60 days"), "{found}");
}

#[test]
fn a_source_other_than_that_of_the_settings_is_reported() {
    let scene = PodDirectory::new();
    let other = memory();
    open_ca(other.path()).unwrap();
    let checks = |settings: Settings| -> Vec<String> {
        problems(run_check(&settings, &identity(&["a"]), NOW)).into_iter().map(|(check, ..)| check).collect()
    };
    assert_eq!(checks(settings(&scene.path(), local(other.path()))), ["source local CA"]);
    let source = scene.path().join("..data/source");
    fs::remove_file(&source).unwrap();
    fs::write(&source, "cert-manager ClusterIssuer/ca\n").unwrap();
    assert_eq!(checks(with_ca(&scene)), ["source origin"]);
}

#[test]
fn a_missing_directory_is_not_created() {
    let memory = memory();
    let settings = settings(&memory.path().join("run"), local(&memory.path().join("state")));
    let problems = problems(run_check(&settings, &identity(&["a"]), NOW));
    assert!(
        matches!(&problems[..], [(check, Severity::Warning, _)] if check == "files directory"),
        "{problems:?}"
    );
    assert_eq!(fs::read_dir(memory.path()).unwrap().count(), 0);
}

#[test]
fn foreign_files_and_missing_links_are_reported() {
    let scene = PodDirectory::new();
    fs::remove_file(scene.path().join("ca.crt")).unwrap();
    let gone = problems(run_check(&with_ca(&scene), &identity(&["a"]), NOW));
    assert!(matches!(&gone[..], [(check, DATA, _)] if check == "files ca.crt"), "{gone:?}");
    fs::write(scene.path().join("ca.crt"), "theirs").unwrap();
    let foreign = problems(run_check(&with_ca(&scene), &identity(&["a"]), NOW));
    assert!(
        matches!(&foreign[..], [(check, Severity::Error(ErrorClass::Settings), found)]
            if check == "files directory" && found.contains("which podcert did not write")),
        "{foreign:?}"
    );
}

/// What is found about a file with CAs that cert-manager's answers are checked against.
fn look_at_trust(trust: &[u8]) -> Vec<(String, Severity, String)> {
    let memory = memory();
    let path = memory.path().join("trust.pem");
    fs::write(&path, trust).unwrap();
    let asks = CertManagerProvider { issuer: "ca".parse().unwrap(), pod: pod(), trust: Some(path) };
    let settings = settings(&memory.path().join("run"), Source::CertManager(Box::new(asks)));
    let mut problems = problems(run_check(&settings, &identity(&[]), NOW));
    problems.retain(|(check, ..)| check == "source trust");
    problems
}

#[test]
fn a_private_key_among_the_cas_is_a_warning() {
    let ca = TestCa::new();
    assert_eq!(look_at_trust(ca.pem().as_bytes()), []);
    let both = look_at_trust((ca.pem().to_owned() + &ca.key_pem()).as_bytes());
    let [(_, Severity::Warning, found)] = &both[..] else { panic!("{both:?}") };
    assert!(found.contains("trust.pem holds a private key"), "{found}");
    let alone = look_at_trust(ca.key_pem().as_bytes());
    assert!(matches!(&alone[..], [(_, Severity::Warning, _), (_, DATA, _)]), "{alone:?}");
}

#[test]
fn a_private_key_in_a_published_certificate_is_a_warning() {
    for name in ["tls.crt", "ca.crt"] {
        let scene = PodDirectory::new();
        let path = scene.path().join("..data").join(name);
        let text = fs::read_to_string(&path).unwrap() + &scene.test_ca().key_pem();
        fs::remove_file(&path).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        let problems = problems(run_check(&with_ca(&scene), &identity(&["a"]), NOW));
        let [(check, Severity::Warning, found)] = &problems[..] else { panic!("{problems:?}") };
        assert!(*check == format!("files {name}") && found.contains("holds a private key"), "{found}");
    }
}

#[test]
fn a_file_with_cas_may_be_in_any_encoding_and_one_in_der_is_named() {
    let ca = TestCa::new();
    assert_eq!(look_at_trust(&[b"\xef\xbb\xbf# Z\xfcrich\n", ca.pem().as_bytes()].concat()), []);
    let der = look_at_trust(TrustBundle::parse(ca.pem(), NOW).unwrap().anchors()[0].der.as_ref());
    let [(_, DATA, found)] = &der[..] else { panic!("{der:?}") };
    assert!(found.ends_with("it is a certificate in DER, not PEM"), "{found}");
}
