//! What to do about an address that has not answered as it should.

use std::io::ErrorKind;

use rustls::AlertDescription;

use super::failure::Failure;

impl Failure {
    /// What to do, and at which end.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            Self::Alert { alert, has_seen_ours: true } => refused(*alert),
            Self::Alert { .. } => {
                "look whether that is a node of this cluster, and which TLS versions it speaks"
            }
            Self::Certificate(problem) if problem.contains("none of the CAs") => SAME_CA,
            Self::Certificate(problem) if problem.contains("does not name this address") => {
                "have the address or name that it is reached by certified there (--name, --ip-addresses, --dns-names)"
            }
            Self::Certificate(problem)
                if problem.contains("expired") || problem.contains("not valid yet") =>
            {
                "restart that node, which then obtains another one; compare the clocks"
            }
            Self::Certificate(_) => "look at the certificate there with `podcert check`",
            Self::Cookie { .. } => {
                "give all nodes one cookie (--cookie-file, BEAM_MTLS_COOKIE); look there for a ~/.erlang.cookie or a \
                 -setcookie that comes before it"
            }
            Self::Io(error) => unreachable(error.kind()),
            Self::NoRequest => "start that node by beam-mtls: its TLS options ask for no certificate",
            Self::NotDistribution => {
                "look what listens there: --listen (BEAM_MTLS_LISTEN) is the port of all nodes"
            }
            Self::NotTls => "look what listens there, and start the node by beam-mtls",
            Self::OtherName { .. } => {
                "let that node be called after a host of its certificate (--name there)"
            }
            Self::PlainTcp { .. } => {
                "start that node by beam-mtls: a pod's `command:` takes the ENTRYPOINT's place"
            }
            Self::Refused { status, .. } if status == "not_allowed" => {
                "look into that node's log: its net_kernel:allow/1, or the hosts of our certificate, leave us out"
            }
            Self::Refused { status, .. } if status == "alive" => {
                "wait a moment: somebody else is looking at that node from here"
            }
            Self::Refused { .. } => "look into that node's log",
            Self::Tls(_) => "look into that node's log, and which TLS versions it speaks",
            Self::Uris(_) => {
                "let it run under the service account of this cluster's nodes, or add its URI to --peers \
                 (BEAM_MTLS_PEERS)"
            }
        }
    }
}

/// The node has looked at our certificate, and ended the connection.
fn refused(alert: AlertDescription) -> &'static str {
    match alert {
        AlertDescription::UnknownCA => SAME_CA,
        AlertDescription::CertificateExpired => {
            "restart this node, which then obtains another certificate; compare the clocks"
        }
        _ => {
            "look into that node's log for bad_cert: uri_not_among_peers means that its --peers (BEAM_MTLS_PEERS) lack \
             our URI"
        }
    }
}

fn unreachable(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ConnectionRefused => {
            "look whether the node there runs, and listens on this port: --listen (BEAM_MTLS_LISTEN) has to be the same \
             on all nodes"
        }
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::TimedOut => {
            "look whether a NetworkPolicy or firewall lets this port through, and whether that pod is still there"
        }
        _ => "look into the log of the node there",
    }
}

const SAME_CA: &str = "have both certificates issued by one CA: compare --issuer (PODCERT_ISSUER), --trust \
     (PODCERT_TRUST) and ca.crt here and there, and restart the node that has the older one";
