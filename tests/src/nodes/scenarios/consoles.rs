//! Remote consoles: hidden nodes that dial and do not listen.

use std::fs;

use super::Needs::EachOtp;
use super::{Scenario, disallowed};
use crate::nodes::credentials::Credentials;
use crate::nodes::erl::{Erl, control};
use crate::nodes::foreign_node::{self, PeerVerification};
use crate::nodes::node::{Node, quoted};
use crate::nodes::otp::Otp;
use crate::nodes::sockets;
use crate::nodes::test_bed::{INSIDE, TestBed};

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("remote-vm-args", EachOtp(ours)),
    Scenario::new("plain-flags", EachOtp(plain)),
    Scenario::new("without-a-name", EachOtp(nameless)),
];

fn ours(bed: &mut TestBed, otp: Otp) {
    let mut node = Node::start(bed, otp, "app", 11);
    let name = format!("rem-1@{}", node.host);
    let console = |name: &str| {
        let mut command = bed.command(otp, "erl");
        command.args(["-args_file", &format!("{}/config/remote.vm.args", node.directory)]);
        command.args(["-name", name]).args(control());
        command.env("XDG_CONFIG_HOME", format!("{}/config/config", node.directory));
        Erl::start(bed, name, command)
    };
    let others_name = format!("rem-1@{}", bed.address(12));
    let (mut good, mut impostor) = (console(&name), console(&others_name));
    expect_admitted(&mut node, &mut good, &name);
    // It has the node's certificate, so it cannot be a console of a different host.
    let mark = node.log().mark();
    impostor.expect(&format!("net_adm:ping('{}')", node.name), "pang");
    node.expect_logged(mark, &disallowed(&others_name));
}

fn plain(bed: &mut TestBed, otp: Otp) {
    let mut node = Node::start(bed, otp, "app", 11);
    let (host, other) = (bed.address(12).to_string(), bed.address(13).to_string());
    let name = format!("rem-2@{host}");
    let mut impostor = console(bed, otp, &name, &other);
    let mark = node.log().mark();
    impostor.expect(&format!("net_adm:ping('{}')", node.name), "pang");
    node.expect_logged(mark, &disallowed(&name));
    let mut good = console(bed, otp, &name, &host);
    expect_admitted(&mut node, &mut good, &name);
}

/// A node that gets its name from the node that it dials. It chooses its host itself, which is bound like any other.
fn nameless(bed: &mut TestBed, otp: Otp) {
    let mut node = Node::start(bed, otp, "app", 11);
    let (host, other) = (bed.address(12).to_string(), bed.address(13).to_string());
    let name = format!("undefined@{host}");
    let connect = format!("net_kernel:connect_node('{}')", node.name);
    let mut impostor = console(bed, otp, &name, &other);
    let mark = node.log().mark();
    impostor.expect(&connect, "false");
    node.expect_logged(mark, &disallowed(&host));

    let mut good = console(bed, otp, &name, &host);
    good.expect(&connect, "true");
    good.expect("lists:last(string:split(atom_to_list(node()), \"@\"))", &format!("\"{host}\""));
    node.await_value("length(nodes(hidden))", "1");
}

/// A console with OTP's own options and a certificate for this or a different host.
fn console(bed: &TestBed, otp: Otp, name: &str, certified: &str) -> Erl {
    let directory = format!("console-{certified}");
    let credentials = Credentials::good(&bed.ca(), certified);
    let path = bed.make_directory(&directory);
    foreign_node::write_credentials(&path, &credentials);
    let options =
        foreign_node::options(&format!("{INSIDE}/{directory}"), &credentials, PeerVerification::Stock);
    fs::write(path.join(foreign_node::OPTION_FILE), options).expect("an option file");
    let mut command = foreign_node::command(bed, otp, &directory);
    command.args(["-name", name, "-hidden", "-dist_listen", "false"]).args(control());
    Erl::start(bed, &directory, command)
}

fn expect_admitted(node: &mut Node, console: &mut Erl, name: &str) {
    console.expect(&format!("net_adm:ping('{}')", node.name), "pong");
    console.expect(&format!("rpc:call('{}', erlang, node, [])", node.name), &quoted(&node.name));
    node.expect("nodes(hidden)", &format!("[{}]", quoted(name)));
    node.expect("nodes()", "[]");
    assert_eq!(sockets::listeners(console.pid()), Vec::<String>::new(), "a console does not listen");
}
