//! Who is refused, why, and that nothing but the certificate makes the difference: each refusal is followed by the
//! same dialler under the same name with the right certificate, who is let in.

mod certificates;
mod impostors;
mod names;

use std::sync::Arc;

use libtest_mimic::Trial;
use podcert_testkit::TestCa;

use super::trial;
use crate::beam::bench::Bench;
use crate::beam::credentials::Credentials;
use crate::beam::node::Node;
use crate::beam::otp::Otp;
use crate::beam::scene::Scene;
use crate::beam::stranger::{Manners, Stranger};

/// The scenarios, for every pairing of who is dialled and who dials.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let scenarios: [(&str, BetweenParties); 9] = [
        ("a name of a node that is not there", impostors::of_an_absent_node),
        ("a name of a node that was there", impostors::of_a_node_that_left),
        ("a name of a node that is connected", impostors::of_a_connected_node),
        ("certificates without trust", certificates::without_trust),
        ("certificates for other uses", certificates::for_other_uses),
        ("certificates of other workloads", certificates::of_other_workloads),
        ("host names letter by letter", names::letter_by_letter),
        ("addresses", names::addresses),
        ("many names", names::many),
    ];
    let mut trials = Vec::new();
    for otp in Otp::ALL {
        trials.push(trial(bench, format!("{otp}/impostors over IPv6"), move |scene| {
            scene.enter_own_network();
            impostors::of_an_absent_node(&mut Parties::meet(scene, otp, otp));
        }));
    }
    for (server, client) in Otp::pairings() {
        trials.extend(scenarios.map(|(name, scenario)| {
            trial(bench, format!("{server}+{}/{name}", client.release()), move |scene| {
                scenario(&mut Parties::meet(scene, server, client));
            })
        }));
    }
    trials
}

/// What takes place between them.
type BetweenParties = fn(&mut Parties<'_>);

/// A good node and whoever wants to be let in.
struct Parties<'a> {
    scene: &'a Scene,
    ca: TestCa,
    server: Node,
    stranger: Stranger,
    stranger_otp: Otp,
}

impl<'a> Parties<'a> {
    fn meet(scene: &'a Scene, server: Otp, client: Otp) -> Self {
        let server = Node::start(scene, server, "app", 11);
        let stranger = Stranger::start(scene, client, STRANGER);
        Self { scene, ca: scene.ca(), server, stranger, stranger_otp: client }
    }

    /// The host of a node that ends in `last`.
    fn host(&self, last: u8) -> String {
        self.scene.node_address(last).to_string()
    }

    /// Nobody is let in under `name` with these, and the server says why.
    fn refused(&mut self, name: &str, case: &Case<'_>) {
        let Case { what, credentials, reason } = case;
        self.stranger.become_node(self.scene, name, credentials, Manners::Careless);
        let mark = self.server.log().mark();
        let answer = self.stranger.ping(&self.server.name);
        assert_eq!(answer, "pang", "{name} with a certificate {what:?} should be refused: {reason}");
        self.server.expect_logged(mark, reason);
    }

    /// Whoever comes under `name` with these is let in, and leaves again.
    fn admitted(&mut self, name: &str, credentials: &Credentials) {
        self.stranger.become_node(self.scene, name, credentials, Manners::Careless);
        assert_eq!(self.stranger.ping(&self.server.name), "pong", "{name} should be let in");
        let is_connected = format!("lists:member('{name}', nodes(connected))");
        self.server.await_value(&is_connected, "true");
        self.stranger.leave();
        self.server.await_value(&is_connected, "false");
    }
}

/// Somebody who is to be refused.
struct Case<'a> {
    /// What is wrong.
    what: &'a str,
    credentials: Credentials,
    /// What the server's log says.
    reason: &'a str,
}

/// Where the stranger really is.
const STRANGER: u8 = 66;
