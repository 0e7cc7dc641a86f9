//! What the companion library reports about links, in nodes that were started without it.

use std::fs;

use super::Needs::EachOtp;
use super::Scenario;
use crate::nodes::erl::{Erl, control};
use crate::nodes::node::{Node, URI, quoted};
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;

pub(super) const SCENARIOS: &[Scenario] =
    &[Scenario::new("status", EachOtp(status)), Scenario::new("events", EachOtp(events))];

fn status(bed: &mut TestBed, otp: Otp) {
    compile_library(bed);
    let [mut a, mut b] = [start(bed, otp, "a", 11), start(bed, otp, "b", 12)];
    let (name, peer) = (a.name.clone(), b.name.clone());
    assert_eq!(a.ping(&peer), "pong");
    for (node, other, direction) in [(&mut a, &peer, "out"), (&mut b, &name, "in")] {
        node.expect(
            "[{N, H, D, maps:get(version, T), maps:get(key_exchange, T)} \
             || #{node := N, hidden := H, direction := D, tls := T} <- maps:get(links, beam_mtls:status())]",
            &format!("[{{{},false,{direction},'tlsv1.3',{}}}]", quoted(other), otp.key_exchange()),
        );
    }
    // An address is there as a name too, since OTP 25 looks among names only.
    let names = format!("[<<\"dns:{0}\">>,<<\"ip:{0}\">>,<<\"uri:{URI}\">>]", b.host);
    let own = b.eval("maps:get(certificate, beam_mtls:status())");
    b.expect("lists:sort(maps:get(names, maps:get(certificate, beam_mtls:status())))", &names);
    b.expect(
        "maps:get(not_after, maps:get(certificate, beam_mtls:status())) > erlang:system_time(second)",
        "true",
    );
    // The file that b has is the one that b showed.
    a.expect(
        "[C || #{tls := #{certificate := C}} <- maps:get(links, beam_mtls:status())]",
        &format!("[{own}]"),
    );
}

fn events(bed: &mut TestBed, otp: Otp) {
    compile_library(bed);
    let mut a = start(bed, otp, "a", 11);
    // As the library's README.md says.
    let filter = "{fun logger_filters:domain/2, {log, sub, [beam_mtls]}}";
    a.expect(&format!("logger:add_handler_filter(default, beam_mtls, {filter})"), "ok");
    a.expect("element(1, beam_mtls_events:start_link(#{}))", "ok");
    let b = Node::start(bed, otp, "b", 12);
    let mark = a.log().mark();
    assert_eq!(a.ping(&b.name), "pong");
    a.expect_logged(mark, &format!("link with {} is up, out, tlsv1.3, certificate ", b.name));
    let down = format!("link with {} is down: ", b.name);
    assert!(!a.log().since(mark).contains(&down));
    drop(b);
    a.expect_logged(mark, &down);
}

fn start(bed: &TestBed, otp: Otp, base: &str, last: u8) -> Node {
    Node::builder(bed, otp, base, last).argument("-pa").argument(LIBRARY).start()
}

/// Compiles what a release would have as a dependency, by the oldest release.
fn compile_library(bed: &TestBed) {
    let directory = bed.make_directory("library");
    let mut command = bed.command(Otp::ALL[0], "erl");
    command.args(control());
    let mut erl = Erl::start(bed, "compiler", command);
    for (module, source) in SOURCES {
        fs::write(directory.join(format!("{module}.erl")), source).expect("a source");
        let compile = format!("compile:file(\"{LIBRARY}/{module}\", [{{outdir, \"{LIBRARY}\"}}])");
        erl.expect(&compile, &format!("{{ok,{module}}}"));
    }
}

const LIBRARY: &str = "/mnt/library";

const SOURCES: [(&str, &str); 4] = [
    ("beam_mtls", include_str!("../../../../erlang/beam_mtls/src/beam_mtls.erl")),
    ("beam_mtls_certificate", include_str!("../../../../erlang/beam_mtls/src/beam_mtls_certificate.erl")),
    ("beam_mtls_events", include_str!("../../../../erlang/beam_mtls/src/beam_mtls_events.erl")),
    ("beam_mtls_link", include_str!("../../../../erlang/beam_mtls/src/beam_mtls_link.erl")),
];
