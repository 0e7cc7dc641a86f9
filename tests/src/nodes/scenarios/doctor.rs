//! `beam-mtls doctor` beside real nodes: each mistake that keeps nodes apart is made, and doctor names it.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};

use podcert_testkit::TestCa;
use serde_json::Value;

use super::Needs::EachOtp;
use super::Scenario;
use crate::nodes::credentials::Credentials;
use crate::nodes::fixtures::PORT;
use crate::nodes::foreign_node::{self, ForeignNode, PeerVerification};
use crate::nodes::node::{COOKIE, Node, URI};
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::{INSIDE, TestBed};
use crate::process::Process;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("healthy", EachOtp(healthy)),
    Scenario::new("other-cookie", EachOtp(another_cookie)),
    Scenario::new("cookie-files", EachOtp(cookie_files)),
    Scenario::new("other-ca", EachOtp(another_ca)),
    Scenario::new("other-uri", EachOtp(another_uri)),
    Scenario::new("plain-tcp", EachOtp(plain_tcp)),
    Scenario::new("unreadable-key", EachOtp(another_user)),
    Scenario::new("doubled-flags", EachOtp(doubled_flags)),
    Scenario::new("other-ports", EachOtp(other_ports)),
];

fn healthy(bed: &mut TestBed, otp: Otp) {
    let mut node = Node::start(bed, otp, "app", 11);
    let other = Node::start(bed, otp, "app", 12);
    let mark = node.log().mark();
    node.expect("net_kernel:monitor_nodes(true)", "ok");
    let both = format!("--peer-service={},{}", other.host, node.host);
    // Several times: none may leave anything behind that disturbs the next.
    for _ in 0..3 {
        let report = doctor(bed, &node, &[&both]);
        report.expect(
            0,
            &[("local port", "ok", "has the same cookie"), ("process", "ok", "the BEAM runs as process")],
        );
        report.expect(0, &[(&format!("peer {}:{PORT}", other.host), "ok", &other.name)]);
    }
    node.await_peers(&[]);
    node.expect("receive Message -> Message after 0 -> none end", "none");
    assert_eq!(node.log().since(mark), "", "the node has logged something");
    assert_eq!(node.ping(&other.name), "pong");

    // As with `kubectl exec`: the flags of `run`, here a different port and peers, are only in the files.
    let typed = Node::builder(bed, otp, "app", 13).port(PORT + 1).setting("--peers", "any").start();
    let mut command = bed.command(otp, &format!("{INSIDE}/beam-mtls"));
    command.env("BEAM_MTLS_CONFIG_DIRECTORY", format!("{}/config", typed.directory));
    command.env("DNS_CLUSTER_QUERY", format!("{}:{PORT}", other.host));
    let report = examine(command);
    let taken =
        format!("--directory {0}/certificate, --listen {1}:9101, --peers any", typed.directory, typed.host);
    let own = format!("{}:9101", typed.host);
    report.expect(
        0,
        &[("from the node", "ok", &taken), ("local port", "ok", &own), ("name", "ok", &typed.name)],
    );
    report.expect(0, &[(&format!("peer {}:{PORT}", other.host), "ok", &other.name)]);
}

fn another_cookie(bed: &mut TestBed, otp: Otp) {
    let node = Node::start(bed, otp, "app", 11);
    let other = Node::builder(bed, otp, "app", 12).variable("BEAM_MTLS_COOKIE", "another").start();
    let mark = other.log().mark();
    let report = doctor(bed, &node, &[&format!("--peer-service={}", other.host)]);
    let found_text = format!("it is {}, but its cookie differs from ours", other.name);
    report.expect(
        77,
        &[(&format!("peer {}:{PORT}", other.host), "error", &found_text), ("local port", "ok", "cookie")],
    );
    other.expect_logged(mark, "Invalid challenge reply");

    // The settings have a different cookie than the running node.
    let mut command = command(bed, &node, &[]);
    command.env("BEAM_MTLS_COOKIE", "renewed");
    examine(command).expect(
        78,
        &[("file", "error", "started with a different cookie than the one from BEAM_MTLS_COOKIE")],
    );
}

