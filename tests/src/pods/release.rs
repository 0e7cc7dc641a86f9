//! A clustered application, installed by our chart, and how its nodes see each other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::pods::namespace::Namespace;
use crate::wait::{self, Deadline};

/// A Helm release of `helm/clustered-app`, called `app`.
#[derive(Debug)]
pub struct Release<'a> {
    namespace: &'a Namespace,
    helm: PathBuf,
    kind: Kind,
}

/// What its pods belong to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Pods that come and go.
    Deployment,
    /// Pods that keep their names.
    StatefulSet,
}

/// What a node prints when what it sees of others has changed.
#[derive(Debug, Deserialize)]
pub struct View {
    /// Its own name.
    pub node: String,
    /// Its OTP release.
    pub otp: String,
    /// Those that it is connected to.
    pub peers: Vec<Peer>,
}

/// A link to another node.
#[derive(Debug, Deserialize)]
pub struct Peer {
    /// The other node's name.
    pub node: String,
    /// The version of TLS.
    pub tls: String,
    /// The serial number of the other node's certificate.
    pub serial: String,
}

impl<'a> Release<'a> {
    /// Installs it with these values, `name=value` each, and waits until its pods are there.
    pub fn install(namespace: &'a Namespace, kind: Kind, values: &[&str]) -> Self {
        let helm = namespace.cluster().helms().first().expect("a helm");
        Self::install_with(helm, namespace, kind, values)
    }

    /// The same with a certain Helm.
    pub fn install_with(helm: &Path, namespace: &'a Namespace, kind: Kind, values: &[&str]) -> Self {
        let release = Self { namespace, helm: helm.to_owned(), kind };
        release.helm("install", values);
        release.wait();
        release
    }

    /// Changes values and keeps all others. Waits until the pods are replaced, if that is necessary.
    pub fn upgrade(&self, values: &[&str]) {
        self.helm("upgrade", &[&["--reuse-values"], values].concat());
        self.wait();
    }

    /// Why an upgrade with these values is refused.
    pub fn try_upgrade(&self, values: &[&str]) -> Result<String, String> {
        self.try_helm("upgrade", &[&["--reuse-values"], values].concat())
    }

    /// The same for one pod of a StatefulSet, the last one.
    pub fn upgrade_to_one_new_pod(&self, values: &[&str]) {
        let partition = "strategy.rollingUpdate.partition=2";
        self.helm("upgrade", &[&["--reuse-values", partition], values].concat());
        self.wait();
    }

    /// Removes it, and waits until its pods are gone.
    pub fn uninstall(self) {
        let mut helm = self.namespace.cluster().helm(&self.helm);
        helm.args(["--namespace", self.namespace.name(), "uninstall", NAME, "--wait", &timeout()]);
        self.namespace.run(helm, None).unwrap_or_else(|error| panic!("{error}"));
    }

    /// The cookie that the chart made.
    pub fn cookie(&self) -> String {
        let template = "--output=go-template={{.data.cookie | base64decode}}";
        self.namespace.kubectl(&["get", "secret/app-clustered-app-cookie", template])
    }

    /// Ends the container of a pod as kubelet would, and waits until it was started again.
    pub fn end_container(&self, pod: &str) {
        let object = format!("pod/{pod}");
        let restarts = ".status.containerStatuses[0].restartCount";
        let before: usize = self.namespace.field(&object, restarts).parse().expect("a number");
        // It may end before kubectl has seen that the command did.
        let _ =
            self.namespace.try_kubectl(&["exec", pod, "--container=app", "--", "sh", "-c", "kill -TERM 1"]);
        self.namespace.wait(&object, restarts, &(before + 1).to_string());
    }

    /// Runs `helm test`; what its pods say.
    pub fn test(&self) -> String {
        let mut helm = self.namespace.cluster().helm(&self.helm);
        helm.args(["--namespace", self.namespace.name(), "test", NAME, "--logs", &timeout()]);
        self.namespace.run(helm, None).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Sets the number of its pods, and waits until they are there.
    pub fn scale(&self, replicas: usize) {
        self.namespace.kubectl(&["scale", self.object(), &format!("--replicas={replicas}")]);
        self.wait();
    }

    /// The object that its pods belong to, as kubectl names it.
    pub fn object(&self) -> &'static str {
        match self.kind {
            Kind::Deployment => "deployment/app-clustered-app",
            Kind::StatefulSet => "statefulset/app-clustered-app",
        }
    }

    /// Its pods that are not about to go: their names, and their addresses.
    pub fn pods(&self) -> BTreeMap<String, String> {
        self.try_pods().unwrap_or_else(|error| panic!("{error}"))
    }

