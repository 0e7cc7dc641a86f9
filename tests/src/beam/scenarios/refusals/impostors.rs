//! Somebody with a good certificate of his own claims the name of another host's node.

use super::super::disallowed;
use super::{Case, Parties, STRANGER};
use crate::beam::credentials::Credentials;
use crate::beam::node::Node;

pub(super) fn of_an_absent_node(parties: &mut Parties<'_>) {
    let own_host = parties.host(STRANGER);
    let other_host = parties.host(12);
    let claims = [
        (format!("app@{other_host}"), &own_host, &other_host),
        // Any base name on the own host is the same pod's, on no other one.
        (format!("other@{own_host}"), &other_host, &own_host),
    ];
    for (name, certified, right) in claims {
        parties.impostor_refused(&name, certified);
        let right = Credentials::good(&parties.ca, right);
        parties.admitted(&name, &right);
    }
    // Nor a name on the host that is dialled, nor what looks like a host of the certificate, or like nobody.
    for host in
        [parties.host(11), format!("{own_host}."), format!("{own_host}1"), "nobody.invalid.".to_owned()]
    {
        parties.impostor_refused(&format!("other@{host}"), &own_host);
    }
    parties.server.expect("net_kernel:allowed()", "{ok,[]}");
    let own = Credentials::good(&parties.ca, &own_host);
    parties.admitted(&format!("other@{own_host}"), &own);
}

pub(super) fn of_a_node_that_left(parties: &mut Parties<'_>) {
    let real = real_node(parties);
    let name = real.name.clone();
    drop(real);
    parties.server.await_peers(&[]);

    let own_host = parties.host(STRANGER);
    parties.impostor_refused(&name, &own_host);
    let right = Credentials::good(&parties.ca, &parties.host(12));
    parties.admitted(&name, &right);
    parties.impostor_refused(&name, &own_host);
}

pub(super) fn of_a_connected_node(parties: &mut Parties<'_>) {
    let mut real = real_node(parties);
    let name = real.name.clone();
    let watch = "register(watch, spawn(fun() -> monitor_node('NAME', true), receive _ -> gone end end))";
    parties.server.expect(&watch.replace("NAME", &name), "true");

    let own_host = parties.host(STRANGER);
    for _ in 0..3 {
        parties.impostor_refused(&name, &own_host);
    }
    parties.server.expect("is_pid(whereis(watch))", "true");
    parties.server.await_peers(&[&name]);
    assert_eq!(real.ping(&parties.server.name), "pong");

    // Whoever has the right certificate is the node, and takes the place of its older self.
    let right = Credentials::good(&parties.ca, &parties.host(12));
    drop(real);
    parties.server.await_peers(&[]);
    parties.admitted(&name, &right);
}

fn real_node(parties: &mut Parties<'_>) -> Node {
    let mut real = Node::start(parties.scene, parties.stranger_otp, "real", 12);
    assert_eq!(real.ping(&parties.server.name), "pong");
    parties.server.await_peers(&[&real.name]);
    real
}

impl Parties<'_> {
    fn impostor_refused(&mut self, name: &str, certified_host: &str) {
        let credentials = Credentials::good(&self.ca, certified_host);
        self.refused(name, &Case { what: certified_host, credentials, reason: &disallowed(name) });
    }
}