fn cookie_files(bed: &mut TestBed, otp: Otp) {
    let node = Node::start(bed, otp, "app", 11);
    let write = |path: &str, text: &str, mode: u32| {
        let path = bed.path(path);
        let _ = fs::remove_file(&path);
        fs::write(&path, text).expect("a cookie");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("a mode");
    };
    bed.make_directory("home");
    write("home/.erlang.cookie", COOKIE, 0o400);
    doctor(bed, &node, &[]).expect(0, &[("home", "ok", "contains the same cookie")]);
    write("home/.erlang.cookie", "another", 0o400);
    doctor(bed, &node, &[]).expect(78, &[("home", "error", "Erlang reads that file first")]);
    fs::remove_file(bed.path("home/.erlang.cookie")).expect("a cookie");
    write("app-11/config/config/erlang/.erlang.cookie", COOKIE, 0o440);
    doctor(bed, &node, &[]).expect(65, &[("file", "error", "mode 0440: Erlang refuses")]);
}

fn another_ca(bed: &mut TestBed, otp: Otp) {
    let node = Node::start(bed, otp, "app", 11);
    let mut foreign = ForeignNode::start(bed, otp, 12);
    let (ca, other) = (bed.ca(), TestCa::named("another"));
    let host = bed.address(12).to_string();
    let (name, peer) = (format!("app@{host}"), format!("peer {host}:{PORT}"));
    let look = || doctor(bed, &node, &[&format!("--peer-service={host}")]);

    foreign.become_node(bed, &name, &Credentials::good(&other, &host), PeerVerification::Stock);
    look().expect(65, &[(&peer, "error", "its certificate was issued by none of the CAs in ca.crt")]);

    // Its certificate is valid, but it trusts a different CA.
    let credentials = Credentials { ca_pem: other.pem().to_owned(), ..Credentials::good(&ca, &host) };
    foreign.become_node(bed, &name, &credentials, PeerVerification::Stock);
    let report = look();
    report.expect(77, &[(&peer, "error", "whose CA it does not know")]);
    assert!(report.text.contains("have both certificates issued by the same CA"), "{}", report.text);
}

fn another_uri(bed: &mut TestBed, otp: Otp) {
    let node = Node::start(bed, otp, "app", 11);
    let other = Node::builder(bed, otp, "db", 12).uri("spiffe://scenario.test/ns/shop/sa/db").start();
    let (service, peer) = (format!("--peer-service={}", other.host), format!("peer {}:{PORT}", other.host));
    let report = doctor(bed, &node, &[&service]);
    report.expect(65, &[(&peer, "error", "none of the URIs of --peers")]);
    // Only the peer objects.
    let report = doctor(bed, &node, &[&service, "--peers=any"]);
    report.expect(77, &[(&peer, "error", "it refuses our certificate")]);
    assert!(report.text.contains("uri_not_among_peers means that its --peers"), "{}", report.text);
}

fn plain_tcp(bed: &mut TestBed, otp: Otp) {
    let node = Node::start(bed, otp, "app", 11);
    let host = bed.address(12).to_string();
    let _plain = foreign_node::plain_tcp(bed, otp, &format!("plain@{host}"), 12);
    let report = doctor(bed, &node, &[&format!("--peer-service={host}")]);
    let found_text = format!("it is plain@{host}, but speaks Erlang's distribution without TLS");
    report.expect(69, &[(&format!("peer {host}:{PORT}"), "error", &found_text)]);

    // The same node again, past the entrypoint.
    let name = node.name.clone();
    let (of, directory) = (node.host.clone(), node.directory.clone());
    drop(node);
    let _bypassing = foreign_node::plain_tcp(bed, otp, &name, 11);
    let mut command = bed.command(otp, &format!("{INSIDE}/beam-mtls"));
    command.env("PODCERT_DIRECTORY", format!("{directory}/certificate"));
    command.env("BEAM_MTLS_CONFIG_DIRECTORY", format!("{directory}/config"));
    examine(command).expect(
        69,
        &[
            ("process", "error", "without the files of beam-mtls; its carrier is inet_tcp"),
            (
                "local port",
                "error",
                &format!("{of}:{PORT}: it is {name}, but speaks Erlang's distribution without TLS"),
            ),
        ],
    );
}

fn another_user(bed: &mut TestBed, otp: Otp) {
    // Volumes that everybody may enter, as a pod has them.
    for path in [bed.path(""), bed.make_directory("app-11"), bed.make_directory("app-11/certificate")] {
        fs::set_permissions(path, Permissions::from_mode(0o755)).expect("a mode");
    }
    let user = USER.to_string();
    let switch = ["setpriv", "--reuid", &user, "--regid", &user, "--clear-groups", "--"];
    // It comes up with what is its own, and then the key is root's again, as after an obtain without an owner.
    let node = Node::builder(bed, otp, "app", 11).setting("--owner", &user).wrapper(&switch).start();
    chown(bed.path("app-11/certificate/tls.key"), Some(0), None).expect("an owner");
    let found_text = format!("the application runs as user {USER} and cannot read the key");
    doctor(bed, &node, &[]).expect(65, &[("key access", "error", &found_text)]);
}

