//! The files that the BEAM reads: TLS options and args files, from the templates in `templates/`.
//!
//! The option file is code, so nothing reaches a template that was not parsed into a type, and text in an Erlang string
//! is escaped.

pub mod erlang;

use std::net::IpAddr;

use askama::Template;
use podcert::names::Uri;

use crate::artifacts::modules;
use crate::distribution::AddressFamily;
use crate::distribution::TlsVersion;
use crate::distribution::{NodeName, OtpRelease};
use crate::support::plain_path::PlainPath;

/// Everything that the files contain.
#[derive(Debug)]
pub struct Options<'a> {
    /// OTP releases that are not tested and wanted nevertheless.
    pub allowed_releases: &'a [OtpRelease],
    /// Where the certificate is.
    pub certificates: &'a str,
    /// Where these files are.
    pub directory: &'a PlainPath,
    /// Whether ports are asked of epmd.
    pub epmd: bool,
    /// The family that the distribution uses.
    pub family: AddressFamily,
    /// The only address to listen on.
    pub interface: Option<IpAddr>,
    /// The node's name.
    pub name: &'a NodeName,
    /// Whether the launcher gives the node its name, so that the args file must not.
    pub is_named_by_launcher: bool,
    /// URIs of which a peer must have one; none means any certificate of the CA.
    pub peers: &'a [Uri],
    /// The port of the distribution.
    pub port: u16,
    /// The release's own flags, as lines of an args file.
    pub release_flags: &'a [String],
    /// The versions of TLS that are spoken.
    pub tls_versions: &'a [TlsVersion],
}

/// Files by name, in the order in which they are written.
pub type Files = Vec<(String, Vec<u8>)>;

/// The name of the file with the TLS options.
pub const SSL_DIST: &str = "ssl_dist.conf";

/// The name of the node's args file.
pub const VM_ARGS: &str = "vm.args";

/// The name of the args file of commands that talk to the node.
pub const REMOTE_VM_ARGS: &str = "remote.vm.args";

/// The file that contains the node's name, for programs that have no other way to get it.
pub const NODE_NAME: &str = "node.name";

/// A flag with which none of OTP's carriers can listen, and whose text is in the error that then stops the boot. Our
/// distribution module, which is reached only by way of TLS, takes it away. Of several values for a parameter the first
/// one counts, so it comes first of all, in `ERL_AFLAGS`; and since a script that runs after us may replace any of
/// these, it is in `vm.args` and in `ERL_ZFLAGS` too.
pub const TRAP: &str =
    r#"-kernel inet_dist_listen_options "[{ifaddr,#{beam_mtls=>only_TLS_distribution_may_listen_here}}]""#;

/// Renders every file.
pub fn render(options: &Options<'_>) -> Result<Files, askama::Error> {
    let proto_dist = match options.family {
        AddressFamily::Inet => "inet_tls",
        AddressFamily::Inet6 => "inet6_tls",
    };
    let (directory, module) = (options.directory.as_str(), modules::DISTRIBUTION);
    let (epmd, port, version) = (options.epmd, options.port, VERSION);
    let ssl_dist = SslDist {
        allowed_releases: options.allowed_releases,
        certificates: options.certificates,
        directory,
        module,
        modules: &modules::DISTRIBUTION_MODULES.map(|(name, _)| name),
        name: options.name,
        peers: options.peers,
        tls_versions: options.tls_versions,
        version,
    };
    let vm_args = VmArgs {
        directory,
        epmd,
        interface: options.interface.map(erlang::address),
        module,
        name: (!options.is_named_by_launcher).then_some(options.name),
        release_flags: options.release_flags,
        port,
        proto_dist,
        trap: TRAP,
        version,
    };
    let objects =
        modules::DISTRIBUTION_MODULES.map(|(name, object)| (format!("{name}.beam"), object.to_vec()));
    let others = [
        (format!("{}.beam", modules::RPC), modules::RPC_OBJECT.to_vec()),
        (SSL_DIST.to_owned(), ssl_dist.render()?.into_bytes()),
        // The pieces of the two files below, each for a variable that takes just this.
        ("tls.args".to_owned(), TlsArgs { directory, proto_dist }.render()?.into_bytes()),
        ("epmd.args".to_owned(), EpmdArgs { epmd, port }.render()?.into_bytes()),
        ("client.args".to_owned(), ClientArgs.render()?.into_bytes()),
        (
            REMOTE_VM_ARGS.to_owned(),
            RemoteVmArgs { directory, epmd, port, proto_dist, version }.render()?.into_bytes(),
        ),
        (VM_ARGS.to_owned(), vm_args.render()?.into_bytes()),
        (NODE_NAME.to_owned(), format!("{}\n", options.name).into_bytes()),
    ];
    Ok(objects.into_iter().chain(others).collect())
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

#[derive(Template)]
#[template(path = "ssl_dist.conf")]
struct SslDist<'a> {
    allowed_releases: &'a [OtpRelease],
    certificates: &'a str,
    directory: &'a str,
    module: &'a str,
    modules: &'a [&'a str],
    name: &'a NodeName,
    peers: &'a [Uri],
    tls_versions: &'a [TlsVersion],
    version: &'a str,
}

