//! What all other scenarios take for granted: pods run, find each other by name, and get certificates.

use super::{Scenario, within_namespace};
use crate::cluster::namespace::Namespace;

pub(super) const SCENARIOS: &[Scenario] =
    &[within_namespace("grounds/names_lead_to_pods", names_lead_to_pods)];

fn names_lead_to_pods(namespace: &Namespace) {
    namespace.apply("names.yaml", &[]);
    let answers = namespace.end_of("asker").said;
    let address = namespace.field("pod/member", ".status.podIP");
    let [by_service, by_pod] = [answers.lines().next(), answers.lines().last()];
    assert_eq!((by_service, by_pod), (Some(&*address), Some(&*address)), "the names lead elsewhere");
}
