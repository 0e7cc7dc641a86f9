//! `helm install` of the chart: nodes that find each other, and stay a cluster while their pods come and go.

use std::collections::{BTreeMap, BTreeSet};

use super::attackers::Attacker;
use super::{Needs, Scenario};
use crate::pods::namespace::Namespace;
use crate::pods::release::{Kind, Release, View};

pub(super) const SCENARIOS: &[Scenario] = &[
    Scenario::new("statefulset", Needs::Namespace(|namespace| lives(namespace, Kind::StatefulSet))),
    Scenario::new("deployment", Needs::Namespace(|namespace| lives(namespace, Kind::Deployment))),
    Scenario::new("otp-25", Needs::Namespace(|namespace| restarts_and_refuses(namespace, "25"))),
    Scenario::new("otp-27", Needs::Namespace(|namespace| restarts_and_refuses(namespace, "27"))),
    Scenario::new("from-otp-25-to-29", Needs::Namespace(is_upgraded)),
    Scenario::new("init-container", Needs::Namespace(has_an_init_container)),
    Scenario::new("init-container-on-otp-25", Needs::Namespace(has_addresses_as_dns_names)),
    Scenario::new("host-names", Needs::Namespace(has_host_names)),
    Scenario::new("each-helm", Needs::Cluster(installs_with_each_helm)),
    Scenario::new("cookie", Needs::Namespace(keeps_the_cookie)),
    Scenario::new("any-user", Needs::Namespace(runs_as_any_user)),
    // On other clusters a container that ends often is started again only after minutes.
    Scenario::new("churn", Needs::Cluster(leaves_nothing)),
];

/// All that may happen to a cluster in its life, on the newest OTP.
fn lives(namespace: &Namespace, kind: Kind) {
    let release = Release::install(namespace, kind, &["image.tag=otp-29"]);
    let first = own_certificates(namespace, &release, 3);
    release.scale(10);
    own_certificates(namespace, &release, 10);
    release.scale(3);
    release.meets(3);

    release.upgrade(&["podAnnotations.generation=second"]);
    let second = own_certificates(namespace, &release, 3);
    assert!(first.is_disjoint(&second), "pods of the upgrade have certificates of those before");

    let killed = release.pods().into_keys().next().expect("a pod");
    namespace.kubectl(&["delete", "pod", &killed, "--grace-period=0", "--force"]);
    namespace.until("there is another pod", || Ok(release.try_pods()?.len() == 3));
    release.wait();
    let third = own_certificates(namespace, &release, 3);
    assert_eq!(second.intersection(&third).count(), 2, "all but one pod have the certificate that they had");
    release.awaits_requests(3);
    assert!(release.test().contains("app@"), "the test does not say who answers");
}

/// A node that restarts rejoins, and a pod of a different service account is refused.
fn restarts_and_refuses(namespace: &Namespace, otp: &str) {
    let release = Release::install(namespace, Kind::StatefulSet, &[&format!("image.tag=otp-{otp}")]);
    let certificates = own_certificates(namespace, &release, 3);
    assert!(release.meets(3).values().all(|view| view.otp == otp), "not all nodes run OTP {otp}");

    let (pod, address) = release.pods().pop_first().expect("a pod");
    release.end_container(&pod);
    assert_eq!(
        own_certificates(namespace, &release, 3),
        certificates,
        "a container that restarts keeps its certificate"
    );
    refuses_other_workloads(namespace, &release, &pod, &address);
}

/// A pod of a different service account that has the cookie is refused, and admitted once only its certificate differs.
fn refuses_other_workloads(namespace: &Namespace, release: &Release<'_>, pod: &str, address: &str) {
    let (cookie, refused, admitted) =
        (release.cookie(), format!("refused-by-{pod}"), format!("admitted-by-{pod}"));
    let other =
        Attacker { pod: &refused, account: "other", target: address, cookie: &cookie, ..Attacker::default() };
    other.start(namespace);
    other.was_refused(namespace);
    let uris = format!("spiffe://cluster.local/ns/{}/sa/app-clustered-app", namespace.name());
    Attacker { pod: &admitted, uris: &uris, ..other }.is_admitted(namespace);
    // With their requests.
    namespace.kubectl(&["delete", "pods", &refused, &admitted, "--wait=false"]);
}

/// Nodes of both releases are members while the pods are replaced, also after they restart; other workloads are refused.
fn is_upgraded(namespace: &Namespace) {
    let release = Release::install(namespace, Kind::StatefulSet, &["image.tag=otp-25"]);
    release.meets(3);
    release.upgrade_to_one_new_pod(&["image.tag=otp-29"]);
    let mixed: BTreeSet<_> = release.meets(3).into_values().map(|view| view.otp).collect();
    assert_eq!(
        mixed,
        ["25", "29"].map(str::to_owned).into(),
        "the releases of a cluster that is half upgraded"
    );
    for (pod, address) in release.pods().into_iter().skip(1) {
        release.end_container(&pod);
        release.meets(3);
        refuses_other_workloads(namespace, &release, &pod, &address);
    }
    release.upgrade(&["strategy.rollingUpdate.partition=0"]);
    assert!(release.meets(3).values().all(|view| view.otp == "29"), "not all nodes were upgraded");
    release.awaits_requests(3);
}

