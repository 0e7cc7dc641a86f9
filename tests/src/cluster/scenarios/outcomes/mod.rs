//! What comes of a request, for each thing that may become of it: the exit code, what is said, and whether anything is
//! published.

mod answers;
mod asker;
mod deletions;
mod outages;
mod refusals;
mod signer;
mod trust;

use super::{Reach, Scenario, beyond_namespace, within_namespace};
use crate::cluster::namespace::Namespace;

pub(super) const SCENARIOS: &[Scenario] = &[
    within_namespace("outcomes/good_answer", answers::good),
    within_namespace("outcomes/added_name", answers::added_name),
    within_namespace("outcomes/dropped_name", answers::dropped_name),
    within_namespace("outcomes/certificate_of_another_key", answers::another_key),
    within_namespace("outcomes/wrong_ca", answers::wrong_ca),
    within_namespace("outcomes/denied", refusals::denied),
    within_namespace("outcomes/invalid", refusals::invalid),
    within_namespace("outcomes/failed", refusals::failed),
    within_namespace("outcomes/not_approved", refusals::not_approved),
    within_namespace("outcomes/issuer_missing", refusals::issuer_missing),
    within_namespace("outcomes/issuer_not_ready", refusals::issuer_not_ready),
    within_namespace("outcomes/no_rights", refusals::no_rights),
    within_namespace("outcomes/intermediate_as_ca", trust::intermediate_as_ca),
    within_namespace("outcomes/no_ca", trust::no_ca),
    within_namespace("outcomes/trust_root", trust::root),
    within_namespace("outcomes/trust_intermediate", trust::intermediate),
    within_namespace("outcomes/trust_another_root", trust::another_root),
    within_namespace("outcomes/trust_nobody", trust::nobody),
    within_namespace("outcomes/deleted_once", deletions::once),
    within_namespace("outcomes/deleted_three_times", deletions::three_times),
    disturbance("outcomes/cert_manager_away", outages::cert_manager),
    disturbance("outcomes/webhook_away", outages::webhook),
    disturbance("outcomes/api_server_restarts", outages::api_server),
];

const fn disturbance(name: &'static str, play: fn(&Namespace)) -> Scenario {
    beyond_namespace(name, Reach::Disturbance, play)
}
