//! A server that root starts and that becomes a different user: it can read its key and its cookie, and no other user can.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use super::Needs::{EachOtp, NoOtp};
use super::{Scenario, mesh};
use crate::nodes::node::{Node, NodeBuilder};
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;
use crate::process::Process;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("other-user", EachOtp(switch)),
    Scenario::new("key-of-a-former-user", NoOtp(hand_over)),
    Scenario::new("group-reads-the-key", NoOtp(group)),
    Scenario::new("impossible-owner", NoOtp(refused)),
];

fn switch(bed: &mut TestBed, otp: Otp) {
    let start = |base: &str, last| server(bed, otp, base, last).setting("--owner", USER).start();
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
fn hand_over(bed: &mut TestBed) {
    let otp = Otp::ALL[1];
    bed.make_directory("a-11");
    let mut before = server(bed, otp, "a", 11).start_in_vain();
    assert!(!before.end().success(), "it can read a cookie that is root's");
    let key = bed.path("a-11/certificate/tls.key");
    let (text, owner) = (fs::read(&key).expect("a key"), || fs::metadata(&key).expect("a key").uid());
    assert_eq!(owner(), 0);
    for _ in 0..2 {
        let mut node = server(bed, otp, "a", 11).setting("--owner", USER).start();
        node.expect(
            "element(1, file:read_file(os:getenv(\"XDG_CONFIG_HOME\") ++ \"/erlang/.erlang.cookie\"))",
            "ok",
        );
        assert_eq!((owner().to_string().as_str(), fs::read(&key).expect("a key")), (USER, text.clone()));
    }
}

/// Kubernetes gives a volume a group, and what is made in it the same.
fn group(bed: &mut TestBed) {
    let certificate = bed.make_directory("a-11/certificate");
    std::os::unix::fs::chown(&certificate, None, Some(GROUP)).expect("a group");
    fs::set_permissions(&certificate, Permissions::from_mode(0o2777)).expect("a mode");
    let _node = server(bed, Otp::ALL[1], "a", 11).setting("--owner", USER).start();
    let key = fs::metadata(certificate.join("tls.key")).expect("a key");
    assert_eq!((key.uid().to_string().as_str(), key.gid(), key.mode() & 0o7777), (USER, GROUP, 0o440));
    assert_eq!(fs::metadata(&certificate).expect("a directory").mode() & 0o7777, 0o2777);
}

fn refused(bed: &mut TestBed) {
    let fails_with = |builder: NodeBuilder<'_>, code: i32, text: &str| {
        let mut process = builder.start_in_vain();
        let status = process.end();
        let log = process.log_to_end();
        assert!(status.code() == Some(code) && log.contains(text), "{status}\n{log}");
    };
    fails_with(
        server(bed, Otp::ALL[1], "a", 11).setting("--owner", "no-such-user"),
        64,
        "neither a user in /etc/passwd nor a UID",
    );
    let mut command = bed.command(Otp::ALL[1], "setpriv");
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

/// A node whose command becomes a different user.
fn server<'a>(bed: &'a TestBed, otp: Otp, base: &str, last: u8) -> NodeBuilder<'a> {
    fs::set_permissions(bed.path(""), Permissions::from_mode(0o755)).expect("a mode");
    Node::builder(bed, otp, base, last).wrapper(&["setpriv"]).wrapper(&SWITCH)
}

const USER: &str = "4711";
const GROUP: u32 = 4713;
const SWITCH: [&str; 3] = ["--reuid=4711", "--regid=4711", "--clear-groups"];
