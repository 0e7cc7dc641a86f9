//! `beam-mtls doctor` beside real nodes: mistakes that keep nodes apart, each made and found named.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown};
use std::sync::Arc;

use libtest_mimic::Trial;
use podcert_testkit::TestCa;
use serde_json::Value;

use super::on_each_otp;
use crate::beam::bench::{Bench, PORT};
use crate::beam::credentials::Credentials;
use crate::beam::erl::{Erl, control};
use crate::beam::node::{COOKIE, Node, URI};
use crate::beam::otp::Otp;
use crate::beam::scene::{INSIDE, Scene};
use crate::beam::stranger::{Manners, Stranger, cookie_home};
use crate::process::Process;

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    on_each_otp(
        bench,
        &[
            ("a doctor finds nothing wrong, and is not noticed", healthy),
            ("a doctor finds another cookie at a peer", another_cookie),
            ("a doctor finds a cookie that comes first, and wrong modes", cookie_files),
            ("a doctor finds another CA at a peer", another_ca),
            ("a doctor finds URIs that are no peers", another_uri),
            ("a doctor finds plain TCP", plain_tcp),
            ("a doctor finds a key that the application cannot read", another_user),
            ("a doctor finds doubled flags", doubled_flags),
            ("a doctor finds other ports", other_ports),
        ],
    )
}

