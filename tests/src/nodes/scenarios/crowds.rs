//! Connections that say nothing: one source holds a thousand of them and opens each again as soon as it is closed.
//! Peers get in all the same.

use std::time::{Duration, Instant};

use beam_mtls::artifacts::render::erlang;

use super::Needs::EachOtp;
use super::Scenario;
use crate::nodes::erl::{Erl, control};
use crate::nodes::fixtures::PORT;
use crate::nodes::node::Node;
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("one-address", EachOtp(of_one_source)),
    Scenario::new("one-ipv6-network", EachOtp(of_one_network)),
];

fn of_one_network(bed: &mut TestBed, otp: Otp) {
    bed.enter_own_network();
    of_one_source(bed, otp);
}

fn of_one_source(bed: &mut TestBed, otp: Otp) {
    let mut server = Node::start(bed, otp, "app", 11);
    let mut peer = Node::start(bed, otp, "app", 12);
    let sockets = server.eval(SOCKETS);
    let mark = server.log().mark();
    let mut crowd = Crowd::start(bed, otp, &server);
    let mut times: Vec<Duration> = (0..CONNECTS).map(|_| connect(&mut peer, &server)).collect();
    times.sort();
    assert!(times[CONNECTS / 2] < LIMIT, "a peer gets in after {times:?}");
    let reopened = crowd.reopened();
    assert!(reopened > CROWD, "the node has closed only {reopened} connections");
    server.expect_logged(mark, "too many TLS handshakes are pending");

    drop(crowd);
    assert_eq!(peer.ping(&server.name), "pong");
    // Its links end with it; while it runs, either side may dial the other again.
    drop(peer);
    server.await_value(SOCKETS, &sockets);
}

/// How long it takes until the peer is connected, from a state in which it is not.
fn connect(peer: &mut Node, server: &Node) -> Duration {
    let started = Instant::now();
    peer.expect(&format!("net_kernel:connect_node('{}')", server.name), "true");
    let time = started.elapsed();
    peer.expect(&format!("erlang:disconnect_node('{}')", server.name), "true");
    time
}

/// Somebody who opens connections and says nothing.
struct Crowd(Erl);

impl Crowd {
    /// Starts it; it opens all of its connections before it answers [`Self::reopened`].
    fn start(bed: &TestBed, otp: Otp, server: &Node) -> Self {
        let mut command = bed.command(otp, "erl");
        command.args(control());
        let mut erl = Erl::start(bed, "crowd", command);
        let (to, from) = (bed.node_address(11), bed.node_address(66));
        assert_eq!(to.to_string(), server.host);
        let family = if to.is_ipv6() { "inet6" } else { "inet" };
        let options = format!("[{family}, {{ip, {}}}, {{active, true}}]", erlang::address(from));
        let connect = format!(
            "fun Connect() -> case gen_tcp:connect({}, {PORT}, {options}) of {{ok, _}} -> ok; _ -> Connect() end end",
            erlang::address(to)
        );
        erl.expect(
            &format!(
                "Open = {connect}, Run = fun Run(Reopened) -> receive {{tcp_closed, _}} -> Open(), Run(Reopened + 1); \
                 {{ask, From}} -> From ! Reopened, Run(Reopened); {{tcp_error, _, _}} -> Run(Reopened) end end, \
                 register(crowd, spawn(fun() -> [Open() || _ <- lists:seq(1, {CROWD})], Run(0) end))"
            ),
            "true",
        );
        let mut crowd = Self(erl);
        crowd.reopened();
        crowd
    }

    /// How many of its connections were closed so far, each of which it opened again.
    fn reopened(&mut self) -> usize {
        let reopened = self.0.eval("crowd ! {ask, self()}, receive Reopened -> Reopened end");
        reopened.parse().unwrap_or_else(|_| panic!("the crowd answers {reopened}"))
    }
}

/// How many sockets a node has, without those of files and the like.
const SOCKETS: &str =
    "length([P || P <- erlang:ports(), {name, \"tcp_inet\"} =:= erlang:port_info(P, name)])";

const CROWD: usize = 1000;
const CONNECTS: usize = 10;

/// Within which half of the connects succeed.
const LIMIT: Duration = Duration::from_secs(1);