fn doubled_flags(bed: &mut TestBed, otp: Otp) {
    // OTP 25 ends with two carriers.
    let added = if otp.release() == "25" { "-start_epmd false" } else { "-proto_dist inet_tls" };
    let script = format!("erl=$1; shift; exec \"$erl\" {added} \"$@\"");
    let node = Node::builder(bed, otp, "app", 11).wrapper(&["sh", "-c", &script, "sh"]).start();
    let flag = added.split(' ').next().unwrap_or_default();
    let report = doctor(bed, &node, &[]);
    report.expect(78, &[(&format!("repeated {flag}"), "error", &format!("{flag} is given 2 times"))]);

    // In variables, where they wait for the next start or the next console.
    let node = Node::start(bed, otp, "app", 12);
    let mut twice = command(bed, &node, &[]);
    twice.env("ERL_FLAGS", "-proto_dist inet_tcp -ssl_dist_optfile /x");
    let report = examine(twice);
    report.expect(78, &[("ERL_FLAGS", "error", "-proto_dist inet_tcp in ERL_FLAGS conflicts with")]);
    assert!(report.text.contains("-ssl_dist_optfile /x in ERL_FLAGS conflicts with"), "{}", report.text);
    let remote = format!("{}/config/remote.vm.args", node.directory);
    let mut twice = command(bed, &node, &[]);
    twice.env("ERL_ZFLAGS", format!("-args_file {remote}")).env("RELEASE_REMOTE_VM_ARGS", &remote);
    examine(twice).expect(78, &[("consoles", "error", "ERL_ZFLAGS and RELEASE_REMOTE_VM_ARGS all name")]);
}

fn other_ports(bed: &mut TestBed, otp: Otp) {
    let node = Node::start(bed, otp, "app", 11);
    let host = bed.address(12).to_string();
    let other = Node::builder(bed, otp, "app", 12).port(PORT + 1).start();
    let report = doctor(bed, &node, &[&format!("--peer-service={host}")]);
    report.expect(69, &[(&format!("peer {host}:{PORT}"), "error", "refused")]);
    assert!(report.text.contains("must be the same on all nodes"), "{}", report.text);
    // Its own settings say something else than it was started with.
    let report = doctor(bed, &other, &[]);
    report.expect(
        69,
        &[("port", "error", "listens on port 9101"), ("local port", "error", "nothing listens on")],
    );
}

/// What doctor has printed.
struct Report {
    code: Option<i32>,
    findings: Vec<Value>,
    text: String,
}

impl Report {
    /// Asserts its exit code, and findings: check, severity, and part of what was found.
    #[track_caller]
    fn expect(&self, code: i32, expected: &[(&str, &str, &str)]) {
        assert_eq!(self.code, Some(code), "{}", self.text);
        for (check, severity, found) in expected {
            let is_it = |finding: &&Value| {
                finding["check"] == *check
                    && finding["severity"] == *severity
                    && finding["found"].as_str().is_some_and(|text| text.contains(found))
            };
            assert!(
                self.findings.iter().any(|it| is_it(&it)),
                "{check}, {severity}: {found:?} is not in\n{}",
                self.text
            );
        }
    }
}

/// What it says of a node with the settings that this was started with, or others.
fn doctor(bed: &TestBed, of: &Node, settings: &[&str]) -> Report {
    examine(command(bed, of, settings))
}

fn command(bed: &TestBed, of: &Node, settings: &[&str]) -> std::process::Command {
    let mut command = bed.command(of.otp, &format!("{INSIDE}/beam-mtls"));
    command.args(["doctor", "--source=local", "--name", &of.name, "--uris", URI]);
    command.args(["--listen", &format!("{}:{PORT}", of.host)]);
    command.args(["--directory", &format!("{}/certificate", of.directory)]);
    command.args(["--config-directory", &format!("{}/config", of.directory)]);
    command.args(settings).env("BEAM_MTLS_COOKIE", COOKIE);
    command
}

fn examine(mut command: std::process::Command) -> Report {
    if command.get_args().all(|argument| argument != "doctor") {
        command.arg("doctor");
    }
    command.arg("--json");
    let (code, text) = Process::run_until_answered(command);
    let json = text.find('{').map(|start| &text[start..]).unwrap_or_default();
    let report: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {text}"));
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    Report { code, findings, text }
}

/// The user as which the application runs.
const USER: u32 = 1000;
