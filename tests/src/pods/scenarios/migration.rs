//! `examples/migration`, from its own files: from plain TCP to TLS in two rolling updates, with a client that counts the
//! outcomes of its requests.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Needs, Scenario};
use crate::pods::namespace::Namespace;

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("otp-29", Needs::Namespace(|namespace| migrates(namespace, "29"))),
    Scenario::new("otp-25", Needs::Namespace(|namespace| migrates(namespace, "25"))),
    Scenario::new("otp-27", Needs::Namespace(|namespace| migrates(namespace, "27"))),
    Scenario::new("without-the-first-step", Needs::Namespace(splits)),
];

/// All nodes are one cluster at any time, and no request fails.
fn migrates(namespace: &Namespace, otp: &str) {
    let cluster = Migration { namespace, otp };
    cluster.apply("step-0");
    namespace.await_by(&["wait", "pod/client", "--for=condition=Ready"]);
    cluster.meets("all talk without TLS", |links| links.values().all(|link| !link.tls));

    cluster.apply("step-1");
    cluster
        .meets("all can be reached with TLS, and dial without", |links| links.values().all(|link| !link.tls));
    cluster.apply_to_the_last_node("step-2");
    cluster.meets("one node is through with it", |links| {
        links.values().all(|link| link.tls == (link.ends.contains("shop-2")))
    });
    cluster.apply_to_all();
    cluster.meets("all talk over TLS", |links| links.values().all(|link| link.tls));

    cluster.client_was_served(&["plain", "mixed", "tls"]);
}

/// Without the first step there are two clusters for a time; no request fails either.
fn splits(namespace: &Namespace) {
    let cluster = Migration { namespace, otp: "29" };
    cluster.apply("step-0");
    namespace.await_by(&["wait", "pod/client", "--for=condition=Ready"]);
    cluster.meets("all talk without TLS", |links| links.values().all(|link| !link.tls));

    cluster.apply_to_the_last_node("step-2");
    namespace.until("the halves do not see each other", || {
        let views = cluster.views();
        let peers = |pod: &str| views.get(pod).and_then(|view| view["peers"].as_array()).map(Vec::len);
        Ok(PODS.map(peers) == [Some(1), Some(1), Some(0)])
    });
    cluster.apply_to_all();
    cluster.meets("all talk over TLS", |links| links.values().all(|link| link.tls));

    cluster.client_was_served(&["plain", "alone", "tls"]);
}

struct Migration<'a> {
    namespace: &'a Namespace,
    otp: &'a str,
}

/// Between two nodes, as one of them sees it.
struct Link {
    /// The pods of both.
    ends: BTreeSet<String>,
    tls: bool,
}

impl Migration<'_> {
    /// Waits until all pods are new.
    fn apply(&self, step: &str) {
        let folder = format!("{}/../examples/migration/{step}", env!("CARGO_MANIFEST_DIR"));
        let mut text = self
            .namespace
            .kubectl(&["kustomize", &folder])
            .replace("app:otp-29", &format!("app:otp-{}", self.otp));
        if self.otp == "25" {
            // beam-mtls detects OTP 25 itself; `podcert obtain` needs the setting.
            let variable = "- name: PODCERT_IP_ADDRESSES_AS_DNS_NAMES\n          value: \"true\"\n        ";
            text = text.replace(ISSUER, &format!("{variable}{ISSUER}"));
        }
        self.namespace.apply_text(&text);
        self.wait();
    }

    fn apply_to_the_last_node(&self, step: &str) {
        self.stop_at(2);
        self.apply(step);
    }

    fn apply_to_all(&self) {
        self.stop_at(0);
        self.wait();
    }

    fn stop_at(&self, partition: u8) {
        let update =
            format!(r#"{{"spec":{{"updateStrategy":{{"rollingUpdate":{{"partition":{partition}}}}}}}}}"#);
        self.namespace.kubectl(&["patch", "statefulset/shop", "--patch", &update]);
    }

    fn wait(&self) {
        self.namespace.await_by(&["rollout", "status", "statefulset/shop"]);
    }

    /// Waits until each node sees both others, and the links are as wanted. Until then, no node has lost a node that
    /// is still there.
    fn meets(&self, what: &str, wanted: impl Fn(&BTreeMap<(String, String), Link>) -> bool) {
        self.namespace.until(what, || {
            let links = self.links();
            Ok(links.len() == 6 && wanted(&links))
        });
        let present: Vec<_> = self
            .views()
            .values()
            .filter_map(|view| Some(format!("{} is gone", view["node"].as_str()?)))
            .collect();
        for pod in PODS {
            let said = self.namespace.logs(pod);
            let lost = present.iter().find(|lost| said.contains(*lost));
            assert_eq!(lost, None, "{what}, but {pod} has lost a node: {said}");
        }
    }

    fn links(&self) -> BTreeMap<(String, String), Link> {
        let views = self.views();
        let pod_of =
            |node: &Value| views.iter().find(|(_, view)| view["node"] == *node).map(|(pod, _)| pod.clone());
        let mut links = BTreeMap::new();
        for (pod, view) in &views {
            for peer in view["peers"].as_array().into_iter().flatten() {
                // A node that is terminating does not count.
                let Some(other) = pod_of(&peer["node"]) else { return BTreeMap::new() };
                let ends = BTreeSet::from([pod.clone(), other.clone()]);
                links.insert((pod.clone(), other), Link { ends, tls: peer["tls"] == "tlsv1.3" });
            }
        }
        links
    }

    /// The last view that each node has printed.
    fn views(&self) -> BTreeMap<String, Value> {
        let view = |pod: &str| {
            let said = self.namespace.try_kubectl(&["logs", pod, "--container=app"]).ok()?;
            let view = said.lines().rev().find_map(|line| line.strip_prefix("view "))?;
            Some((pod.to_owned(), serde_json::from_str(view).ok()?))
        };
        PODS.into_iter().filter_map(view).collect()
    }

    /// By nodes of each of these kinds, and always.
    fn client_was_served(&self, kinds: &[&str]) {
        let said = self.namespace.logs("client");
        let line = said.lines().rfind(|line| line.starts_with("answers: ")).expect("a count");
        let words: Vec<_> = line.split([' ', ',', ';']).filter(|word| !word.is_empty()).collect();
        let count = |kind: &str| -> u32 {
            let number = words.iter().position(|word| *word == kind).and_then(|at| words.get(at + 1));
            number.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {kind} in {line}"))
        };
        assert_eq!(count("failed"), 0, "{said}");
        for kind in kinds {
            assert!(count(kind) > 0, "no answer of the kind {kind}: {line}");
        }
    }
}

const PODS: [&str; 3] = ["shop-0", "shop-1", "shop-2"];

/// In what kubectl makes of the example.
const ISSUER: &str = "- name: PODCERT_ISSUER\n";
