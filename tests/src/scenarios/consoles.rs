//! Remote consoles: hidden nodes that dial and do not listen.

use std::fs;
use std::sync::Arc;

use libtest_mimic::Trial;

use super::trial;
use crate::bench::Bench;
use crate::credentials::Credentials;
use crate::node::{Erl, Node, control, quoted};
use crate::otp::Otp;
use crate::scene::{INSIDE, Scene};
use crate::sockets;
use crate::stranger::{self, Manners};

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for otp in Otp::ALL {
        trials.push(trial(bench, format!("{otp}/a remote console by remote.vm.args"), move |scene| {
            ours(scene, otp)
        }));
        trials.push(trial(bench, format!("{otp}/a remote console by flags of its own"), move |scene| {
            plain(scene, otp)
        }));
    }
    trials
}

fn ours(scene: &Scene, otp: Otp) {
    let mut node = Node::start(scene, otp, "app", 11);
    let name = format!("rem-1@{}", node.host);
    let console = |name: &str| {
        let mut command = scene.command(otp, "erl");
        command.args(["-args_file", &format!("{}/config/remote.vm.args", node.directory)]);
        command.args(["-name", name]).args(control());
        command.env("XDG_CONFIG_HOME", format!("{}/config/config", node.directory));
        Erl::start(scene, name, command)
    };
    let (mut good, mut impostor) = (console(&name), console(&format!("rem-1@{}", scene.address(12))));
    expect_admitted(&mut node, &mut good, &name);
    // The certificate is the node's own, so another host's console it cannot be.
    let mark = node.log().mark();
    impostor.expect(&format!("net_adm:ping('{}')", node.name), "pang");
    node.expect_logged(mark, "Connection attempt from disallowed node rem-1@");
}

fn plain(scene: &Scene, otp: Otp) {
    let mut node = Node::start(scene, otp, "app", 11);
    let host = scene.address(12).to_string();
    let name = format!("rem-2@{host}");
    let console = |directory: &str, certified: &str| {
        let credentials = Credentials::good(&scene.ca(), certified);
        let path = scene.make_directory(directory);
        stranger::write_credentials(&path, &credentials);
        let options = stranger::options(&format!("{INSIDE}/{directory}"), &credentials, Manners::Stock);
        fs::write(path.join(stranger::OPTION_FILE), options).expect("an option file");
        let mut command = stranger::command(scene, otp, directory);
        command.args(["-name", &name, "-hidden", "-dist_listen", "false"]).args(control());
        Erl::start(scene, directory, command)
    };
    let mut impostor = console("impostor", &scene.address(13).to_string());
    let mark = node.log().mark();
    impostor.expect(&format!("net_adm:ping('{}')", node.name), "pang");
    node.expect_logged(mark, "Connection attempt from disallowed node rem-2@");
    let mut good = console("good", &host);
    expect_admitted(&mut node, &mut good, &name);
}

fn expect_admitted(node: &mut Node, console: &mut Erl, name: &str) {
    console.expect(&format!("net_adm:ping('{}')", node.name), "pong");
    console.expect(&format!("rpc:call('{}', erlang, node, [])", node.name), &quoted(&node.name));
    node.expect("nodes(hidden)", &format!("[{}]", quoted(name)));
    node.expect("nodes()", "[]");
    assert_eq!(sockets::listeners(console.pid()), Vec::<String>::new(), "a console does not listen");
}
