//! The control: what the other scenarios see refused is let in where nothing is ours. If not even this shows a
//! difference, they prove nothing.

use std::sync::Arc;

use libtest_mimic::Trial;
use podcert_testkit::TestCa;

use super::trial;
use crate::beam::bench::Bench;
use crate::beam::credentials::Credentials;
use crate::beam::otp::Otp;
use crate::beam::scene::Scene;
use crate::beam::stranger::{Manners, Stranger};

/// The scenarios, for every pairing of who is dialled and who dials.
pub(super) fn trials(bench: &Arc<Bench>) -> Vec<Trial> {
    let name =
        |(server, client): &(Otp, Otp)| format!("{server}+{}/OTP alone lets impostors in", client.release());
    Otp::pairings()
        .map(|pair| trial(bench, name(&pair), move |scene| impostor(scene, pair.0, pair.1)))
        .collect()
}

fn impostor(scene: &Scene, server: Otp, client: Otp) {
    let (ca, other_ca) = (TestCa::new(), TestCa::new());
    let mut stock = Stranger::start(scene, server, 11);
    let host = scene.address(11).to_string();
    let name = format!("app@{host}");
    stock.become_node(scene, &name, &Credentials::good(&ca, &host), Manners::Stock);

    let mut stranger = Stranger::start(scene, client, 66);
    let (own, claimed) = (scene.address(66).to_string(), format!("app@{}", scene.address(12)));
    stranger.become_node(scene, &claimed, &Credentials::good(&ca, &own), Manners::Careless);
    assert_eq!(stranger.ping(&name), "pong");
    stock.expect("nodes()", &format!("['{claimed}']"));

    // What OTP alone does check.
    stranger.become_node(scene, &claimed, &Credentials::good(&other_ca, &own), Manners::Careless);
    assert_eq!(stranger.ping(&name), "pang");
}
