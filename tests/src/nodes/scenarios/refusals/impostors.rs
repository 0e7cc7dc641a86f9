//! A node with a valid certificate for its own host claims the name of a node on a different host.

use super::super::disallowed;
use super::{Case, FOREIGN, Parties};
use crate::nodes::credentials::Credentials;
use crate::nodes::node::Node;
use crate::nodes::otp::Otp;
use crate::nodes::test_bed::TestBed;

pub(super) fn of_an_absent_node(bed: &mut TestBed, server: Otp, client: Otp) {
    let parties = &mut Parties::meet(bed, server, client);
    let own_host = parties.host(FOREIGN);
    let other_host = parties.host(12);
    let claims = [
        (format!("app@{other_host}"), &own_host, &other_host),
        // Any base name is allowed on the certified host, and none on a different one.
        (format!("other@{own_host}"), &other_host, &own_host),
    ];
    for (name, certified, right) in claims {
        parties.impostor_refused(&name, certified);
        let right = Credentials::good(&parties.ca, right);
        parties.admitted(&name, &right);
    }
    // Nor a name on the host that is dialed, nor what resembles a host of the certificate or none at all.
    for host in
        [parties.host(11), format!("{own_host}."), format!("{own_host}1"), "nobody.invalid.".to_owned()]
    {
        parties.impostor_refused(&format!("other@{host}"), &own_host);
    }
    parties.server.expect("net_kernel:allowed()", "{ok,[]}");
    let own = Credentials::good(&parties.ca, &own_host);
    parties.admitted(&format!("other@{own_host}"), &own);
}

pub(super) fn of_an_absent_node_over_ipv6(bed: &mut TestBed, otp: Otp) {
    bed.enter_own_network();
    of_an_absent_node(bed, otp, otp);
}

pub(super) fn of_a_node_that_left(bed: &mut TestBed, server: Otp, client: Otp) {
    let parties = &mut Parties::meet(bed, server, client);
    let real = real_node(parties);
    let name = real.name.clone();
    drop(real);
    parties.server.await_peers(&[]);

    let own_host = parties.host(FOREIGN);
    parties.impostor_refused(&name, &own_host);
    let right = Credentials::good(&parties.ca, &parties.host(12));
    parties.admitted(&name, &right);
    parties.impostor_refused(&name, &own_host);
}

pub(super) fn of_a_connected_node(bed: &mut TestBed, server: Otp, client: Otp) {
    let parties = &mut Parties::meet(bed, server, client);
    let mut real = real_node(parties);
    let name = real.name.clone();
    let watch = "register(watch, spawn(fun() -> monitor_node('NAME', true), receive _ -> gone end end))";
    parties.server.expect(&watch.replace("NAME", &name), "true");

    let own_host = parties.host(FOREIGN);
    for _ in 0..3 {
        parties.impostor_refused(&name, &own_host);
    }
    parties.server.expect("is_pid(whereis(watch))", "true");
    parties.server.await_peers(&[&name]);
    assert_eq!(real.ping(&parties.server.name), "pong");

    // A node with the right certificate is that node, and takes the place of the former one.
    let right = Credentials::good(&parties.ca, &parties.host(12));
    drop(real);
    parties.server.await_peers(&[]);
    parties.admitted(&name, &right);
}

fn real_node(parties: &mut Parties<'_>) -> Node {
    let mut real = Node::start(parties.bed, parties.foreign_otp, "real", 12);
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
