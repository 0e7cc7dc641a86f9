//! The binary as a sidecar runs it, with the local CA in the place of an issuer.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Far more than anything here takes.
const PATIENCE: Duration = Duration::from_secs(240);

#[test]
fn a_certificate_is_renewed_and_its_users_reload() {
    let sidecar = Sidecar::start(&[]);
    sidecar.wait_for("it is ready", || sidecar.get("/readyz").starts_with("HTTP/1.1 200"));
    let (first, key) = (sidecar.read("tls.crt"), sidecar.read("tls.key"));
    let metrics = sidecar.get("/metrics");
    for expected in [
        "# TYPE podcert_certificate_expiry_timestamp_seconds gauge",
        "podcert_renewal_attempts_total 0",
        "podcert_renewal_failures_total{reason=\"refused\"} 0",
        "# EOF",
    ] {
        assert!(metrics.contains(expected), "{expected} is not in\n{metrics}");
    }
    let due = gauge(&metrics, "podcert_certificate_renewal_timestamp_seconds");
    let expiry = gauge(&metrics, "podcert_certificate_expiry_timestamp_seconds");
    assert!(due < expiry, "{metrics}");

    // The shortest life is a minute, so that it is due in 40 seconds at the latest.
    sidecar.wait_for("it is renewed", || sidecar.read("tls.crt") != first);
    assert_ne!(sidecar.read("tls.key"), key);
    sidecar.wait_for("the command has run", || sidecar.path("reloaded").exists());
    let request = sidecar.posts.recv_timeout(PATIENCE).expect("a request");
    assert!(request.starts_with("POST /reload?now HTTP/1.1\r\n"), "{request}");
    sidecar.wait_for("it is counted", || {
        let metrics = sidecar.get("/metrics");
        metrics.contains("podcert_renewal_attempts_total 1")
            && metrics.contains("podcert_reload_attempts_total 2")
    });
    assert!(gauge(&sidecar.get("/metrics"), "podcert_certificate_expiry_timestamp_seconds") > expiry);
    assert!(sidecar.get("/nothing").starts_with("HTTP/1.1 404"));
    assert_eq!(sidecar.stop(), Some(0));
}

#[test]
fn a_reload_that_fails_is_tried_again_and_holds_up_no_renewal() {
    let sidecar = Sidecar::start(&["--reload-process=no-such-process-at-all"]);
    sidecar.wait_for("it is ready", || sidecar.get("/readyz").starts_with("HTTP/1.1 200"));
    sidecar.wait_for("two renewals", || sidecar.get("/metrics").contains("podcert_renewal_attempts_total 2"));
    let metrics = sidecar.get("/metrics");
    let failures = gauge(&metrics, "podcert_reload_failures_total");
    assert!(failures >= 2, "{metrics}");
    // Nor does it hold up the other reloads.
    assert!(sidecar.path("reloaded").exists());
    assert!(sidecar.posts.recv_timeout(PATIENCE).is_ok());
    assert!(sidecar.log().contains("no process is called no-such-process-at-all"), "{}", sidecar.log());
}

#[test]
fn an_address_that_is_taken_is_an_error_before_anything_is_obtained() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let home = tempfile::tempdir().unwrap();
    let address = taken.local_addr().unwrap();
    let mut child = renew(home.path(), &[&format!("--http={address}")]).spawn().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(78));
    assert!(!home.path().join("run").exists());
}

/// The process, and what it has to reload.
struct Sidecar {
    home: TempDir,
    child: Child,
    http: String,
    posts: mpsc::Receiver<String>,
}

impl Sidecar {
    fn start(flags: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("--reload-url=http://{}/reload?now", server.local_addr().unwrap());
        let (sender, posts) = mpsc::channel();
        thread::spawn(move || {
            for stream in server.incoming() {
                let mut stream = stream.unwrap();
                let mut request = [0; 1024];
                let length = stream.read(&mut request).unwrap();
                stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
                let _ = sender.send(String::from_utf8_lossy(&request[..length]).into_owned());
            }
        });
        // Free a moment ago.
        let http = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let command = format!("--reload-command=touch {}", home.path().join("reloaded").display());
        let own = [format!("--http={http}"), command, url];
        let flags: Vec<&str> = own.iter().map(String::as_str).chain(flags.iter().copied()).collect();
        let child = renew(home.path(), &flags).spawn().unwrap();
        Self { home, child, http, posts }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path("run").join(name)).unwrap()
    }

    fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap()
    }

    /// The whole answer; empty if there is none.
    fn get(&self, path: &str) -> String {
        let mut answer = String::new();
        if let Ok(mut stream) = TcpStream::connect(&self.http) {
            write!(stream, "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.http).unwrap();
            let _ = stream.read_to_string(&mut answer);
        }
        answer
    }

    fn wait_for(&self, what: &str, is_so: impl Fn() -> bool) {
        let start = Instant::now();
        while !is_so() {
            assert!(start.elapsed() < PATIENCE, "waited in vain until {what}:\n{}", self.log());
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn stop(mut self) -> Option<i32> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        self.child.wait().unwrap().code()
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn renew(home: &Path, flags: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_podcert"));
    let log = fs::File::create(home.join("log")).unwrap();
    command
        .env_clear()
        .env("HOME", home)
        .env("PATH", "/usr/bin:/bin")
        .args(["renew", "--source=local", "--dns-names=a.example", "--duration=1m"])
        .arg(format!("--directory={}", home.join("run").display()))
        .args(flags)
        .stdin(Stdio::null())
        .stderr(log);
    command
}

/// The value of a metric.
fn gauge(metrics: &str, name: &str) -> i64 {
    let line = metrics.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
    line.and_then(|value| value.parse().ok()).unwrap_or_else(|| panic!("{name} is not in\n{metrics}"))
}