    /// The same, or why they cannot be read.
    pub fn try_pods(&self) -> Result<BTreeMap<String, String>, String> {
        let template = "--output=go-template={{range .items}}{{if not .metadata.deletionTimestamp}}\
             {{.metadata.name}} {{.status.podIP}}{{\"\\n\"}}{{end}}{{end}}";
        let pods = self.namespace.try_kubectl(&["get", "pods", SELECTOR, template])?;
        let pods = pods.lines().filter_map(|line| line.split_once(' '));
        Ok(pods.map(|(name, ip)| (name.into(), ip.into())).collect())
    }

    /// Waits until each of its pods is connected to exactly all others, over TLS 1.3 and with the certificates that they
    /// have now.
    pub fn meets(&self, pods: usize) -> BTreeMap<String, View> {
        let (mut views, mut reason) = (BTreeMap::new(), None);
        let meet = wait::holds_before(Deadline::after(PATIENCE), || {
            views = self.views();
            reason = incomplete(&views, pods);
            reason.is_none()
        });
        assert!(meet, "the nodes do not meet: {reason:?}; {views:#?}");
        views
    }

    /// The number of CertificateRequests, once it is this one.
    pub fn awaits_requests(&self, number: usize) {
        let requests =
            || self.namespace.try_kubectl(&["get", "certificaterequests", MANAGED, "--output=name"]);
        self.namespace
            .until(&format!("there are {number} requests"), || Ok(requests()?.lines().count() == number));
    }

    /// The last view that each of its pods has printed.
    fn views(&self) -> BTreeMap<String, View> {
        let arguments =
            ["logs", SELECTOR, "--container=app", "--prefix", "--tail=40", "--max-log-requests=50"];
        // Pods that start have no log yet, and pods that go no longer have one.
        let said = self.namespace.try_kubectl(&arguments).unwrap_or_default();
        let present = self.try_pods().unwrap_or_default();
        let views = said.lines().filter_map(|line| {
            let (source, line) = line.strip_prefix("[pod/")?.split_once("] ")?;
            let pod = source.split('/').next()?.to_owned();
            let view = serde_json::from_str(line.strip_prefix("view ")?).ok()?;
            present.contains_key(&pod).then_some((pod, view))
        });
        // The last one of a pod stays.
        views.collect()
    }

    fn helm(&self, verb: &str, arguments: &[&str]) {
        self.try_helm(verb, arguments).unwrap_or_else(|error| panic!("{error}"));
    }

    fn try_helm(&self, verb: &str, arguments: &[&str]) -> Result<String, String> {
        let mut helm = self.namespace.cluster().helm(&self.helm);
        helm.args(["--namespace", self.namespace.name(), verb, NAME, CHART]);
        helm.args([
            "--set=image.repository=podcert.local/test/app,issuer=ca,terminationGracePeriodSeconds=5",
        ]);
        helm.arg(format!("--set=kind={:?}", self.kind));
        helm.args(arguments.iter().map(|argument| match argument.starts_with("--") {
            true => (*argument).to_owned(),
            false => format!("--set={argument}"),
        }));
        self.namespace.run(helm, None)
    }

    /// Waits until all of its pods are as they should be.
    pub fn wait(&self) {
        self.namespace.await_by(&["rollout", "status", self.object()]);
    }
}

/// Why these are not all nodes, each connected to all others.
fn incomplete(views: &BTreeMap<String, View>, pods: usize) -> Option<String> {
    if views.len() != pods {
        return Some(format!("{} of {pods} pods have printed a view", views.len()));
    }
    for view in views.values() {
        let others: Vec<_> =
            views.values().map(|other| &other.node).filter(|name| **name != view.node).collect();
        let mut seen: Vec<_> = view.peers.iter().map(|peer| &peer.node).collect();
        seen.sort();
        let mut others = others;
        others.sort();
        if seen != others {
            return Some(format!("{} sees {seen:?} instead of {others:?}", view.node));
        }
        if let Some(peer) = view.peers.iter().find(|peer| peer.tls != "tlsv1.3") {
            return Some(format!("{} talks to {} over {}", view.node, peer.node, peer.tls));
        }
    }
    None
}

const NAME: &str = "app";
/// The chart's directory.
const CHART: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../helm/clustered-app");
const SELECTOR: &str = "--selector=app.kubernetes.io/instance=app,app.kubernetes.io/name=clustered-app";
const MANAGED: &str = "--selector=app.kubernetes.io/managed-by=podcert";

/// For ten nodes on two processors.
const PATIENCE: Duration = Duration::from_secs(300);

/// How long Helm waits.
fn timeout() -> String {
    format!("--timeout={}s", wait::scaled(PATIENCE).as_secs())
}
