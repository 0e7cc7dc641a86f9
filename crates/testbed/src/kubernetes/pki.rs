//! The certificates of the cluster's programs: one CA, a certificate for each program, and kubeconfigs that refer to
//! them. They are removed with the cluster.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use super::layout::Layout;
use crate::log::Log;

/// A certificate and the key for it.
struct Leaf {
    file: &'static str,
    subject: &'static str,
    /// subjectAltName and extendedKeyUsage
    extensions: &'static [&'static str],
    kubeconfig: bool,
}

/// Creates all of them.
pub fn make(layout: &Layout, log: &Log) -> Result<()> {
    fs::create_dir_all(layout.pki())?;
    let ca = ["basicConstraints=critical,CA:true", "keyUsage=critical,keyCertSign,cRLSign"];
    log.run(request(layout, "ca", "/CN=podcert tests").args(ca.iter().flat_map(|text| ["-addext", text])))?;
    for leaf in &LEAVES {
        let mut openssl = request(layout, leaf.file, leaf.subject);
        openssl.args(["-CA", "ca.crt", "-CAkey", "ca.key", "-addext", "basicConstraints=critical,CA:false"]);
        openssl.args(leaf.extensions.iter().flat_map(|text| ["-addext", text]));
        log.run(&mut openssl)?;
        if leaf.kubeconfig {
            let path = layout.pki().join(leaf.file).with_extension("kubeconfig");
            fs::write(&path, kubeconfig(leaf.file))
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
    }
    // The key pair that signs service account tokens.
    let mut public = openssl(layout);
    log.run(public.args(["pkey", "-in", "service-accounts.key", "-pubout", "-out", "service-accounts.pub"]))
}

fn request(layout: &Layout, file: &str, subject: &str) -> Command {
    let mut openssl = openssl(layout);
    openssl
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "365", "-subj", subject])
        .args(["-keyout", &format!("{file}.key"), "-out", &format!("{file}.crt"), "-config"])
        .arg(layout.sources.join("config/openssl.cnf"));
    openssl
}

fn openssl(layout: &Layout) -> Command {
    let mut openssl = Command::new("openssl");
    openssl.current_dir(layout.pki());
    openssl
}

/// With relative paths, so that it can be used inside the cluster's namespaces and outside.
fn kubeconfig(user: &str) -> String {
    format!(
        "apiVersion: v1\n\
         kind: Config\n\
         clusters:\n\
         - name: podcert\n  \
           cluster: {{ server: 'https://10.243.0.1:6443', certificate-authority: ca.crt }}\n\
         users:\n\
         - name: {user}\n  \
           user: {{ client-certificate: {user}.crt, client-key: {user}.key }}\n\
         contexts:\n\
         - name: podcert\n  \
           context: {{ cluster: podcert, user: {user} }}\n\
         current-context: podcert\n"
    )
}

const CLIENT: &str = "extendedKeyUsage=clientAuth";
const SERVER: &str = "extendedKeyUsage=serverAuth";

const LEAVES: [Leaf; 9] = [
    Leaf {
        file: "admin",
        subject: "/O=system:masters/CN=podcert-tests-admin",
        extensions: &[CLIENT],
        kubeconfig: true,
    },
    Leaf {
        file: "kube-apiserver",
        subject: "/CN=kube-apiserver",
        extensions: &[
            SERVER,
            "subjectAltName=IP:10.243.0.1,IP:10.96.0.1,DNS:kubernetes,DNS:kubernetes.default,\
             DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local",
        ],
        kubeconfig: false,
    },
    Leaf {
        file: "kubelet-client",
        subject: "/O=system:masters/CN=kube-apiserver",
        extensions: &[CLIENT],
        kubeconfig: false,
    },
    Leaf {
        file: "kube-controller-manager",
        subject: "/CN=system:kube-controller-manager",
        extensions: &[CLIENT],
        kubeconfig: true,
    },
    Leaf {
        file: "kube-scheduler",
        subject: "/CN=system:kube-scheduler",
        extensions: &[CLIENT],
        kubeconfig: true,
    },
    Leaf { file: "kube-proxy", subject: "/CN=system:kube-proxy", extensions: &[CLIENT], kubeconfig: true },
    Leaf {
        file: "kubelet",
        subject: "/O=system:nodes/CN=system:node:podcert",
        extensions: &["extendedKeyUsage=clientAuth,serverAuth", "subjectAltName=IP:10.243.0.1,DNS:podcert"],
        kubeconfig: true,
    },
    Leaf { file: "front-proxy", subject: "/CN=front-proxy", extensions: &[CLIENT], kubeconfig: false },
    // Only the key is used.
    Leaf { file: "service-accounts", subject: "/CN=service-accounts", extensions: &[], kubeconfig: false },
];