fn has_an_init_container(namespace: &Namespace) {
    let release =
        Release::install(namespace, Kind::Deployment, &["image.tag=otp-29", "initContainer.enabled=true"]);
    own_certificates(namespace, &release, 3);
    let pod = release.pods().into_keys().next().expect("a pod");
    let token = "/var/run/secrets/kubernetes.io/serviceaccount/token";
    let missing = namespace.try_kubectl(&["exec", &pod, "--container=app", "--", "test", "!", "-e", token]);
    assert!(missing.is_ok(), "the application has a token of the service account");
}

/// The init container cannot see which OTP it obtains for.
fn has_addresses_as_dns_names(namespace: &Namespace) {
    let values = ["image.tag=otp-25", "initContainer.enabled=true", "ipAddressesAsDnsNames=true"];
    own_certificates(namespace, &Release::install(namespace, Kind::Deployment, &values), 3);
}

fn has_host_names(namespace: &Namespace) {
    let release = Release::install(namespace, Kind::StatefulSet, &["image.tag=otp-29", "host=fqdn"]);
    let views = release.meets(3);
    for (pod, view) in views {
        let domain = format!("app-clustered-app-nodes.{}.svc.cluster.local", namespace.name());
        assert_eq!(view.node, format!("app@{pod}.{domain}"));
    }
}

fn installs_with_each_helm(namespace: &Namespace) {
    let helms = namespace.cluster().helms();
    assert!(helms.len() > 1, "there is only {helms:?}");
    for helm in helms {
        let release =
            Release::install_with(helm, namespace, Kind::StatefulSet, &["image.tag=otp-29", "replicas=2"]);
        let cookie = release.cookie();
        release.upgrade(&["podAnnotations.generation=second"]);
        assert_eq!(release.cookie(), cookie, "an upgrade has changed the cookie");
        release.meets(2);
        release.test();
        release.uninstall();
    }
}

/// A new cookie would split the cluster: upgrades keep it, or are refused. `tests/chart` has all other refusals.
fn keeps_the_cookie(namespace: &Namespace) {
    let release = Release::install(namespace, Kind::StatefulSet, &["image.tag=otp-29", "replicas=1"]);
    let cookie = release.cookie();
    release.upgrade(&["podAnnotations.generation=second"]);
    assert_eq!(release.cookie(), cookie, "an upgrade has changed the cookie");
    namespace.kubectl(&["delete", "secret/app-clustered-app-cookie"]);
    let error = release.try_upgrade(&[]).expect_err("an upgrade that would make another cookie");
    assert!(error.contains("a new cookie would split the cluster"), "{error}");
}

/// OpenShift chooses the user itself, so that the chart must not.
fn runs_as_any_user(namespace: &Namespace) {
    let none = "podSecurityContext.runAsUser=null,podSecurityContext.runAsGroup=null,podSecurityContext.fsGroup=null";
    let release = Release::install(namespace, Kind::Deployment, &["image.tag=otp-29", "replicas=2", none]);
    release.meets(2);
    let pod = release.pods().into_keys().next().expect("a pod");
    let user = namespace.field(&format!("pod/{pod}"), ".spec.securityContext.runAsUser");
    assert_eq!(user, "", "the chart chooses a user");
}

/// After 50 pods were deleted and 50 containers have ended there are as many requests as pods.
fn leaves_nothing(namespace: &Namespace) {
    // What obtains the certificate is the same, and a shell starts sooner than a node.
    let stay = "args={sh,-c,trap 'exit 0' TERM; sleep infinity & wait}";
    let release = Release::install(namespace, Kind::Deployment, &["image.tag=otp-29", "replicas=10", stay]);
    for _ in 0..5 {
        for pod in release.pods().into_keys() {
            release.end_container(&pod);
        }
        release.wait();
        namespace.kubectl(&["delete", "pods", "--all", "--wait=false"]);
        namespace.until("all pods are new", || Ok(release.try_pods()?.len() == 10));
        release.wait();
    }
    release.awaits_requests(10);
}

/// Asserts that each pod has its own certificate with its own address, and that the others see it. Returns the serial
/// numbers.
fn own_certificates(namespace: &Namespace, release: &Release<'_>, pods: usize) -> BTreeSet<String> {
    let views = release.meets(pods);
    let mut serials = BTreeMap::new();
    for (pod, address) in release.pods() {
        let show =
            ["openssl", "x509", "-noout", "-serial", "-ext", "subjectAltName", "-in", "/run/podcert/tls.crt"];
        let shown = namespace.kubectl(&[&["exec", &pod, "--container=app", "--"], &show[..]].concat());
        assert!(
            shown.contains(&format!("IP Address:{address}")),
            "{pod} at {address} has a certificate for {shown}"
        );
        let serial = shown.lines().find_map(|line| line.strip_prefix("serial=")).expect("a serial number");
        serials.insert(views[&pod].node.clone(), plain(serial));
    }
    for View { node, peers, .. } in views.values() {
        for peer in peers {
            assert_eq!(
                plain(&peer.serial),
                serials[&peer.node],
                "{node} sees another certificate of {}",
                peer.node
            );
        }
    }
    let serials: BTreeSet<_> = serials.into_values().collect();
    assert_eq!(serials.len(), pods, "pods share certificates");
    serials
}

/// Programs write serial numbers with and without zeros in front.
fn plain(serial: &str) -> String {
    serial.trim_start_matches('0').to_lowercase()
}
