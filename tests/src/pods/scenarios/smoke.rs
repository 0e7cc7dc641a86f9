//! What all other scenarios rely on: pods run, and names resolve to them.

use super::{Needs, Scenario};
use crate::pods::namespace::Namespace;

pub(super) const SCENARIOS: &[Scenario] =
    &[Scenario::new("names-lead-to-pods", Needs::Namespace(names_lead_to_pods))];

fn names_lead_to_pods(namespace: &Namespace) {
    namespace.apply("names.yaml", &[]);
    let answers = namespace.end_of("asker").said;
    let address = namespace.field("pod/member", ".status.podIP");
    let [by_service, by_pod] = [answers.lines().next(), answers.lines().last()];
    assert_eq!((by_service, by_pod), (Some(&*address), Some(&*address)), "the names lead elsewhere");
}
