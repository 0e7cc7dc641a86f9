//! A release in which all code is loaded at boot and none is looked for later.

use super::Needs::EachOtp;
use super::{Scenario, disallowed, mesh};
use crate::nodes::credentials::Credentials;
use crate::nodes::erl::{Erl, control};
use crate::nodes::foreign_node::{ForeignNode, PeerVerification};
use crate::nodes::node::Node;
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::{INSIDE, TestBed};

pub(super) const SCENARIOS: &[Scenario] = &[Scenario::new("code-loaded-at-boot", EachOtp(embedded))];

fn embedded(bed: &mut TestBed, otp: Otp) {
    make_boot_file(bed, otp);
    let boot = format!("{INSIDE}/release/scenario");
    let start = |base: &str, last: u8| {
        let builder = Node::builder(bed, otp, base, last);
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

    let mut foreign = ForeignNode::start(bed, otp, 66);
    let own = Credentials::good(&bed.ca(), &bed.address(66).to_string());
    let (absent, present) = (format!("x@{}", bed.address(14)), format!("x@{}", bed.address(66)));
    foreign.become_node(bed, &absent, &own, PeerVerification::None);
    assert_eq!(foreign.ping(&names[0]), "pang");
    nodes[0].expect_logged(0, &disallowed(&absent));
    foreign.become_node(bed, &present, &own, PeerVerification::None);
    assert_eq!(foreign.ping(&names[0]), "pong");
}

fn make_boot_file(bed: &TestBed, otp: Otp) {
    bed.make_directory("release");
    let mut command = bed.command(otp, "erl");
    command.args(control());
    let mut erl = Erl::start(bed, "systools", command);
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
