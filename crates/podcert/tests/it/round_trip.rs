//! Any names survive the request, the certificate, the disk and the way back, and a change of any byte of a certificate is
//! detected.

use std::collections::BTreeSet;
use std::net::IpAddr;

use podcert::identity::Identity;
use podcert::names::{DnsName, SubjectNames, Uri};
use podcert::request::KeyAlgorithm;
use podcert::request::SigningRequest;
use podcert::signer::Signer;
use podcert::store::Store;
use podcert::verify::{self, verify};
use podcert_testkit::{DAY, NOW, TestCa, memory, open_ca, publish, sign};
use proptest::collection::btree_set;
use proptest::prelude::*;

use crate::support::{request, trust};
use crate::verify::{good, issued};

fn dns_name() -> impl Strategy<Value = DnsName> {
    "[a-zA-Z0-9]([a-zA-Z0-9-]{0,8}[a-zA-Z0-9])?(\\.[a-z]{1,5}){0,4}\\.[a-z]{2}"
        .prop_map(|it| it.parse().unwrap())
}

fn uri() -> impl Strategy<Value = Uri> {
    "[a-z][a-z0-9+.-]{0,6}://[a-z0-9.]{1,12}(/[a-zA-Z0-9._~:@!$&()*+,;=-]{0,8}){0,3}"
        .prop_map(|it| it.parse().unwrap())
}

fn names() -> impl Strategy<Value = SubjectNames> {
    let sets: (_, _, _) =
        (btree_set(dns_name(), 0..10), btree_set(any::<IpAddr>(), 1..10), btree_set(uri(), 0..10));
    sets.prop_map(|(dns_names, ip_addresses, uris): (_, BTreeSet<IpAddr>, _)| {
        Identity { dns_names, ip_addresses, uris }.names().unwrap()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn names_survive_the_way_from_the_request_to_disk_and_back(
        names in names(),
        algorithm in prop::sample::select(&KeyAlgorithm::ALL[..]),
    ) {
        let memory = memory();
        let ca = open_ca(&memory.path().join("state")).unwrap();
        let request = SigningRequest::new(names.clone(), algorithm, DAY).unwrap();
        let issued = sign(&ca, &request);
        let certificate = verify(&request, &issued, ca.trust().unwrap(), NOW).unwrap();

        let store = Store::open(&memory.path().join("run")).unwrap();
        publish(&store, &certificate).unwrap();
        let stored = store.current().unwrap().unwrap();
        let read_back = verify::existing(&stored, &names, NOW).unwrap();
        prop_assert_eq!(read_back.names(), &names);
        prop_assert_eq!(read_back.chain_pem(), certificate.chain_pem());
        prop_assert_eq!(read_back.key_pem().expose(), certificate.key_pem().expose());
        prop_assert_eq!(read_back.trust(), certificate.trust());
        prop_assert_eq!(read_back.fingerprint(), certificate.fingerprint());
    }
    #[test]
    fn a_certificate_with_any_byte_changed_is_refused(at in any::<prop::sample::Index>(), change in 1u8..) {
        let ca = TestCa::new();
        let request = request(&["a", "b.example"]);
        let chain_pem = good(&ca, &request).sign().chain_pem;
        let mut der = pem::parse(&chain_pem).unwrap().into_contents();
        let at = at.index(der.len());
        der[at] ^= change;
        let changed = issued(pem::encode(&pem::Pem::new("CERTIFICATE", der)));
        prop_assert!(verify(&request, &changed, &trust(&ca), NOW).is_err());
        prop_assert!(verify(&request, &issued(chain_pem), &trust(&ca), NOW).is_ok());
    }
}
