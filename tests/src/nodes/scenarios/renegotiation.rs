//! With TLS 1.2, a client may ask for a second handshake on the same connection, in which it shows another certificate.
//! Nodes refuse it, and the first certificate counts.

use beam_mtls::artifacts::render::erlang;

use super::Needs::EachOtp;
use super::{Scenario, disallowed};
use crate::nodes::credentials::Credentials;
use crate::nodes::erl::{Erl, control};
use crate::nodes::fixtures::PORT;
use crate::nodes::foreign_node::write_credentials;
use crate::nodes::node::Node;
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::{INSIDE, TestBed};

pub(super) const SCENARIOS: &[Scenario] = &[Scenario::new("refused", EachOtp(refused))];

fn refused(bed: &mut TestBed, otp: Otp) {
    let server = Node::builder(bed, otp, "app", 11).setting("--tls-versions", "1.2,1.3").start();
    let own_host = bed.address(66).to_string();
    write_credentials(&bed.make_directory("client"), &Credentials::good(&bed.ca(), &own_host));
    let mut command = bed.command(otp, "erl");
    command.args(control());
    let mut client = Erl::start(bed, "client", command);
    client.expect("element(1, application:ensure_all_started(ssl))", "ok");

    let mark = server.log().mark();
    let absent = format!("app@{}", bed.address(12));
    client.expect(&renegotiate_and_claim(bed, &absent), &outcome("snot_allowed"));
    server.expect_logged(mark, &disallowed(&absent));
    client.expect(&renegotiate_and_claim(bed, &format!("app@{own_host}")), &outcome("sok"));
}

/// What becomes of the second handshake, and then the status with which the node answers to the name. A name is sent
/// as in the distribution's protocol: flags, creation, length, name.
fn renegotiate_and_claim(bed: &TestBed, name: &str) -> String {
    let (to, from) = (erlang::address(bed.node_address(11)), erlang::address(bed.node_address(66)));
    let options = format!(
        "[binary, {{ip, {from}}}, {{packet, 4}}, {{active, false}}, {{versions, ['tlsv1.2']}}, {{verify, verify_none}}, \
         {{certfile, \"{INSIDE}/client/tls.crt\"}}, {{keyfile, \"{INSIDE}/client/tls.key\"}}]"
    );
    format!(
        "(fun() -> {{ok, Socket}} = ssl:connect({to}, {PORT}, {options}), Renegotiated = ssl:renegotiate(Socket), \
         ok = ssl:send(Socket, <<$N, 16#d07df7fbd:64, 5:32, (length(\"{name}\")):16, \"{name}\">>), \
         Answer = ssl:recv(Socket, 0), ssl:close(Socket), {{Renegotiated, Answer}} end)()"
    )
}

fn outcome(status: &str) -> String {
    format!("{{{{error,renegotiation_rejected}},{{ok,<<\"{status}\">>}}}}")
}
