//! What flags mean, at home and in a pod.

use clap::{Args as _, FromArgMatches};
use podcert::diagnose::{Diagnose, ErrorClass};
use podcert::identity::Identity;
use podcert::provider::{CertManagerProvider, LocalProvider, PublishedProvider};
use podcert::request::KeyAlgorithm;

use super::ambient::Ambient;
use super::xdg::Xdg;
use super::*;

/// What these flags mean for a user whose home is `/home/me`.
fn settings(flags: &[&str]) -> (Option<Settings>, Faults) {
    settings_in(&Ambient::at_home(), flags)
}

fn command() -> clap::Command {
    finish(Args::augment_args(clap::Command::new("test")))
}

fn settings_in(ambient: &Ambient, flags: &[&str]) -> (Option<Settings>, Faults) {
    let matches = command().try_get_matches_from([&["test"], flags].concat()).unwrap();
    let mut faults = Faults::of(&command());
    let settings = Args::from_arg_matches(&matches).unwrap().resolve(ambient, &mut faults);
    let settings = settings.ok().filter(|_| faults.is_empty());
    assert_eq!(settings.is_none(), !faults.is_empty());
    (settings, faults)
}

#[test]
fn only_the_source_has_to_be_set() {
    let settings = settings(&["--source", "local"]).0.unwrap();
    assert_eq!(
        settings.source,
        Source::Local(LocalProvider { state_directory: "/home/me/.local/state/podcert".into() })
    );
    assert_eq!(settings.directory, PathBuf::from("/run/podcert"));
    assert_eq!(settings.wanted.duration.as_secs(), 24 * 60 * 60);
    assert_eq!(settings.wanted.key_algorithm, KeyAlgorithm::EcdsaP256);
    assert_eq!(settings.wanted.additional, Identity::default());
    assert!(!settings.wanted.renew && !settings.wanted.ip_addresses_as_dns_names);
}

#[test]
fn every_setting_counts() {
    let settings = settings(&[
        "--source=local",
        "--directory=/tmp/certificates",
        "--dns-names=a, B.example,",
        "--ip-addresses=10.0.0.1,fd00::1",
        "--uris=spiffe://a/b",
        "--ip-addresses-as-dns-names",
        "--duration=90m",
        "--key-algorithm=ed25519",
        "--renew",
    ]);
    let settings = settings.0.unwrap();
    assert_eq!(settings.directory, PathBuf::from("/tmp/certificates"));
    assert_eq!(settings.wanted.additional.dns_names, ["a", "b.example"].map(|it| it.parse().unwrap()).into());
    assert_eq!(
        settings.wanted.additional.ip_addresses,
        ["10.0.0.1", "fd00::1"].map(|it| it.parse().unwrap()).into()
    );
    assert_eq!(settings.wanted.additional.uris, ["spiffe://a/b".parse().unwrap()].into());
    assert_eq!(settings.wanted.duration.as_secs(), 90 * 60);
    assert_eq!(settings.wanted.key_algorithm, KeyAlgorithm::Ed25519);
    assert!(settings.wanted.renew && settings.wanted.ip_addresses_as_dns_names);
}

#[test]
fn only_root_can_set_a_different_owner() {
    let flags = |owner: &'static str| ["--source=local", owner];
    let root = Ambient { uid: Some(0), ..Ambient::at_home() };
    let owner = |ambient: &Ambient, owner| {
        let settings = settings_in(ambient, &flags(owner)).0.unwrap();
        settings.owner.map(|owner| owner.uid())
    };
    assert_eq!(owner(&root, "--owner=app"), Some(105));
    assert_eq!(owner(&root, "--owner=4711"), Some(4711));
    // Who obtains it can read it anyway.
    assert_eq!(owner(&root, "--owner=0"), None);
    assert_eq!(owner(&Ambient { uid: Some(105), ..Ambient::at_home() }, "--owner=app"), None);
    assert_eq!(owner(&root, "--owner="), None);
    let (_, faults) = settings(&flags("--owner=app"));
    assert!(faults.to_string().contains("--owner (PODCERT_OWNER): only root"), "{faults}");
    assert_eq!(faults.class(), ErrorClass::Settings);
}

