//! Remote consoles: hidden nodes that dial and do not listen.

use std::fs;
use std::sync::Arc;

use libtest_mimic::Trial;

use super::{disallowed, on_each_otp};
use crate::beam::bench::Bench;
use crate::beam::credentials::Credentials;
use crate::beam::erl::{Erl, control};
use crate::beam::node::{Node, quoted};
use crate::beam::otp::Otp;
use crate::beam::scene::{INSIDE, Scene};
use crate::beam::sockets;
use crate::beam::stranger::{self, Manners};

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    on_each_otp(
        bench,
        &[
            ("a remote console by remote.vm.args", ours),
            ("a remote console by flags of its own", plain),
            ("a remote console without a name", nameless),
        ],
    )
}

fn ours(scene: &mut Scene, otp: Otp) {
    let mut node = Node::start(scene, otp, "app", 11);
    let name = format!("rem-1@{}", node.host);
    let console = |name: &str| {
        let mut command = scene.command(otp, "erl");
        command.args(["-args_file", &format!("{}/config/remote.vm.args", node.directory)]);
        command.args(["-name", name]).args(control());
        command.env("XDG_CONFIG_HOME", format!("{}/config/config", node.directory));
        Erl::start(scene, name, command)
    };
    let others_name = format!("rem-1@{}", scene.address(12));
    let (mut good, mut impostor) = (console(&name), console(&others_name));
    expect_admitted(&mut node, &mut good, &name);
    // The certificate is the node's own, so another host's console it cannot be.
    let mark = node.log().mark();
    impostor.expect(&format!("net_adm:ping('{}')", node.name), "pang");
    node.expect_logged(mark, &disallowed(&others_name));
}

fn plain(scene: &mut Scene, otp: Otp) {
    let mut node = Node::start(scene, otp, "app", 11);
    let (host, other) = (scene.address(12).to_string(), scene.address(13).to_string());
    let name = format!("rem-2@{host}");
    let mut impostor = console(scene, otp, &name, &other);
    let mark = node.log().mark();
    impostor.expect(&format!("net_adm:ping('{}')", node.name), "pang");
    node.expect_logged(mark, &disallowed(&name));
    let mut good = console(scene, otp, &name, &host);
    expect_admitted(&mut node, &mut good, &name);
}

/// A node that asks whom it dials for a name; its host, which it tells itself, is bound all the same.
fn nameless(scene: &mut Scene, otp: Otp) {
    let mut node = Node::start(scene, otp, "app", 11);
    let (host, other) = (scene.address(12).to_string(), scene.address(13).to_string());
    let name = format!("undefined@{host}");
    let connect = format!("net_kernel:connect_node('{}')", node.name);
    let mut impostor = console(scene, otp, &name, &other);
    let mark = node.log().mark();
    impostor.expect(&connect, "false");
    node.expect_logged(mark, &disallowed(&host));

    let mut good = console(scene, otp, &name, &host);
    good.expect(&connect, "true");
    good.expect("lists:last(string:split(atom_to_list(node()), \"@\"))", &format!("\"{host}\""));
    node.await_value("length(nodes(hidden))", "1");
}

/// A console with OTP's own options and a certificate for another host, or the same.
fn console(scene: &Scene, otp: Otp, name: &str, certified: &str) -> Erl {
    let directory = format!("console-{certified}");
    let credentials = Credentials::good(&scene.ca(), certified);
    let path = scene.make_directory(&directory);
    stranger::write_credentials(&path, &credentials);
    let options = stranger::options(&format!("{INSIDE}/{directory}"), &credentials, Manners::Stock);
    fs::write(path.join(stranger::OPTION_FILE), options).expect("an option file");
    let mut command = stranger::command(scene, otp, &directory);
    command.args(["-name", name, "-hidden", "-dist_listen", "false"]).args(control());
    Erl::start(scene, &directory, command)
}

fn expect_admitted(node: &mut Node, console: &mut Erl, name: &str) {
    console.expect(&format!("net_adm:ping('{}')", node.name), "pong");
    console.expect(&format!("rpc:call('{}', erlang, node, [])", node.name), &quoted(&node.name));
    node.expect("nodes(hidden)", &format!("[{}]", quoted(name)));
    node.expect("nodes()", "[]");
    assert_eq!(sockets::listeners(console.pid()), Vec::<String>::new(), "a console does not listen");
}
