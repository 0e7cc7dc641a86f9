//! The binary as an init container runs it, with the local CA instead of an issuer.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Output;
use std::time::{Duration, Instant};

use crate::support::{podcert, stderr, stdout};

/// `podcert obtain` with these flags.
fn obtain(home: &Path, flags: &[&str], variables: &[(&str, &str)]) -> Output {
    podcert(home, &[&["obtain"], flags].concat(), variables)
}

#[test]
fn a_certificate_is_published_and_then_kept() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("run");
    fs::create_dir(&directory).unwrap();
    fs::set_permissions(&directory, fs::Permissions::from_mode(0o2770)).unwrap();
    let directory_flag = format!("--directory={}", directory.display());
    let local = ["--source=local", "--dns-names=a.example", &directory_flag];
    let first = obtain(home.path(), &local, &[]);
    assert!(first.status.success() && stderr(&first).contains("published"), "{}", stderr(&first));
    let mode = fs::metadata(directory.join("tls.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o7777, 0o440);
    let certificate = fs::read(directory.join("tls.crt")).unwrap();

    assert!(obtain(home.path(), &local, &[]).status.success());
    // With no source at all, what is there is good.
    let kept = obtain(home.path(), &[&directory_flag], &[]);
    assert!(kept.status.success() && stderr(&kept).contains("using the published"), "{}", stderr(&kept));
    assert_eq!(fs::read(directory.join("tls.crt")).unwrap(), certificate);
    let more = obtain(home.path(), &[&directory_flag, "--dns-names=b.example"], &[]);
    assert_eq!(more.status.code(), Some(78), "{}", stderr(&more));
    assert!(stderr(&more).contains("DNS:b.example"), "{}", stderr(&more));
}

#[test]
fn the_log_names_the_source_of_a_certificate_and_why_a_new_one_is_obtained() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("run");
    let directory_flag = format!("--directory={}", directory.display());
    let local = ["--source=local", "--dns-names=a.example", &directory_flag];
    let first = obtain(home.path(), &local, &[]);
    assert!(stderr(&first).contains("source=local reason=there is no certificate yet"), "{}", stderr(&first));
    // "cert-manager" is what older versions wrote.
    for written in ["local", "cert-manager", "cert-manager ClusterIssuer/a"] {
        let source = directory.join("..data/source");
        fs::remove_file(&source).unwrap();
        fs::write(&source, format!("{written}\n")).unwrap();
        let kept = obtain(home.path(), &[&directory_flag], &[]);
        let part = format!("using the published certificate source={written} ");
        assert!(kept.status.success() && stderr(&kept).contains(&part), "{}", stderr(&kept));
    }
    let another = obtain(home.path(), &local, &[]);
    let part = "source=local reason=the existing certificate is from cert-manager ClusterIssuer/a";
    assert!(another.status.success() && stderr(&another).contains(part), "{}", stderr(&another));
}

#[test]
fn a_directory_that_somebody_else_has_locked_is_waited_for_until_the_deadline() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("run");
    fs::create_dir(&directory).unwrap();
    let held = fs::File::open(&directory).unwrap();
    held.lock().unwrap();
    let directory_flag = format!("--directory={}", directory.display());
    let flags = ["--source=local", "--dns-names=a.example", "--deadline=1s", &directory_flag];
    let start = Instant::now();
    let output = obtain(home.path(), &flags, &[]);
    assert!(start.elapsed() >= Duration::from_secs(1));
    assert_eq!(output.status.code(), Some(75), "{}", stderr(&output));
    assert!(stderr(&output).contains(&format!("the lock on {}", directory.display())), "{}", stderr(&output));
}

#[test]
fn a_private_key_among_the_cas_is_warned_of() {
    let home = tempfile::tempdir().unwrap();
    let directory_flag = format!("--directory={}", home.path().join("run").display());
    let local = ["--source=local", "--dns-names=a.example", &directory_flag];
    let first = obtain(home.path(), &local, &[]);
    assert!(first.status.success() && !stderr(&first).contains("private key"), "{}", stderr(&first));
    let state = home.path().join(".local/state/podcert");
    let [certificate, key] = ["ca.crt", "ca.key"].map(|name| fs::read_to_string(state.join(name)).unwrap());
    fs::write(state.join("ca.crt"), certificate + &key).unwrap();
    let second = obtain(home.path(), &local, &[]);
    assert!(
        second.status.success() && stderr(&second).contains("contains a private key"),
        "{}",
        stderr(&second)
    );
    assert!(stderr(&second).contains("podcert/ca.crt"), "{}", stderr(&second));
    assert!(key.lines().all(|line| !stderr(&second).contains(line)), "{}", stderr(&second));
}

#[test]
fn all_faults_are_reported_at_once() {
    let home = tempfile::tempdir().unwrap();
    let output = obtain(home.path(), &["--duration=5x"], &[("PODCERT_ISSUR", "ca"), ("PODCERT_ISSUER", "")]);
    assert_eq!(output.status.code(), Some(64));
    let text = stderr(&output);
    for part in
        ["podcert: PODCERT_ISSUR: unknown variable; did you mean PODCERT_ISSUER?", "--duration", "--source"]
    {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
}

#[test]
fn outside_a_cluster_cert_manager_is_an_error_that_tells_what_is_missing() {
    let home = tempfile::tempdir().unwrap();
    let directory = format!("--directory={}", home.path().join("run").display());
    let typed = obtain(home.path(), &["--issuer=ca", &directory], &[]);
    assert_eq!(typed.status.code(), Some(78));
    assert!(stderr(&typed).contains("this is not a pod"), "{}", stderr(&typed));
    assert!(stderr(&typed).contains("--pod-uid (PODCERT_POD_UID)"), "{}", stderr(&typed));
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
    assert!(stderr(&output).contains("this is not a pod"), "{}", stderr(&output));
}

#[test]
fn a_command_line_that_cannot_be_read_is_a_usage_error() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(obtain(home.path(), &["--nonsense"], &[]).status.code(), Some(64));
    let help = obtain(home.path(), &["--help"], &[]);
    assert!(help.status.success());
    let help = stdout(&help);
    for part in ["--issuer", "[default: /run/podcert]", "0440", "Exit codes"] {
        assert!(help.contains(part), "{part} is not in: {help}");
    }
}
