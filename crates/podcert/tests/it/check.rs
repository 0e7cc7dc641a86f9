//! Looking at what is published: each mistake is found and named, and nothing is changed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use podcert::check::{Subject, check};
use podcert::exit::ExitClass;
use podcert::identity::Identity;
use podcert::report::{Finding, Report, Severity};
use podcert::settings::{Settings, Source};
use podcert::signer::LocalCa;
use podcert_testkit::{LeafBuilder, NOW, TestCa, Usage, block_on};

use crate::scene::{Scene, snapshot};
use crate::support::{DAY, far_off, identity, memory, settings};

/// What is found for names, at a time.
fn look(settings: &Settings, own: &Identity, now: Timestamp) -> Vec<Finding> {
    let subject = Subject { settings: Some(settings), directory: &settings.directory, own, reader: None };
    block_on(check(&subject, now))
}

/// The settings of a scene, with its own CA.
fn with_ca(scene: &Scene) -> Settings {
    let state_directory = scene.memory.path().join("state");
    Settings { source: Source::Local { state_directory }, ..scene.settings.clone() }
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
    told: &str,
) {
    let scene = Scene::new();
    scene.plant(change);
    let before = snapshot(scene.directory());
    let problems = problems(look(&with_ca(&scene), &identity(&["a"]), now));
    assert_eq!(snapshot(scene.directory()), before);
    let [(found_check, found_severity, found)] = &problems[..] else { panic!("{problems:?}") };
    assert_eq!((found_check.as_str(), *found_severity), (check, severity), "{found}");
    assert!(found.contains(told), "{told} is not in: {found}");
}

const DATA: Severity = Severity::Error(ExitClass::Data);

#[test]
fn what_is_good_is_told_and_nothing_else() {
    let scene = Scene::new();
    let findings = look(&with_ca(&scene), &identity(&["a"]), NOW);
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
        ("expiry", "2026-06-02 00:00Z, in 24 hours; renewal is due 2026-06-01 15:59Z, in 15 hours"),
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
        "becomes valid only at",
    );
}

#[test]
fn one_that_is_due_is_a_warning() {
    let later = NOW + Duration::from_secs(20 * 60 * 60);
    expect(
        |leaf| leaf,
        later,
        Severity::Warning,
        "certificate expiry",
        "renewal is due 2026-06-01 15:40Z, 4 hours ago",
    );
}

#[test]
fn usages_are_named() {
    expect(|leaf| leaf.usage(Usage::Server), NOW, DATA, "certificate usages", "only server authentication");
}

#[test]
fn names_that_are_missing_are_told() {
    expect(
        |leaf| leaf.with(|params| params.subject_alt_names.clear()).dns("b"),
        NOW,
        Severity::Warning,
        "certificate names",
        "it is for DNS:b, and lacks DNS:a",
    );
}

#[test]
fn the_key_of_another_certificate_is_named() {
    let scene = Scene::new();
    let key = scene.directory().join("..data/tls.key");
    let other = scene.test_ca().leaf().dns("a").sign();
    fs::remove_file(&key).unwrap();
    fs::write(&key, other.key_pem).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o400)).unwrap();
    let problems = problems(look(&with_ca(&scene), &identity(&["a"]), NOW));
    assert!(matches!(&problems[..], [(check, DATA, _)] if check == "certificate key"), "{problems:?}");
}

/// All that is wrong is told at once.
#[test]
fn several_mistakes_are_all_told() {
    let scene = Scene::new();
    let ca = TestCa::named("another");
    let data = scene.directory().join("..data");
    let leaf = ca.leaf().dns("b").usage(Usage::Client).validity(NOW - DAY, NOW - DAY / 2).sign();
    leaf.write(&data, scene.test_ca().pem());
    fs::set_permissions(data.join("tls.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let problems = problems(look(&with_ca(&scene), &identity(&["a"]), NOW));
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
fn a_ca_that_expires_soon_is_told_in_good_time() {
    let scene = Scene::new();
    let ca = TestCa::valid(NOW - DAY * 300, NOW + DAY * 60);
    ca.leaf().dns("a").sign().write(&scene.directory().join("..data"), ca.pem());
    let published = Settings { source: Source::Published, ..scene.settings.clone() };
    let problems = problems(look(&published, &identity(&["a"]), NOW));
    let [(check, Severity::Warning, found)] = &problems[..] else { panic!("{problems:?}") };
    assert!(check == "certificate CA" && found.contains("in 60 days"), "{found}");
}

#[test]
fn another_source_than_that_of_the_settings_is_told() {
    let scene = Scene::new();
    let other = memory();
    LocalCa::open(other.path(), NOW, far_off()).unwrap();
    let local = |directory: &Path| Settings {
        source: Source::Local { state_directory: directory.to_owned() },
        ..scene.settings.clone()
    };
    let checks = |settings: Settings| -> Vec<String> {
        problems(look(&settings, &identity(&["a"]), NOW)).into_iter().map(|(check, ..)| check).collect()
    };
    assert_eq!(checks(local(other.path())), ["source local CA"]);
    let source = scene.directory().join("..data/source");
    fs::remove_file(&source).unwrap();
    fs::write(&source, "cert-manager ClusterIssuer/ca\n").unwrap();
    assert_eq!(checks(with_ca(&scene)), ["source origin"]);
}

#[test]
fn nothing_is_made_where_nothing_is_there() {
    let memory = memory();
    let mut settings = settings(&memory.path().join("run"));
    settings.source = Source::Local { state_directory: memory.path().join("state") };
    let problems = problems(look(&settings, &identity(&["a"]), NOW));
    assert!(
        matches!(&problems[..], [(check, Severity::Warning, _)] if check == "files directory"),
        "{problems:?}"
    );
    assert_eq!(fs::read_dir(memory.path()).unwrap().count(), 0);
}

#[test]
fn files_of_others_and_links_that_are_gone_are_told() {
    let scene = Scene::new();
    fs::remove_file(scene.directory().join("ca.crt")).unwrap();
    let gone = problems(look(&with_ca(&scene), &identity(&["a"]), NOW));
    assert!(matches!(&gone[..], [(check, DATA, _)] if check == "files ca.crt"), "{gone:?}");
    fs::write(scene.directory().join("ca.crt"), "theirs").unwrap();
    let foreign = problems(look(&with_ca(&scene), &identity(&["a"]), NOW));
    assert!(
        matches!(&foreign[..], [(check, Severity::Error(ExitClass::Settings), found)]
            if check == "files directory" && found.contains("which podcert did not write")),
        "{foreign:?}"
    );
}