#[test]
fn all_faults_are_reported_at_once_with_flag_and_variable() {
    let (_, faults) = settings(&[
        "--source=cert-manager",
        "--issuer=a/b",
        "--trust=ca.crt",
        "--deadline=5",
        "--directory=certificates",
        "--dns-names=a_b,ok,*.c",
        "--ip-addresses=10.0.0",
        "--uris=nowhere",
        "--ip-addresses-as-dns-names=maybe",
        "--duration=5",
        "--key-algorithm=rsa",
        "--owner=nobody",
        "--renew=maybe",
        "--namespace=A",
        "--pod-name=A",
        "--pod-uid=_",
        "--service-account=A",
        "--pod-ips=10.0.0",
        "--fqdn=a_b",
        "--cluster-domain=a_b",
        "--trust-domain=a_b",
    ]);
    let text = faults.to_string();
    let lines: Vec<&str> = text.lines().collect();
    let mut settings = known_variables(&command());
    settings.retain(|variable| variable != "PODCERT_SOURCE");
    assert_eq!(lines.len(), settings.len(), "{text}");
    // Of a list each item that is wrong.
    assert!(text.contains(r#""a_b": "#) && text.contains(r#""*.c": "#), "{text}");
    for variable in settings {
        let flag = variable.trim_start_matches("PODCERT_").replace('_', "-").to_lowercase();
        let part = format!("--{flag} ({variable}): ");
        assert!(lines.iter().any(|line| line.starts_with(&part)), "{part}{text}");
    }
    assert_eq!(faults.class(), ErrorClass::Usage);
}

#[test]
fn an_unknown_source_is_reported_with_the_known_ones() {
    let (_, faults) = settings(&["--source=vault"]);
    assert_eq!(faults.class(), ErrorClass::Usage);
    assert!(faults.to_string().contains("use auto, cert-manager or local"), "{faults}");
}

#[test]
fn in_a_pod_only_the_issuer_has_to_be_set() {
    for flags in [&["--issuer=ClusterIssuer/ca"][..], &["--issuer=ClusterIssuer/ca", "--source=cert-manager"]]
    {
        let settings = settings_in(&Ambient::in_pod(), flags).0.unwrap();
        let Source::CertManager(source) = settings.source else { panic!("another source") };
        let CertManagerProvider { issuer, pod, trust } = *source;
        assert_eq!((issuer.to_string().as_str(), trust), ("ClusterIssuer/ca", None));
        assert_eq!((pod.namespace.as_str(), pod.name.as_str(), pod.uid.as_str()), ("shop", "web-0", "u1"));
        assert_eq!(
            pod.identity().names().unwrap().to_string(),
            "DNS:10-0-0-7.shop.pod.cluster.local, DNS:web-0.web.shop.svc.cluster.local, IP:10.0.0.7, \
             URI:spiffe://cluster.local/ns/shop/sa/web"
        );
        assert_eq!(settings.pod_ip, Some("10.0.0.7".parse().unwrap()));
        assert_eq!(settings.deadline.as_secs(), 120);
    }
}

#[test]
fn the_downward_api_goes_before_hosts_and_a_setting_before_both() {
    let addresses = |pod_ips: &str, pod_ip: &str, flags: &[&str]| {
        let ambient = Ambient { pod_ips: pod_ips.into(), pod_ip: pod_ip.into(), ..Ambient::in_pod() };
        let settings = settings_in(&ambient, &[&["--issuer=ca"], flags].concat()).0.unwrap();
        let Source::CertManager(source) = settings.source else { panic!("another source") };
        let pod = source.pod;
        assert_eq!(settings.pod_ip.as_ref(), pod.ip_addresses.first());
        pod.ip_addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(addresses("", "", &[]), "10.0.0.7");
    assert_eq!(addresses("", "10.0.0.8", &[]), "10.0.0.8");
    assert_eq!(addresses("10.0.0.9,fd00::9", "10.0.0.8", &[]), "10.0.0.9 fd00::9");
    assert_eq!(addresses("10.0.0.9", "10.0.0.8", &["--pod-ips=fd00::7"]), "fd00::7");
}

#[test]
fn a_host_name_that_was_set_otherwise_does_not_hide_the_pod() {
    let ambient = Ambient { hostname: "another".into(), ..Ambient::in_pod() };
    assert!(settings_in(&ambient, &["--issuer=ca"]).0.is_some());
}

#[test]
fn every_setting_of_the_pod_goes_before_what_is_found() {
    let flags = [
        "--issuer=ca",
        "--namespace=n",
        "--pod-name=p",
        "--pod-uid=u",
        "--service-account=s",
        "--pod-ips=10.1.1.1",
        "--fqdn=a.b.example",
        "--cluster-domain=k8s.example",
        "--trust-domain=trust.example",
        "--trust=/etc/ca/ca.crt",
        "--deadline=30s",
    ];
    for ambient in [Ambient::in_pod(), Ambient::at_home()] {
        let settings = settings_in(&ambient, &flags).0.unwrap();
        let Source::CertManager(source) = settings.source else { panic!("another source") };
        let CertManagerProvider { pod, trust, .. } = *source;
        assert_eq!((pod.name.as_str(), pod.uid.as_str()), ("p", "u"));
        assert_eq!(
            pod.identity().names().unwrap().to_string(),
            "DNS:10-1-1-1.n.pod.k8s.example, DNS:a.b.example, IP:10.1.1.1, URI:spiffe://trust.example/ns/n/sa/s"
        );
        assert_eq!((trust, settings.deadline.as_secs()), (Some("/etc/ca/ca.crt".into()), 30));
    }
}

#[test]
fn outside_a_pod_one_fault_says_so_and_names_everything_that_is_unknown() {
    let (_, faults) = settings(&["--issuer=ca"]);
    assert_eq!(faults.class(), ErrorClass::Settings);
    let text = faults.to_string();
    for setting in
        ["--namespace", "--pod-name", "--pod-uid", "--service-account", "--pod-ips", "--cluster-domain"]
    {
        assert!(text.contains(&format!("{setting} (PODCERT_")), "{setting} is not in: {text}");
    }
    assert!(text.starts_with("--issuer (PODCERT_ISSUER): this is not a pod"), "{text}");
    assert_eq!((text.lines().count(), text.matches("/no/token").count()), (1, 1), "{text}");
}

#[test]
fn sources_that_contradict_each_other_are_reported() {
    for (flags, part) in [
        (&["--source=local", "--issuer=ca"][..], "--issuer (PODCERT_ISSUER): it means cert-manager"),
        (&["--source=cert-manager"], "--issuer (PODCERT_ISSUER): --source cert-manager needs an issuer"),
        (&["--source=local", "--trust=/ca.crt"], "--trust (PODCERT_TRUST): the local CA is always trusted"),
    ] {
        let (_, faults) = settings(flags);
        assert_eq!(faults.class(), ErrorClass::Settings);
        assert!(faults.to_string().contains(part), "{faults}");
    }
}

#[test]
fn what_podcert_has_published_is_a_source() {
    let directory = tempfile::tempdir().unwrap();
    let flag = format!("--directory={}", directory.path().display());
    let nothing = settings(&[&flag]).1;
    assert!(nothing.to_string().contains("no source of certificates"), "{nothing}");
    std::os::unix::fs::symlink("..podcert-x", directory.path().join("..data")).unwrap();
    assert_eq!(settings(&[&flag]).0.unwrap().source, Source::Published(PublishedProvider));
    assert!(settings(&[&flag, "--renew"]).0.is_none());
    assert!(settings(&[&flag, "--trust=/ca.crt"]).0.is_none());
    let ambient = Ambient::in_pod();
    let with_issuer = settings_in(&ambient, &[&flag, "--issuer=ca"]).0.unwrap();
    assert!(matches!(with_issuer.source, Source::CertManager(_)));
}

#[test]
fn no_source_is_a_fault_that_says_what_to_do() {
    for flags in [&[][..], &["--source=auto"], &["--source="]] {
        let (_, faults) = settings(flags);
        assert_eq!(faults.class(), ErrorClass::Settings);
        assert_eq!(
            faults.to_string(),
            "--source (PODCERT_SOURCE): no source of certificates was chosen; set --issuer (PODCERT_ISSUER) for \
             cert-manager, or, for development, --source local"
        );
    }
}

#[test]
fn a_local_ca_without_a_place_is_a_fault() {
    let ambient = Ambient { xdg: Xdg::new(None, Some("state")), ..Ambient::at_home() };
    let (_, faults) = settings_in(&ambient, &["--source=local"]);
    assert!(faults.to_string().contains("set XDG_STATE_HOME or HOME"), "{faults}");
    assert_eq!(faults.class(), ErrorClass::Settings);
}

#[test]
fn help_shows_defaults_and_no_values_of_variables() {
    let help = command().render_help().to_string();
    // Lines break anywhere.
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "[default: /run/podcert]",
        "[default: 24h]",
        "[default: 2m]",
        "[default: ecdsa-p256]",
        "[env: PODCERT_RENEW]",
    ] {
        assert!(help.contains(part), "{part}: {help}");
    }
    // What does not exist yet is not offered.
    assert!(!help.contains("kubernetes") && !help.contains("--files"), "{help}");
}
