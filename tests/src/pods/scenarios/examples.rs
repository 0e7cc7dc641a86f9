//! The folders of `examples`, from the files that `cargo xtask example` starts.

use std::collections::BTreeSet;

use super::{Needs, Scenario};
use crate::pods::namespace::Namespace;
use crate::pods::release::{Kind, Release, View};

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("elixir", Needs::Namespace(elixir)),
    Scenario::new("erlang", Needs::Namespace(|namespace| nodes_meet(namespace, "erlang"))),
    Scenario::new("gleam", Needs::Namespace(|namespace| nodes_meet(namespace, "gleam"))),
    Scenario::new("nginx", Needs::Namespace(nginx)),
];

/// A client with a certificate of the CA gets an answer; one with a different certificate or none is refused.
fn nginx(namespace: &Namespace) {
    namespace.kubectl(&["apply", "--kustomize", &file("nginx")]);
    namespace.await_by(&["wait", "deployment/web", "--for=condition=Available"]);
    namespace.await_by(&["wait", "jobs", "--all", "--for=condition=Complete"]);

    let said = namespace.logs("job/client");
    let (with, without) = said.split_once("Without:\n").expect("two parts");
    let (_, shown) = with.split_once(ACCEPTED).unwrap_or_else(|| panic!("no answer in TLS 1.3: {with}"));
    let shown = shown.lines().next().unwrap_or_default().trim_start_matches('0').to_lowercase();
    assert_eq!(shown, serial(namespace, "job/client"), "nginx has seen another certificate");
    let server = format!("URI:spiffe://cluster.local/ns/{}/sa/web", namespace.name());
    assert!(with.contains(&server), "the client does not see {server}: {with}");
    assert_eq!(without, "refused, client certificate: NONE");

    let said = namespace.logs("job/stranger");
    assert!(said.contains("refused, client certificate: FAILED:"), "another CA counts: {said}");

    let pods = namespace.kubectl(&["get", "pods", "--selector=app=web", "--output=name"]);
    let serials: BTreeSet<_> = pods.lines().map(|pod| serial(namespace, pod)).collect();
    assert_eq!((pods.lines().count(), serials.len()), (2, 2), "pods share certificates: {serials:?}");
}

/// Each node answers over HTTP with its view of the others.
fn elixir(namespace: &Namespace) {
    nodes_meet(namespace, "elixir");
    let answer =
        namespace.kubectl(&["exec", POD, "--", "curl", "--silent", "--fail", "app-clustered-app:4000"]);
    let view: View = serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}"));
    assert_eq!(view.peers.len(), 2, "{answer}");
}

fn nodes_meet(namespace: &Namespace, name: &str) {
    let values = format!("--values={}", file(&format!("{name}/values.yaml")));
    Release::install(namespace, Kind::StatefulSet, &[&values]).meets(3);
}

/// Of the certificate that a pod's init container has published, without zeros in front.
fn serial(namespace: &Namespace, pod: &str) -> String {
    let said = namespace.kubectl(&["logs", pod, "--container=obtain"]);
    let serial = said.split_once("serial=\"").and_then(|(_, rest)| rest.split_once('"'));
    serial.unwrap_or_else(|| panic!("{pod} has published none: {said}")).0.trim_start_matches('0').to_owned()
}

fn file(path: &str) -> String {
    format!("{}/../examples/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// One of a release of our chart.
const POD: &str = "app-clustered-app-0";

const ACCEPTED: &str = " answers over TLSv1.3, client certificate: SUCCESS ";
