//! An OTP release that was not tested: the node stops with a message, unless the user allows it. And a release in which
//! names cannot be bound: no peer is admitted.

use std::fs;

use super::Needs::EachOtp;
use super::Scenario;
use crate::nodes::erl::{Erl, control};
use crate::nodes::node::{Node, NodeBuilder};
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::{INSIDE, TestBed};

pub(super) const SCENARIOS: &[Scenario] =
    &[Scenario::new("untested-release", EachOtp(untested)), Scenario::new("unbound", EachOtp(unbound))];

fn untested(bed: &mut TestBed, otp: Otp) {
    compile_altered(bed, &DOOR, TESTED, "[\"1\", \"2\"]");
    let release = otp.release();
    let mut process = builder(bed, otp).start_in_vain();
    assert_eq!(process.wait().code(), Some(78));
    let log = process.log_to_end();
    for part in [
        format!("beam-mtls: OTP {release} was not tested with this version (tested: 1, 2)"),
        format!("BEAM_MTLS_ALLOW_OTP={release}"),
    ] {
        assert!(log.contains(&part), "{part:?} is not in the log");
    }

    // To allow a different release does not help.
    let mut process = builder(bed, otp).variable("BEAM_MTLS_ALLOW_OTP", "26").start_in_vain();
    assert_eq!(process.wait().code(), Some(78));

    let mut first = builder(bed, otp).variable("BEAM_MTLS_ALLOW_OTP", &format!("26,{release}")).start();
    let mut second = Node::start(bed, otp, "app", 12);
    assert_eq!(second.ping(&first.name), "pong");
    first.await_peers(&[&second.name]);
}

/// The module does not find net_kernel's listeners, as if their state had changed.
fn unbound(bed: &mut TestBed, otp: Otp) {
    compile_altered(bed, &BINDING, "element(1, E) =:= listen", "element(1, E) =:= not_so");
    let mut server = builder(bed, otp).start();
    let mut client = Node::start(bed, otp, "app", 12);
    let mark = server.log().mark();
    assert_eq!(client.ping(&server.name), "pang");
    server.expect_logged(mark, "binding_not_in_place");
    server.expect("nodes(connected)", "[]");

    // The same two, the other way round: here the module is as it is shipped.
    assert_eq!(server.ping(&client.name), "pong");
}

/// A node with the altered modules in place of ours.
fn builder(bed: &TestBed, otp: Otp) -> NodeBuilder<'_> {
    let builder = Node::builder(bed, otp, "app", 11);
    let replace = format!("cp -f {INSIDE}/altered/*.beam {}/config/; exec \"$@\"", builder.directory());
    builder.wrapper(&["sh", "-c", &replace, "sh"])
}

/// Compiles a module with one change, by the oldest release, as the shipped modules are.
fn compile_altered(bed: &TestBed, module: &Module, from: &str, to: &str) {
    let Module { name, source } = module;
    assert_eq!(source.matches(from).count(), 1, "{from} in {name}");
    let source = source.replace(from, to);
    fs::write(bed.make_directory("altered").join(format!("{name}.erl")), source).expect("a source");
    let mut command = bed.command(Otp::ALL[0], "erl");
    command.args(control());
    let mut erl = Erl::start(bed, "compiler", command);
    let compile = format!("compile:file(\"{INSIDE}/altered/{name}\", [{{outdir, \"{INSIDE}/altered\"}}])");
    erl.expect(&compile, &format!("{{ok,{name}}}"));
}

/// A shipped module and its source.
struct Module {
    name: &'static str,
    source: &'static str,
}

/// The module that the option file and net_kernel call.
const DOOR: Module = Module {
    name: beam_mtls::artifacts::modules::DISTRIBUTION,
    source: include_str!("../../../../erlang/beam_mtls/src/beam_mtls_dist.erl"),
};

/// The module that finds net_kernel's listeners.
const BINDING: Module = Module {
    name: "beam_mtls_dist_binding",
    source: include_str!("../../../../erlang/beam_mtls/src/beam_mtls_dist_binding.erl"),
};

const TESTED: &str = r#"["25", "27", "29"]"#;
