//! openssl, which shares no code with us, accepts what we produce.

use std::fs;
use std::path::Path;
use std::process::Command;

use podcert::identity::Identity;
use podcert::request::KeyAlgorithm;
use podcert::request::SigningRequest;
use podcert::signer::Signer;
use podcert::store::Store;
use podcert::verify::verify;
use podcert_testkit::{DAY, NOW, memory, open_ca, publish, sign};

use crate::support::run;

fn openssl(arguments: &[&str], directory: &Path) -> String {
    let output = run(Command::new("openssl").args(arguments).current_dir(directory), "openssl");
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments:?}: {text}");
    text
}

fn identity() -> Identity {
    Identity {
        dns_names: ["web-0.web.shop.svc.cluster.local".parse().unwrap()].into(),
        ip_addresses: ["10.0.0.1".parse().unwrap(), "fd00::1".parse().unwrap()].into(),
        uris: ["spiffe://cluster.local/ns/shop/sa/web".parse().unwrap()].into(),
    }
}

const NAMES: &str = "X509v3 Subject Alternative Name: critical\n                \
                     DNS:web-0.web.shop.svc.cluster.local, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1, \
                     URI:spiffe://cluster.local/ns/shop/sa/web\n";

#[test]
fn openssl_accepts_what_is_published_for_each_kind_of_key() {
    for algorithm in KeyAlgorithm::ALL {
        let memory = memory();
        let ca = open_ca(&memory.path().join("state")).unwrap();
        let request = SigningRequest::new(identity().names().unwrap(), algorithm, DAY).unwrap();
        let issued = sign(&ca, &request);
        let certificate = verify(&request, &issued, ca.trust().unwrap(), NOW).unwrap();
        let directory = memory.path().join("run");
        publish(&Store::open(&directory).unwrap(), &certificate).unwrap();

        let time = NOW.as_second().to_string();
        for purpose in ["sslserver", "sslclient"] {
            let verified = openssl(
                &[
                    "verify",
                    "-x509_strict",
                    "-attime",
                    &time,
                    "-purpose",
                    purpose,
                    "-CAfile",
                    "ca.crt",
                    "tls.crt",
                ],
                &directory,
            );
            assert_eq!(verified, "tls.crt: OK\n");
        }
        let text = openssl(&["x509", "-in", "tls.crt", "-noout", "-text"], &directory);
        for expected in [
            NAMES,
            "Subject: \n",
            "CA:FALSE",
            "X509v3 Key Usage: critical\n                Digital Signature\n",
            "TLS Web Server Authentication, TLS Web Client Authentication\n",
            "X509v3 Authority Key Identifier",
            "X509v3 Subject Key Identifier",
        ] {
            assert!(text.contains(expected), "{algorithm}: {expected}: {text}");
        }
        let public_of_key = openssl(&["pkey", "-in", "tls.key", "-pubout"], &directory);
        let public_of_certificate = openssl(&["x509", "-in", "tls.crt", "-noout", "-pubkey"], &directory);
        assert_eq!(public_of_key, public_of_certificate);
        let serial = openssl(&["x509", "-in", "tls.crt", "-noout", "-serial"], &directory);
        assert_eq!(serial.trim().to_lowercase(), format!("serial={}", certificate.serial()));
    }
}

#[test]
fn openssl_accepts_the_request_for_each_kind_of_key() {
    for algorithm in KeyAlgorithm::ALL {
        let memory = memory();
        let request = SigningRequest::new(identity().names().unwrap(), algorithm, DAY).unwrap();
        fs::write(memory.path().join("csr"), request.csr_pem()).unwrap();
        let text = openssl(&["req", "-in", "csr", "-verify", "-noout", "-text"], memory.path());
        for expected in [
            "self-signature verify OK",
            &NAMES.replace("\n                ", "\n                    "),
            "Digital Signature\n",
            "TLS Web Server Authentication, TLS Web Client Authentication\n",
            "Subject: \n",
        ] {
            assert!(text.contains(expected), "{algorithm}: {expected}: {text}");
        }
    }
}

#[test]
fn openssl_sees_a_ca_that_may_sign_only_leaves() {
    let memory = memory();
    open_ca(memory.path()).unwrap();
    let text = openssl(&["x509", "-in", "ca.crt", "-noout", "-text"], memory.path());
    for expected in ["CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign\n", "Subject: CN = podcert local CA "]
    {
        assert!(text.replace("CN=", "CN = ").contains(expected), "{expected}: {text}");
    }
    let years = openssl(&["x509", "-in", "ca.crt", "-noout", "-enddate"], memory.path());
    assert!(years.contains("2036"), "{years}");
}
