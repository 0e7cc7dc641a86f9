//! A server that root starts and that becomes another user: it can read its key and its cookie, and nobody else can.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::sync::Arc;

use libtest_mimic::Trial;

use super::{mesh, on_each_otp, trial};
use crate::beam::bench::Bench;
use crate::beam::node::{Node, NodeBuilder};
use crate::beam::otp::Otp;
use crate::beam::scene::Scene;
use crate::process::Process;

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let mut trials = on_each_otp(bench, &[("servers that become another user", switch)]);
    trials.push(trial(bench, "run/a key that was another user's before".into(), hand_over));
    trials.push(trial(bench, "run/a group that reads the key".into(), group));
    trials.push(trial(bench, "run/an owner that cannot be".into(), refused));
    trials
}

fn switch(scene: &mut Scene, otp: Otp) {
    let start = |base: &str, last| server(scene, otp, base, last).setting("--owner", USER).start();
    let mut nodes = [start("a", 11), start("b", 12)];
    let names = nodes.each_ref().map(|node| node.name.clone());
    nodes[0].expect("os:cmd(\"id -u\")", &format!("\"{USER}\\n\""));
    assert_eq!(nodes[0].ping(&names[1]), "pong");
    for node in &mut nodes {
        mesh::expect_good_links(node);
        // What the scripts of releases want to write.
        let directory = node.directory.clone();
        node.expect(&format!("file:write_file(\"{directory}/config/tmp/x\", [])"), "ok");
        for file in ["certificate/ca.crt", "config/ssl_dist.conf", "config/config/erlang/.erlang.cookie"] {
            node.expect(&format!("file:delete(\"{directory}/{file}\")"), "{error,eacces}");
        }
    }
}

/// What was published for root is kept, and becomes the user's.
fn hand_over(scene: &mut Scene) {
    let otp = Otp::ALL[1];
    scene.make_directory("a-11");
    let mut before = server(scene, otp, "a", 11).start_in_vain();
    assert!(!before.end().success(), "it can read a cookie that is root's");
    let key = scene.path("a-11/certificate/tls.key");
    let (text, owner) = (fs::read(&key).expect("a key"), || fs::metadata(&key).expect("a key").uid());
    assert_eq!(owner(), 0);
    for _ in 0..2 {
        let mut node = server(scene, otp, "a", 11).setting("--owner", USER).start();
        node.expect(
            "element(1, file:read_file(os:getenv(\"XDG_CONFIG_HOME\") ++ \"/erlang/.erlang.cookie\"))",
            "ok",
        );
        assert_eq!((owner().to_string().as_str(), fs::read(&key).expect("a key")), (USER, text.clone()));
    }
}

/// Kubernetes gives a volume a group, and what is made in it the same.
fn group(scene: &mut Scene) {
    let certificate = scene.make_directory("a-11/certificate");
    std::os::unix::fs::chown(&certificate, None, Some(GROUP)).expect("a group");
    fs::set_permissions(&certificate, Permissions::from_mode(0o2777)).expect("a mode");
    let _node = server(scene, Otp::ALL[1], "a", 11).setting("--owner", USER).start();
    let key = fs::metadata(certificate.join("tls.key")).expect("a key");
    assert_eq!((key.uid().to_string().as_str(), key.gid(), key.mode() & 0o7777), (USER, GROUP, 0o440));
    assert_eq!(fs::metadata(&certificate).expect("a directory").mode() & 0o7777, 0o2777);
}

fn refused(scene: &mut Scene) {
    let told = |builder: NodeBuilder<'_>, code: i32, text: &str| {
        let mut process = builder.start_in_vain();
        let status = process.end();
        let log = process.log_to_end();
        assert!(status.code() == Some(code) && log.contains(text), "{status}\n{log}");
    };
    told(
        server(scene, Otp::ALL[1], "a", 11).setting("--owner", "no-such-user"),
        64,
        "neither a user in /etc/passwd nor a UID",
    );
    let mut command = scene.command(Otp::ALL[1], "setpriv");
    command.args(SWITCH).args([
        "/mnt/beam-mtls",
        "run",
        "--source=local",
        "--name=a@127.0.0.1",
        "--owner=4712",
    ]);
    command.args(["--", "true"]).env("BEAM_MTLS_COOKIE", "cookie");
    let mut process = Process::start(command);
    assert_eq!(process.end().code(), Some(78));
    assert!(
        process.log_to_end().contains("--owner (PODCERT_OWNER): only root can give"),
        "{}",
        process.log().text()
    );
}

/// A node whose command becomes another user.
fn server<'a>(scene: &'a Scene, otp: Otp, base: &str, last: u8) -> NodeBuilder<'a> {
    fs::set_permissions(scene.path(""), Permissions::from_mode(0o755)).expect("a mode");
    Node::builder(scene, otp, base, last).wrapper(&["setpriv"]).wrapper(&SWITCH)
}

const USER: &str = "4711";
const GROUP: u32 = 4713;
const SWITCH: [&str; 3] = ["--reuid=4711", "--regid=4711", "--clear-groups"];
