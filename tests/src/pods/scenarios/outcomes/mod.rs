//! The possible outcomes of a request: the exit code, the message, and whether anything is published.

mod answers;
mod deletions;
mod outages;
mod refusals;
mod requester;
mod signer;
mod trust;

use super::{Needs, Scenario};

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("good-answer", Needs::Namespace(answers::good)),
    Scenario::new("added-name", Needs::Namespace(answers::added_name)),
    Scenario::new("dropped-name", Needs::Namespace(answers::dropped_name)),
    Scenario::new("certificate-of-another-key", Needs::Namespace(answers::another_key)),
    Scenario::new("wrong-ca", Needs::Namespace(answers::wrong_ca)),
    Scenario::new("denied", Needs::Namespace(refusals::denied)),
    Scenario::new("invalid", Needs::Namespace(refusals::invalid)),
    Scenario::new("failed", Needs::Namespace(refusals::failed)),
    Scenario::new("not-approved", Needs::Namespace(refusals::not_approved)),
    Scenario::new("issuer-missing", Needs::Namespace(refusals::issuer_missing)),
    Scenario::new("issuer-not-ready", Needs::Namespace(refusals::issuer_not_ready)),
    Scenario::new("no-rights", Needs::Namespace(refusals::no_rights)),
    Scenario::new("intermediate-as-ca", Needs::Namespace(trust::intermediate_as_ca)),
    Scenario::new("no-ca", Needs::Namespace(trust::no_ca)),
    Scenario::new("trust-root", Needs::Namespace(trust::root)),
    Scenario::new("trust-intermediate", Needs::Namespace(trust::intermediate)),
    Scenario::new("trust-another-root", Needs::Namespace(trust::another_root)),
    Scenario::new("trust-nobody", Needs::Namespace(trust::nobody)),
    Scenario::new("deleted-once", Needs::Namespace(deletions::once)),
    Scenario::new("deleted-three-times", Needs::Namespace(deletions::three_times)),
    Scenario::new("cert-manager-away", Needs::Alone(outages::cert_manager)),
    Scenario::new("webhook-away", Needs::Alone(outages::webhook)),
    Scenario::new("api-server-restarts", Needs::Alone(outages::api_server)),
];
