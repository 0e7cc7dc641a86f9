//! A release of OTP that nobody has tried: the node stops and says so, unless it is told to go on. And one in which
//! names cannot be bound as in those that we know: nobody is let in.

use std::fs;
use std::sync::Arc;

use libtest_mimic::Trial;

use super::on_each_otp;
use crate::beam::bench::Bench;
use crate::beam::erl::{Erl, control};
use crate::beam::node::{Node, NodeBuilder};
use crate::beam::otp::Otp;
use crate::beam::scene::{INSIDE, Scene};

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    on_each_otp(
        bench,
        &[("untested releases", untested), ("where names cannot be bound nobody is let in", unbound)],
    )
}

fn untested(scene: &mut Scene, otp: Otp) {
    compile_altered(scene, TESTED, "[\"1\", \"2\"]");
    let release = otp.release();
    let mut process = builder(scene, otp).start_in_vain();
    assert_eq!(process.wait().code(), Some(78));
    let log = process.log_to_end();
    for part in [
        format!("beam-mtls: OTP {release} was not tested with this version (tested: 1, 2)"),
        format!("BEAM_MTLS_ALLOW_OTP={release}"),
    ] {
        assert!(log.contains(&part), "{part:?} is not in the log");
    }

    // Another release than this one is no help.
    let mut process = builder(scene, otp).variable("BEAM_MTLS_ALLOW_OTP", "26").start_in_vain();
    assert_eq!(process.wait().code(), Some(78));

    let mut first = builder(scene, otp).variable("BEAM_MTLS_ALLOW_OTP", &format!("26,{release}")).start();
    let mut second = Node::start(scene, otp, "app", 12);
    assert_eq!(second.ping(&first.name), "pong");
    first.await_peers(&[&second.name]);
}

/// The module looks for listeners that it does not find, as in a net_kernel whose state is another one.
fn unbound(scene: &mut Scene, otp: Otp) {
    compile_altered(scene, "element(1, E) =:= listen", "element(1, E) =:= not_so");
    let mut server = builder(scene, otp).start();
    let mut client = Node::start(scene, otp, "app", 12);
    let mark = server.log().mark();
    assert_eq!(client.ping(&server.name), "pang");
    server.expect_logged(mark, "binding_not_in_place");
    server.expect("nodes(connected)", "[]");

    // The same two, the other way round: here the module is as it is shipped.
    assert_eq!(server.ping(&client.name), "pong");
}

/// Has our module replaced, between us and `erl`, by the one that was compiled here.
fn builder(scene: &Scene, otp: Otp) -> NodeBuilder<'_> {
    let builder = Node::builder(scene, otp, "app", 11);
    let replace =
        format!("cp -f {INSIDE}/altered/{MODULE}.beam {}/config/; exec \"$@\"", builder.directory());
    builder.wrapper(&["sh", "-c", &replace, "sh"])
}

/// Compiles our module with one thing changed, by the oldest release, as what is shipped.
fn compile_altered(scene: &Scene, from: &str, to: &str) {
    assert_eq!(SOURCE.matches(from).count(), 1, "{from} in {MODULE}");
    let source = SOURCE.replace(from, to);
    fs::write(scene.make_directory("altered").join(format!("{MODULE}.erl")), source).expect("a source");
    let mut command = scene.command(Otp::ALL[0], "erl");
    command.args(control());
    let mut erl = Erl::start(scene, "compiler", command);
    let compile = format!("compile:file(\"{INSIDE}/altered/{MODULE}\", [{{outdir, \"{INSIDE}/altered\"}}])");
    erl.expect(&compile, &format!("{{ok,{MODULE}}}"));
}

const MODULE: &str = beam_mtls::artifacts::modules::DISTRIBUTION;
const SOURCE: &str = include_str!("../../../../erlang/beam_mtls/src/beam_mtls_dist.erl");
const TESTED: &str = r#"["25", "27", "29"]"#;
