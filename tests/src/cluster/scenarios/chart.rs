//! `helm install` of the chart: nodes that find each other, and stay a cluster while their pods come and go.

use std::collections::{BTreeMap, BTreeSet};

use super::attackers::Attacker;
use super::{Reach, Scenario, beyond_namespace, within_namespace};
use crate::cluster::namespace::Namespace;
use crate::cluster::release::{Kind, Release, View};
use crate::wait;

pub(super) const SCENARIOS: &[Scenario] = &[
    within_namespace("chart/statefulset", |namespace| lives(namespace, Kind::StatefulSet)),
    within_namespace("chart/deployment", |namespace| lives(namespace, Kind::Deployment)),
    within_namespace("chart/otp_25", |namespace| restarts_and_refuses(namespace, "25")),
    within_namespace("chart/otp_27", |namespace| restarts_and_refuses(namespace, "27")),
    within_namespace("chart/from_otp_25_to_29", is_upgraded),
    within_namespace("chart/init_container", has_an_init_container),
    within_namespace("chart/init_container_on_otp_25", has_addresses_as_dns_names),
    within_namespace("chart/host_names", has_host_names),
    beyond_namespace("chart/each_helm", Reach::Cluster, installs_with_each_helm),
    within_namespace("chart/cookie", keeps_the_cookie),
    within_namespace("chart/any_user", runs_as_any_user),
    // On other clusters a container that ends often is started again only after minutes.
    beyond_namespace("chart/churn", Reach::Cluster, leaves_nothing),
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
    wait::until("another pod is there", || release.pods().len() == 3);
    release.wait();
    let third = own_certificates(namespace, &release, 3);
    assert_eq!(second.intersection(&third).count(), 2, "all but one pod have the certificate that they had");
    release.awaits_requests(3);
    assert!(release.test().contains("app@"), "the test does not say who answers");
}

/// A node that ends is a member again, and a pod of another service account is none.
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
    lets_no_stranger_in(namespace, &release, &pod, &address);
}

/// A pod of another service account that has the cookie is refused, until only its certificate is another.
fn lets_no_stranger_in(namespace: &Namespace, release: &Release<'_>, pod: &str, address: &str) {
    let (cookie, refused, admitted) =
        (release.cookie(), format!("refused-by-{pod}"), format!("admitted-by-{pod}"));
    let stranger =
        Attacker { pod: &refused, account: "other", target: address, cookie: &cookie, ..Attacker::default() };
    stranger.start(namespace);
    stranger.was_refused(namespace);
    let uris = format!("spiffe://cluster.local/ns/{}/sa/app-clustered-app", namespace.name());
    Attacker { pod: &admitted, uris: &uris, ..stranger }.is_admitted(namespace);
    // With their requests.
    namespace.kubectl(&["delete", "pods", &refused, &admitted, "--wait=false"]);
}

/// Nodes of both releases are members while the pods are replaced, also after they have ended, and no one else is.
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
        lets_no_stranger_in(namespace, &release, &pod, &address);
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
        wait::until("all pods are new", || release.pods().len() == 10);
        release.wait();
    }
    release.awaits_requests(10);
}

/// Each pod has a certificate of its own with its own address, and the others see it; the serial numbers.
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
