//! A release of OTP that nobody has tried: the node stops and says so, unless it is told to go on.

use std::fs;
use std::sync::Arc;

use libtest_mimic::Trial;

use super::on_each_otp;
use crate::bench::Bench;
use crate::node::{Erl, Node, NodeBuilder, control};
use crate::otp::Otp;
use crate::scene::{INSIDE, Scene};

/// The scenarios.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    on_each_otp(bench, &[("untested releases", untested)])
}

fn untested(scene: &mut Scene, otp: Otp) {
    compile_for_other_releases(scene);
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

/// Has our module replaced, between us and `erl`, by the one that was compiled here.
fn builder(scene: &Scene, otp: Otp) -> NodeBuilder<'_> {
    let builder = Node::builder(scene, otp, "app", 11);
    let replace =
        format!("cp -f {INSIDE}/untested/{MODULE}.beam {}/config/; exec \"$@\"", builder.directory());
    builder.wrapper(&["sh", "-c", &replace, "sh"])
}

/// By the oldest release, as what is shipped.
fn compile_for_other_releases(scene: &Scene) {
    let source = SOURCE.replace(TESTED, "[\"1\", \"2\"]");
    assert!(source != SOURCE, "{MODULE} has another list of tested releases than {TESTED}");
    fs::write(scene.make_directory("untested").join(format!("{MODULE}.erl")), source).expect("a source");
    let mut command = scene.command(Otp::ALL[0], "erl");
    command.args(control());
    let mut erl = Erl::start(scene, "compiler", command);
    let compile =
        format!("compile:file(\"{INSIDE}/untested/{MODULE}\", [{{outdir, \"{INSIDE}/untested\"}}])");
    erl.expect(&compile, &format!("{{ok,{MODULE}}}"));
}

const MODULE: &str = beam_mtls::binding::MODULE;
const SOURCE: &str = include_str!("../../../erlang/beam_mtls/src/beam_mtls_dist.erl");
const TESTED: &str = r#"["25", "27", "29"]"#;
