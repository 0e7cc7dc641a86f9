//! A release in which all code is loaded at boot and none is looked for later.

use std::sync::Arc;

use libtest_mimic::Trial;

use super::{disallowed, mesh, on_each_otp};
use crate::beam::bench::Bench;
use crate::beam::credentials::Credentials;
use crate::beam::erl::{Erl, control};
use crate::beam::node::Node;
use crate::beam::otp::Otp;
use crate::beam::scene::{INSIDE, Scene};
use crate::beam::stranger::{Manners, Stranger};

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    on_each_otp(bench, &[("releases that load their code at boot", embedded)])
}

fn embedded(scene: &mut Scene, otp: Otp) {
    make_boot_file(scene, otp);
    let boot = format!("{INSIDE}/release/scenario");
    let start = |base: &str, last: u8| {
        let builder = Node::builder(scene, otp, base, last);
        builder.argument("-mode").argument("embedded").argument("-boot").argument(&boot).start()
    };
    let mut nodes = [start("a", 11), start("b", 12), start("c", 13)];
    let names = nodes.each_ref().map(|node| node.name.clone());
    assert_eq!(nodes[0].ping(&names[1]), "pong");
    assert_eq!(nodes[1].ping(&names[2]), "pong");
    for node in &mut nodes {
        node.expect("code:get_mode()", "embedded");
        node.await_value("length(nodes())", "2");
        mesh::expect_good_links(node);
    }

    let mut stranger = Stranger::start(scene, otp, 66);
    let own = Credentials::good(&scene.ca(), &scene.address(66).to_string());
    let (absent, present) = (format!("x@{}", scene.address(14)), format!("x@{}", scene.address(66)));
    stranger.become_node(scene, &absent, &own, Manners::Careless);
    assert_eq!(stranger.ping(&names[0]), "pang");
    nodes[0].expect_logged(0, &disallowed(&absent));
    stranger.become_node(scene, &present, &own, Manners::Careless);
    assert_eq!(stranger.ping(&names[0]), "pong");
}

fn make_boot_file(scene: &Scene, otp: Otp) {
    scene.make_directory("release");
    let mut command = scene.command(otp, "erl");
    command.args(control());
    let mut erl = Erl::start(scene, "systools", command);
    // Whatever is loaded already is enough to know the versions.
    erl.expect(
        "[application:load(Name) || Name <- [crypto, asn1, public_key, ssl, sasl]]",
        "[ok,ok,ok,ok,ok]",
    );
    let versions = "[{Name, begin {ok, V} = application:get_key(Name, vsn), V end} \
                    || Name <- [kernel, stdlib, crypto, asn1, public_key, ssl]]";
    let release = format!(
        "file:write_file(\"{INSIDE}/release/scenario.rel\", io_lib:format(\"~p.~n\", \
         [{{release, {{\"scenario\", \"1\"}}, {{erts, erlang:system_info(version)}}, {versions}}}]))"
    );
    erl.expect(&release, "ok");
    erl.expect(
        &format!(
            "systools:make_script(\"scenario\", [local, silent, no_warn_sasl, \
             {{path, [\"{INSIDE}/release\"]}}, {{outdir, \"{INSIDE}/release\"}}])"
        ),
        "{ok,systools_make,[]}",
    );
}
