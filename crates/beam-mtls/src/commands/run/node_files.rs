//! The files of a node, as far as they do not depend on its certificate: rendered again for each new one.

use std::fs;
use std::net::IpAddr;

use podcert::names::SubjectNames;
use podcert::verify::VerifiedCertificate;

use super::{Error, Run};
use crate::artifacts::directory;
use crate::artifacts::render::{self, Options};
use crate::distribution::node_name::Host;
use crate::distribution::{AddressFamily, Cookie, NodeName, OtpRelease, Peers, TlsVersion};
use crate::support::plain_path::PlainPath;

/// What the files say besides the certificate.
#[derive(Debug)]
pub struct NodeFiles {
    allowed_releases: Vec<OtpRelease>,
    certificates: String,
    cookie: Cookie,
    directory: PlainPath,
    epmd: bool,
    family: AddressFamily,
    interface: Option<IpAddr>,
    is_named_by_launcher: bool,
    name: NodeName,
    owner: Option<u32>,
    peers: Peers,
    port: u16,
    release_flags: Vec<String>,
    tls_versions: Vec<TlsVersion>,
}

impl NodeFiles {
    /// Those of a node with these settings; `release_flags` are lines of its release's args file.
    pub fn new(settings: Run, release_flags: Vec<String>, is_named_by_launcher: bool) -> Self {
        let family = AddressFamily::of_node(settings.listen.interface, settings.name.host(), &hosts_file());
        Self {
            allowed_releases: settings.allowed_releases,
            certificates: settings.certificate.directory.to_string_lossy().into_owned(),
            cookie: settings.cookie,
            directory: settings.config_directory,
            epmd: settings.epmd,
            family,
            interface: settings.listen.interface,
            is_named_by_launcher,
            name: settings.name,
            owner: settings.certificate.owner.map(|owner| owner.uid()),
            peers: settings.peers,
            port: settings.listen.port,
            release_flags,
            tls_versions: settings.tls_versions,
        }
    }

    /// Renders the files for a certificate and writes those that changed. A certificate that peers would not take for
    /// this node's is an error, and nothing is written.
    pub fn write(&self, certificate: &VerifiedCertificate) -> Result<(), Error> {
        let names = certificate.names();
        check_host(&self.name, names)?;
        let files = render::render(&Options {
            allowed_releases: &self.allowed_releases,
            certificates: &self.certificates,
            directory: &self.directory,
            epmd: self.epmd,
            family: self.family,
            interface: self.interface,
            is_named_by_launcher: self.is_named_by_launcher,
            name: &self.name,
            peers: &self.peers.uris(names.uris().iter().cloned()),
            port: self.port,
            release_flags: &self.release_flags,
            tls_versions: &self.tls_versions,
        })?;
        Ok(directory::write(self.directory.as_path(), &files, &self.cookie, self.owner)?)
    }
}

fn check_host(node: &NodeName, names: &SubjectNames) -> Result<(), Error> {
    let is_certified = match node.host() {
        Host::Fqdn(name) => names.dns_names().contains(name),
        Host::Ip(address) => names.ip_addresses().contains(address),
    };
    if is_certified {
        return Ok(());
    }
    Err(Error::HostNotCertified { node: node.to_string(), names: names.to_string() })
}

/// A missing file is treated as one without our name.
fn hosts_file() -> String {
    fs::read_to_string("/etc/hosts").unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use podcert::identity::Identity;

    use super::*;

    fn names(dns_name: &str) -> SubjectNames {
        let dns_names = BTreeSet::from([dns_name.parse().expect("a name")]);
        Identity { dns_names, ..Identity::default() }.names().expect("names")
    }

    #[test]
    fn a_host_that_is_not_in_the_certificate_is_an_error_that_names_both() {
        let node: NodeName = "app@pod-0.ns.svc".parse().expect("a name");
        assert!(check_host(&node, &names("pod-0.ns.svc")).is_ok());
        let error = check_host(&node, &names("pod-1.ns.svc")).expect_err("another host");
        assert_eq!(error.exit_code(), 65);
        let text = error.to_string();
        assert!(text.contains("app@pod-0.ns.svc") && text.contains("DNS:pod-1.ns.svc"), "{text}");
    }
}