fn healthy(scene: &mut Scene, otp: Otp) {
    let mut node = Node::start(scene, otp, "app", 11);
    let other = Node::start(scene, otp, "app", 12);
    let mark = node.log().mark();
    node.expect("net_kernel:monitor_nodes(true)", "ok");
    let both = format!("--peer-service={},{}", other.host, node.host);
    // Again and again, since each look has to leave nothing behind that would be in the way of the next.
    for _ in 0..3 {
        let report = doctor(scene, &node, &[&both]);
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

    // As `kubectl exec` has it: what was typed for `run`, here another port and other peers, is in the files only.
    let typed = Node::builder(scene, otp, "app", 13).port(PORT + 1).setting("--peers", "any").start();
    let mut command = scene.command(otp, &format!("{INSIDE}/beam-mtls"));
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

fn another_cookie(scene: &mut Scene, otp: Otp) {
    let node = Node::start(scene, otp, "app", 11);
    let other = Node::builder(scene, otp, "app", 12).variable("BEAM_MTLS_COOKIE", "another").start();
    let mark = other.log().mark();
    let report = doctor(scene, &node, &[&format!("--peer-service={}", other.host)]);
    let told = format!("it is {}, but its cookie differs from ours", other.name);
    report.expect(
        77,
        &[(&format!("peer {}:{PORT}", other.host), "error", &told), ("local port", "ok", "cookie")],
    );
    other.expect_logged(mark, "Invalid challenge reply");

    // The settings have another one than the node was started with.
    let mut command = command(scene, &node, &[]);
    command.env("BEAM_MTLS_COOKIE", "renewed");
    examine(command).expect(
        78,
        &[("file", "error", "started with a different cookie than the one from BEAM_MTLS_COOKIE")],
    );
}

fn cookie_files(scene: &mut Scene, otp: Otp) {
    let node = Node::start(scene, otp, "app", 11);
    let write = |path: &str, text: &str, mode: u32| {
        let path = scene.path(path);
        let _ = fs::remove_file(&path);
        fs::write(&path, text).expect("a cookie");
        fs::set_permissions(&path, Permissions::from_mode(mode)).expect("a mode");
    };
    scene.make_directory("home");
    write("home/.erlang.cookie", COOKIE, 0o400);
    doctor(scene, &node, &[]).expect(0, &[("home", "ok", "contains the same cookie")]);
    write("home/.erlang.cookie", "another", 0o400);
    doctor(scene, &node, &[]).expect(78, &[("home", "error", "Erlang reads that file first")]);
    fs::remove_file(scene.path("home/.erlang.cookie")).expect("a cookie");
    write("app-11/config/config/erlang/.erlang.cookie", COOKIE, 0o440);
    doctor(scene, &node, &[]).expect(65, &[("file", "error", "mode 0440: Erlang refuses")]);
}

fn another_ca(scene: &mut Scene, otp: Otp) {
    let node = Node::start(scene, otp, "app", 11);
    let mut stranger = Stranger::start(scene, otp, 12);
    let (ca, other) = (scene.ca(), TestCa::named("another"));
    let host = scene.address(12).to_string();
    let (name, peer) = (format!("app@{host}"), format!("peer {host}:{PORT}"));
    let look = || doctor(scene, &node, &[&format!("--peer-service={host}")]);

    stranger.become_node(scene, &name, &Credentials::good(&other, &host), Manners::Stock);
    look().expect(65, &[(&peer, "error", "its certificate was issued by none of the CAs in ca.crt")]);

    // Its certificate is good, but it trusts somebody else.
    let credentials = Credentials { ca_pem: other.pem().to_owned(), ..Credentials::good(&ca, &host) };
    stranger.become_node(scene, &name, &credentials, Manners::Stock);
    let report = look();
    report.expect(77, &[(&peer, "error", "whose CA it does not know")]);
    assert!(report.text.contains("have both certificates issued by the same CA"), "{}", report.text);
}

fn another_uri(scene: &mut Scene, otp: Otp) {
    let node = Node::start(scene, otp, "app", 11);
    let other = Node::builder(scene, otp, "db", 12).uri("spiffe://scenario.test/ns/shop/sa/db").start();
    let (service, peer) = (format!("--peer-service={}", other.host), format!("peer {}:{PORT}", other.host));
    let report = doctor(scene, &node, &[&service]);
    report.expect(65, &[(&peer, "error", "none of the URIs of --peers")]);
    // Only the other one minds.
    let report = doctor(scene, &node, &[&service, "--peers=any"]);
    report.expect(77, &[(&peer, "error", "it refuses our certificate")]);
    assert!(report.text.contains("uri_not_among_peers means that its --peers"), "{}", report.text);
}

fn plain_tcp(scene: &mut Scene, otp: Otp) {
    let node = Node::start(scene, otp, "app", 11);
    let host = scene.address(12).to_string();
    let start = |last: u8, name: &str| {
        let mut command = scene.command(otp, "erl");
        command.args(["-name", name, "-start_epmd", "false", "-erl_epmd_port", &PORT.to_string()]);
        let interface = beam_mtls::artifacts::render::erlang::address(scene.node_address(last));
        command.args(["-kernel", "inet_dist_use_interface", &interface]).args(control());
        command.env("HOME", cookie_home(scene));
        Erl::start(scene, "plain TCP", command)
    };
    let _plain = start(12, &format!("plain@{host}"));
    let report = doctor(scene, &node, &[&format!("--peer-service={host}")]);
    let told = format!("it is plain@{host}, but speaks Erlang's distribution without TLS");
    report.expect(69, &[(&format!("peer {host}:{PORT}"), "error", &told)]);

    // The same node again, past the entrypoint.
    let name = node.name.clone();
    let (of, directory) = (node.host.clone(), node.directory.clone());
    drop(node);
    let _bypassing = start(11, &name);
    let mut command = scene.command(otp, &format!("{INSIDE}/beam-mtls"));
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

fn another_user(scene: &mut Scene, otp: Otp) {
    // Volumes that everybody may enter, as a pod has them.
    for path in [scene.path(""), scene.make_directory("app-11"), scene.make_directory("app-11/certificate")] {
        fs::set_permissions(path, Permissions::from_mode(0o755)).expect("a mode");
    }
    let user = USER.to_string();
    let switch = ["setpriv", "--reuid", &user, "--regid", &user, "--clear-groups", "--"];
    // It comes up with what is its own, and then the key is root's again, as after an obtain without an owner.
    let node = Node::builder(scene, otp, "app", 11).setting("--owner", &user).wrapper(&switch).start();
    chown(scene.path("app-11/certificate/tls.key"), Some(0), None).expect("an owner");
    let told = format!("the application runs as user {USER} and cannot read the key");
    doctor(scene, &node, &[]).expect(65, &[("key access", "error", &told)]);
}

fn doubled_flags(scene: &mut Scene, otp: Otp) {
    // OTP 25 ends with two carriers.
    let added = if otp.release() == "25" { "-start_epmd false" } else { "-proto_dist inet_tls" };
    let script = format!("erl=$1; shift; exec \"$erl\" {added} \"$@\"");
    let node = Node::builder(scene, otp, "app", 11).wrapper(&["sh", "-c", &script, "sh"]).start();
    let flag = added.split(' ').next().unwrap_or_default();
    let report = doctor(scene, &node, &[]);
    report.expect(78, &[(&format!("repeated {flag}"), "error", &format!("{flag} is given 2 times"))]);

    // In variables, where they wait for the next start or the next console.
    let node = Node::start(scene, otp, "app", 12);
    let mut twice = command(scene, &node, &[]);
    twice.env("ERL_FLAGS", "-proto_dist inet_tcp -ssl_dist_optfile /x");
    let report = examine(twice);
    report.expect(78, &[("ERL_FLAGS", "error", "-proto_dist inet_tcp in ERL_FLAGS conflicts with")]);
    assert!(report.text.contains("-ssl_dist_optfile /x in ERL_FLAGS conflicts with"), "{}", report.text);
    let remote = format!("{}/config/remote.vm.args", node.directory);
    let mut twice = command(scene, &node, &[]);
    twice.env("ERL_ZFLAGS", format!("-args_file {remote}")).env("RELEASE_REMOTE_VM_ARGS", &remote);
    examine(twice).expect(78, &[("consoles", "error", "ERL_ZFLAGS and RELEASE_REMOTE_VM_ARGS all name")]);
}

fn other_ports(scene: &mut Scene, otp: Otp) {
    let node = Node::start(scene, otp, "app", 11);
    let host = scene.address(12).to_string();
    let other = Node::builder(scene, otp, "app", 12).port(PORT + 1).start();
    let report = doctor(scene, &node, &[&format!("--peer-service={host}")]);
    report.expect(69, &[(&format!("peer {host}:{PORT}"), "error", "refused")]);
    assert!(report.text.contains("must be the same on all nodes"), "{}", report.text);
    // Its own settings say something else than it was started with.
    let report = doctor(scene, &other, &[]);
    report.expect(
        69,
        &[("port", "error", "listens on port 9101"), ("local port", "error", "nothing listens on")],
    );
}

/// What it has said.
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
fn doctor(scene: &Scene, of: &Node, settings: &[&str]) -> Report {
    examine(command(scene, of, settings))
}

fn command(scene: &Scene, of: &Node, settings: &[&str]) -> std::process::Command {
    let mut command = scene.command(of.otp, &format!("{INSIDE}/beam-mtls"));
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
    let mut process = Process::start(command);
    let code = process.end().code();
    let text = process.log_to_end();
    let json = text.find('{').map(|start| &text[start..]).unwrap_or_default();
    let report: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {text}"));
    let findings = report["findings"].as_array().cloned().unwrap_or_default();
    Report { code, findings, text }
}

/// Whoever the application ends up as.
const USER: u32 = 1000;