#[derive(Template)]
#[template(path = "vm.args")]
struct VmArgs<'a> {
    directory: &'a str,
    epmd: bool,
    interface: Option<String>,
    module: &'a str,
    name: Option<&'a NodeName>,
    release_flags: &'a [String],
    port: u16,
    proto_dist: &'a str,
    trap: &'a str,
    version: &'a str,
}

#[derive(Template)]
#[template(path = "tls.args")]
struct TlsArgs<'a> {
    directory: &'a str,
    proto_dist: &'a str,
}

#[derive(Template)]
#[template(path = "epmd.args")]
struct EpmdArgs {
    epmd: bool,
    port: u16,
}

#[derive(Template)]
#[template(path = "client.args")]
struct ClientArgs;

#[derive(Template)]
#[template(path = "remote.vm.args")]
struct RemoteVmArgs<'a> {
    directory: &'a str,
    epmd: bool,
    port: u16,
    proto_dist: &'a str,
    version: &'a str,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rendered(
        epmd: bool,
        family: AddressFamily,
        peers: &[&str],
        certificates: &str,
    ) -> Vec<(String, String)> {
        rendered_with(epmd, family, peers, certificates, &[TlsVersion::V1_3])
    }

    fn rendered_with(
        epmd: bool,
        family: AddressFamily,
        peers: &[&str],
        certificates: &str,
        tls_versions: &[TlsVersion],
    ) -> Vec<(String, String)> {
        let peers: Vec<Uri> = peers.iter().map(|uri| uri.parse().expect("a URI")).collect();
        let files = render(&Options {
            allowed_releases: &["26", "28"].map(|release| release.parse().expect("a release")),
            certificates,
            directory: &"/run/beam-mtls".parse().expect("a path"),
            epmd,
            family,
            interface: Some("127.0.0.11".parse().expect("an address")),
            is_named_by_launcher: false,
            name: &"app@127.0.0.11".parse().expect("a name"),
            peers: &peers,
            port: 9100,
            release_flags: &["+P 5000000".to_owned()],
            tls_versions,
        });
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap_or_default();
        files.expect("rendered").into_iter().map(|(name, bytes)| (name, text(bytes))).collect()
    }

    fn file(name: &str, files: Vec<(String, String)>) -> String {
        files.into_iter().find(|(found, _)| found == name).expect(name).1
    }

    fn without_comments(text: &str) -> Vec<&str> {
        text.lines().map(str::trim).filter(|line| !line.starts_with(['#', '%'])).collect()
    }

    const COOKIE: &str = "-setcookie of-several-none-counts -setcookie so-the-file-does";

    #[test]
    fn a_node_without_epmd_has_one_port() {
        let text = file(VM_ARGS, rendered(false, AddressFamily::Inet, &[], "/run/podcert"));
        assert_eq!(
            without_comments(&text),
            [
                "-name app@127.0.0.11",
                "-proto_dist inet_tls -ssl_dist_optfile /run/beam-mtls/ssl_dist.conf",
                "-start_epmd false",
                "-erl_epmd_port 9100",
                "-kernel inet_dist_use_interface {127,0,0,11}",
                COOKIE,
                TRAP,
                "+P 5000000",
            ]
        );
    }

    #[test]
    fn a_node_with_epmd_listens_on_the_same_port() {
        let text = file(VM_ARGS, rendered(true, AddressFamily::Inet6, &[], "/run/podcert"));
        assert!(text.contains("\n -proto_dist inet6_tls "), "{text}");
        assert!(text.contains("\n -kernel inet_dist_listen_min 9100 inet_dist_listen_max 9100\n"), "{text}");
        assert!(!text.contains("epmd_port"), "{text}");
    }

    #[test]
    fn a_remote_console_does_not_listen() {
        let text = file("remote.vm.args", rendered(false, AddressFamily::Inet, &[], "/run/podcert"));
        assert_eq!(
            without_comments(&text),
            [
                "-proto_dist inet_tls -ssl_dist_optfile /run/beam-mtls/ssl_dist.conf",
                "-start_epmd false",
                "-erl_epmd_port 9100",
                "-dist_listen false -hidden",
                COOKIE,
            ]
        );
    }

    #[test]
    fn the_pieces_are_what_the_whole_is_made_of() {
        let files = rendered(false, AddressFamily::Inet, &[], "/run/podcert");
        let whole = file(REMOTE_VM_ARGS, files.clone());
        for piece in ["tls.args", "epmd.args", "client.args"] {
            let piece = file(piece, files.clone());
            assert!(!piece.is_empty() && whole.contains(&piece), "{piece} is not in:\n{whole}");
        }
    }

    /// relx takes some lines that begin at the margin into the command lines of its tools: the name and the cookie,
    /// that epmd is not to be started, and the carrier, which `ERL_ZFLAGS` gives them already.
    #[test]
    fn at_the_margin_stands_what_the_tools_of_relx_look_for() {
        let text = file(VM_ARGS, rendered(false, AddressFamily::Inet, &[], "/run/podcert"));
        let margin: Vec<&str> = text.lines().filter(|line| line.starts_with('-')).collect();
        assert_eq!(margin, ["-name app@127.0.0.11", "-start_epmd false", COOKIE]);
    }

    #[test]
    fn the_option_file_names_peers_releases_and_files() {
        let text = file(
            "ssl_dist.conf",
            rendered(false, AddressFamily::Inet, &["spiffe://a/b", "spiffe://a/c"], "/run/\"x"),
        );
        for part in [
            "ok = beam_mtls_dist:start(\"app@127.0.0.11\", [\"26\", \"28\"]),",
            "Peers = [\n        \"spiffe://a/b\",\n        \"spiffe://a/c\"\n    ],",
            r#"{keyfile, "/run/\"x/tls.key"}"#,
            "{versions, ['tlsv1.3']}",
            "{fail_if_no_peer_cert, true}",
        ] {
            assert!(text.contains(part), "{part} is not in:\n{text}");
        }
    }

    /// OTP refuses options of TLS 1.2 if only 1.3 is spoken.
    #[test]
    fn with_tls_1_2_nothing_is_resumed_or_renegotiated() {
        let conf = |versions: &[TlsVersion]| {
            file(SSL_DIST, rendered_with(false, AddressFamily::Inet, &[], "/run/podcert", versions))
        };
        let options = ["{reuse_sessions, false}", "{client_renegotiation, false}"];
        let both = conf(&[TlsVersion::V1_2, TlsVersion::V1_3]);
        let newest = conf(&[TlsVersion::V1_3]);
        for option in options {
            assert!(both.contains(option), "{option} is not in:\n{both}");
            assert!(!newest.contains(option), "{option} is in:\n{newest}");
        }
    }
}
