//! The settings that a node was started with, read back from its files. `kubectl exec` sees the pod's variables, and
//! not the flags of `run`.

use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::{Path, PathBuf};

use podcert::names::Uri;

use super::directory::node_name;
use super::render::{SSL_DIST, VM_ARGS};
use crate::distribution::{Listen, NodeName, Peers};
use crate::flags;

/// Settings that are read back from files.
#[derive(Debug, Default)]
pub(crate) struct ReadBack {
    /// The node's name.
    pub(crate) name: Option<NodeName>,
    /// Where it listens.
    pub(crate) listen: Option<Listen>,
    /// Who may connect.
    pub(crate) peers: Option<Peers>,
    /// Where its certificate is.
    pub(crate) certificates: Option<PathBuf>,
}

impl ReadBack {
    /// Reads the files in a directory, if they exist.
    pub(crate) fn read(directory: &Path) -> Self {
        let text = |name: &str| fs::read_to_string(directory.join(name)).unwrap_or_default();
        let options = text(SSL_DIST);
        Self {
            name: node_name(directory),
            listen: listen(&text(VM_ARGS)),
            peers: peers(&options),
            certificates: certificates(&options),
        }
    }
}

fn listen(vm_args: &str) -> Option<Listen> {
    let flags = flags::of_args_file(vm_args)?;
    let parameter = |name: &str| {
        let kernel = flags.iter().filter(|(flag, _)| flag == "-kernel");
        let mut pairs = kernel.flat_map(|(_, values)| values.chunks(2));
        pairs.find(|pair| pair[0] == name).and_then(|pair| pair.get(1))
    };
    let own = flags.iter().find(|(flag, _)| flag == "-erl_epmd_port").and_then(|(_, values)| values.first());
    let port = own.or_else(|| parameter("inet_dist_listen_min"))?.parse().ok()?;
    Some(Listen { interface: parameter("inet_dist_use_interface").and_then(|text| address(text)), port })
}

/// An address as a tuple of Erlang's.
fn address(text: &str) -> Option<IpAddr> {
    let numbers: Vec<u16> =
        text.trim_matches(['{', '}']).split(',').map(str::parse).collect::<Result<_, _>>().ok()?;
    match <[u16; 8]>::try_from(numbers.as_slice()) {
        Ok(segments) => Some(Ipv6Addr::from(segments).into()),
        Err(_) => {
            let bytes: Vec<u8> = numbers.into_iter().map(u8::try_from).collect::<Result<_, _>>().ok()?;
            Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?).into())
        }
    }
}

fn peers(options: &str) -> Option<Peers> {
    let (_, rest) = options.split_once("Peers = [")?;
    // A URI contains no double quotes, and the text between two of them is not a URI.
    let (list, _) = rest.split_once("],\n")?;
    let uris: Vec<Uri> = list.split('"').skip(1).step_by(2).filter_map(|uri| uri.parse().ok()).collect();
    Some(if uris.is_empty() { Peers::Any } else { Peers::Of(uris) })
}

fn certificates(options: &str) -> Option<PathBuf> {
    let (_, rest) = options.split_once("{certfile, \"")?;
    let (path, _) = rest.split_once("/tls.crt\"}")?;
    Some(PathBuf::from(path)).filter(|path| path.is_absolute())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifacts::render::{Options, render};
    use crate::distribution::AddressFamily;
    use crate::distribution::TlsVersion;

    fn rendered(epmd: bool, interface: Option<&str>, peers: &[&str]) -> ReadBack {
        let peers: Vec<Uri> = peers.iter().map(|uri| uri.parse().expect("a URI")).collect();
        let files = render(&Options {
            allowed_releases: &[],
            certificates: "/run/podcert",
            directory: &"/run/beam-mtls".parse().expect("a path"),
            epmd,
            family: AddressFamily::Inet,
            interface: interface.map(|address| address.parse().expect("an address")),
            is_named_by_launcher: false,
            name: &"app@10.0.0.7".parse().expect("a name"),
            peers: &peers,
            port: 9200,
            release_flags: &["-kernel net_ticktime 9".to_owned()],
            tls_versions: &[TlsVersion::V1_3],
        });
        let directory = tempfile::tempdir().expect("a directory");
        for (name, bytes) in files.expect("rendered") {
            fs::write(directory.path().join(name), bytes).expect("written");
        }
        ReadBack::read(directory.path())
    }

    #[test]
    fn what_is_rendered_is_read_again() {
        let uris = ["spiffe://a/b", "spiffe://a/c"];
        let all = rendered(false, Some("fd00::7"), &uris);
        assert_eq!(all.name.map(|name| name.to_string()).as_deref(), Some("app@10.0.0.7"));
        assert_eq!(all.listen.map(|listen| listen.to_string()).as_deref(), Some("[fd00::7]:9200"));
        assert_eq!(all.listen, Some(Listen { interface: "fd00::7".parse().ok(), port: 9200 }));
        assert_eq!(all.peers, Some(Peers::Of(uris.map(|uri| uri.parse().expect("a URI")).into())));
        assert_eq!(all.certificates, Some(PathBuf::from("/run/podcert")));
        let other = rendered(true, Some("127.0.0.11"), &[]);
        assert_eq!(other.listen, Some(Listen { interface: "127.0.0.11".parse().ok(), port: 9200 }));
        assert_eq!(other.peers, Some(Peers::Any));
        assert_eq!(rendered(false, None, &[]).listen, Some(Listen { interface: None, port: 9200 }));
    }

    #[test]
    fn without_files_nothing_is_read() {
        let nothing = ReadBack::read(Path::new("/no/such/directory"));
        assert!(nothing.name.is_none() && nothing.listen.is_none() && nothing.peers.is_none());
        assert!(nothing.certificates.is_none());
    }
}
