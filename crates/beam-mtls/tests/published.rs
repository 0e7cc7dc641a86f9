//! The binary on a certificate that an init container has published, which it cannot replace.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A pod: its volumes, and the releases of its image.
struct Pod(TempDir);

impl Pod {
    fn new() -> Self {
        Self(tempfile::tempdir().expect("a directory"))
    }

    /// A release that brings this ERTS and ends at once.
    fn release(&self, erts: &str) -> PathBuf {
        let root = self.0.path().join(format!("release-{erts}"));
        fs::create_dir_all(root.join(format!("erts-{erts}/bin"))).expect("a directory");
        fs::create_dir_all(root.join("bin")).expect("a directory");
        let app = root.join("bin/app");
        fs::write(&app, "#!/bin/sh\n").expect("a file");
        fs::set_permissions(&app, fs::Permissions::from_mode(0o755)).expect("a mode");
        app
    }

    /// `beam-mtls run` with these flags and nothing else in its environment but a home, a PATH and a cookie.
    fn run(&self, flags: &[&str], command: &Path) -> Output {
        let directory = |name: &str| self.0.path().join(name);
        Command::new(env!("CARGO_BIN_EXE_beam-mtls"))
            .env_clear()
            .env("HOME", self.0.path())
            .env("PATH", "/nowhere")
            .env("BEAM_MTLS_COOKIE", "topsecret")
            .arg("run")
            .arg("--directory")
            .arg(directory("certificate"))
            .arg("--config-directory")
            .arg(directory("config"))
            .args(flags)
            .arg("--")
            .arg(command)
            .output()
            .expect("beam-mtls runs")
    }

    /// Publishes a certificate for an address, as an init container that knows nothing of OTP.
    fn publish(&self, flags: &[&str]) {
        let named = ["--source=local", "--name=app@app.example", "--ip-addresses=10.0.0.1"];
        let output = self.run(&[&named, flags].concat(), &self.release("15.2"));
        assert!(output.status.success(), "{}", text(&output));
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn only_on_an_otp_that_needs_them_are_addresses_as_dns_names_demanded() {
    let by_address = ["--name=app@10.0.0.1"];
    let pod = Pod::new();
    pod.publish(&[]);
    let new = pod.run(&by_address, &pod.release("15.2"));
    assert!(new.status.success(), "{}", text(&new));
    let old = pod.run(&by_address, &pod.release("13.2.2"));
    assert_eq!(old.status.code(), Some(78), "{}", text(&old));
    assert!(text(&old).contains("PODCERT_IP_ADDRESSES_AS_DNS_NAMES=true"), "{}", text(&old));
    let by_name = pod.run(&["--name=app@app.example"], &pod.release("13.2.2"));
    assert!(by_name.status.success(), "{}", text(&by_name));

    pod.publish(&["--ip-addresses-as-dns-names"]);
    let old = pod.run(&by_address, &pod.release("13.2.2"));
    assert!(old.status.success(), "{}", text(&old));
}

#[test]
fn the_log_names_the_source_of_the_certificate() {
    let pod = Pod::new();
    pod.publish(&[]);
    let log = text(&pod.run(&["--name=app@app.example"], &pod.release("15.2")));
    assert!(log.contains("using the published certificate source=local"), "{log}");
}

/// On one machine nodes dial from addresses that are not theirs, so with a local CA the names are always there.
#[test]
fn a_local_ca_certifies_addresses_as_dns_names_too() {
    let pod = Pod::new();
    let log = text(&pod.run(&["--source=local", "--name=app@127.0.0.11"], &pod.release("15.2")));
    assert!(log.contains("names=DNS:127.0.0.11, IP:127.0.0.11"), "{log}");
}
