//! The binary as an init container runs it, with the local CA in the place of an issuer.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// `podcert obtain` with these flags, and nothing else in its environment but a home.
fn obtain(home: &Path, flags: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_podcert"))
        .env_clear()
        .env("HOME", home)
        .envs(variables.iter().copied())
        .arg("obtain")
        .args(flags)
        .output()
        .expect("podcert runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_certificate_is_published_and_then_kept() {
    let home = tempfile::tempdir().expect("a directory");
    let directory = home.path().join("run");
    fs::create_dir(&directory).expect("a directory");
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o2770)).expect("a mode");
    let directory_flag = format!("--directory={}", directory.display());
    let local = ["--source=local", "--dns-names=a.example", &directory_flag];
    let first = obtain(home.path(), &local, &[]);
    assert!(first.status.success() && text(&first).contains("published"), "{}", text(&first));
    let mode = fs::metadata(directory.join("tls.key")).expect("a key").permissions().mode();
    assert_eq!(mode & 0o7777, 0o440);
    let certificate = fs::read(directory.join("tls.crt")).expect("a certificate");

    assert!(obtain(home.path(), &local, &[]).status.success());
    // With no source at all, what is there is good.
    let kept = obtain(home.path(), &[&directory_flag], &[]);
    assert!(kept.status.success() && text(&kept).contains("is published"), "{}", text(&kept));
    assert_eq!(fs::read(directory.join("tls.crt")).expect("a certificate"), certificate);
    let more = obtain(home.path(), &[&directory_flag, "--dns-names=b.example"], &[]);
    assert_eq!(more.status.code(), Some(78), "{}", text(&more));
    assert!(text(&more).contains("DNS:b.example"), "{}", text(&more));
}

#[test]
fn it_says_where_a_certificate_came_from_and_why_another_one_is_obtained() {
    let home = tempfile::tempdir().expect("a directory");
    let directory = home.path().join("run");
    let directory_flag = format!("--directory={}", directory.display());
    let local = ["--source=local", "--dns-names=a.example", &directory_flag];
    let first = obtain(home.path(), &local, &[]);
    assert!(text(&first).contains("source=local reason=there is no certificate yet"), "{}", text(&first));
    // "cert-manager" is what older versions wrote.
    for written in ["local", "cert-manager", "cert-manager ClusterIssuer/a"] {
        let source = directory.join("..data/source");
        fs::remove_file(&source).expect("a file");
        fs::write(&source, format!("{written}\n")).expect("a file");
        let kept = obtain(home.path(), &[&directory_flag], &[]);
        let told = format!("using the certificate that is published source={written} ");
        assert!(kept.status.success() && text(&kept).contains(&told), "{}", text(&kept));
    }
    let another = obtain(home.path(), &local, &[]);
    let told = "source=local reason=the existing certificate is from cert-manager ClusterIssuer/a";
    assert!(another.status.success() && text(&another).contains(told), "{}", text(&another));
}

#[test]
fn a_directory_that_somebody_else_has_locked_is_waited_for_until_the_deadline() {
    let home = tempfile::tempdir().expect("a directory");
    let directory = home.path().join("run");
    fs::create_dir(&directory).expect("a directory");
    let held = fs::File::open(&directory).expect("a directory");
    held.lock().expect("a lock");
    let directory_flag = format!("--directory={}", directory.display());
    let flags = ["--source=local", "--dns-names=a.example", "--deadline=1s", &directory_flag];
    let start = Instant::now();
    let output = obtain(home.path(), &flags, &[]);
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(output.status.code(), Some(75), "{}", text(&output));
    assert!(text(&output).contains(&format!("the lock on {}", directory.display())), "{}", text(&output));
}

#[test]
fn faults_are_told_all_at_once() {
    let home = tempfile::tempdir().expect("a directory");
    let output = obtain(home.path(), &["--duration=5x"], &[("PODCERT_ISSUR", "ca"), ("PODCERT_ISSUER", "")]);
    assert_eq!(output.status.code(), Some(64));
    let text = text(&output);
    for told in
        ["podcert: PODCERT_ISSUR: no such variable; is PODCERT_ISSUER meant?", "--duration", "--source"]
    {
        assert!(text.contains(told), "{told} is not in: {text}");
    }
}

#[test]
fn outside_a_cluster_cert_manager_is_an_error_that_tells_what_is_missing() {
    let home = tempfile::tempdir().expect("a directory");
    let directory = format!("--directory={}", home.path().join("run").display());
    let typed = obtain(home.path(), &["--issuer=ca", &directory], &[]);
    assert_eq!(typed.status.code(), Some(78));
    assert!(text(&typed).contains("--pod-uid (PODCERT_POD_UID): it is unknown"), "{}", text(&typed));
    let pod = [
        "--namespace=n",
        "--pod-name=p",
        "--pod-uid=u",
        "--service-account=s",
        "--pod-ips=10.0.0.1",
        "--cluster-domain=cluster.local",
    ];
    let output = obtain(home.path(), &[&["--issuer=ca", &directory], &pod[..]].concat(), &[]);
    assert_eq!(output.status.code(), Some(78));
    assert!(text(&output).contains("this is no pod"), "{}", text(&output));
}

#[test]
fn a_command_line_that_cannot_be_read_is_a_usage_error() {
    let home = tempfile::tempdir().expect("a directory");
    assert_eq!(obtain(home.path(), &["--nonsense"], &[]).status.code(), Some(64));
    let help = obtain(home.path(), &["--help"], &[]);
    assert!(help.status.success());
    let help = String::from_utf8_lossy(&help.stdout).into_owned();
    for told in ["--issuer", "[default: /run/podcert]", "0440", "Exit codes"] {
        assert!(help.contains(told), "{told} is not in: {help}");
    }
}
