//! What to do about an address that did not answer as expected.

use std::io::ErrorKind;

use rustls::AlertDescription;

use super::failure::Failure;

impl Failure {
    /// What to do, and at which end.
    pub(crate) fn remedy(&self) -> &'static str {
        match self {
            Self::Alert { alert, has_seen_ours: true } => refused(*alert),
            Self::Alert { .. } => {
                "check that this is a node of this cluster, and which TLS versions it allows"
            }
            Self::Certificate(problem) if problem.contains("none of the CAs") => SAME_CA,
            Self::Certificate(problem) if problem.contains("does not name this address") => {
                "have the address or name by which it is dialed certified on that node (--name, --ip-addresses, \
                    --dns-names)"
            }
            Self::Certificate(problem)
                if problem.contains("expired") || problem.contains("not valid yet") =>
            {
                "restart that node, which then obtains a new one; compare the clocks"
            }
            Self::Certificate(_) => "check the certificate on that node with `podcert check`",
            Self::Cookie { .. } => {
                "give all nodes the same cookie (--cookie-file, BEAM_MTLS_COOKIE); on that node, look for a \
                    ~/.erlang.cookie or a -setcookie that overrides it"
            }
            Self::Io(error) => unreachable(error.kind()),
            Self::NoRequest => "start that node with beam-mtls: its TLS options do not ask for a certificate",
            Self::NotDistribution => {
                "find out what listens there: --listen (BEAM_MTLS_LISTEN) is the port of all nodes"
            }
            Self::NotTls => "find out what listens there, and start the node with beam-mtls",
            Self::OtherName { .. } => "name that node after a host in its certificate (--name there)",
            Self::PlainTcp { .. } => {
                "start that node with beam-mtls: a pod's `command:` replaces the ENTRYPOINT"
            }
            Self::Refused { status, .. } if status == "not_allowed" => {
                "check that node's log: its net_kernel:allow/1 or the hosts in our certificate exclude us"
            }
            Self::Refused { status, .. } if status == "alive" => {
                "wait a moment: another check of that node is running here"
            }
            Self::Refused { .. } => "check that node's log",
            Self::Tls(_) => "check that node's log, and which TLS versions it allows",
            Self::Uris(_) => {
                "run it under the service account of this cluster's nodes, or add its URI to --peers \
                    (BEAM_MTLS_PEERS)"
            }
        }
    }
}

/// The node has checked our certificate, and closed the connection.
fn refused(alert: AlertDescription) -> &'static str {
    match alert {
        AlertDescription::UnknownCA => SAME_CA,
        AlertDescription::CertificateExpired => {
            "restart this node, which then obtains a new certificate; compare the clocks"
        }
        _ => {
            "search that node's log for bad_cert: uri_not_among_peers means that its --peers (BEAM_MTLS_PEERS) \
                does not include our URI"
        }
    }
}

fn unreachable(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::ConnectionRefused => {
            "check that the node there is running and listens on this port: --listen (BEAM_MTLS_LISTEN) must be \
                the same on all nodes"
        }
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::TimedOut => {
            "check that no NetworkPolicy or firewall blocks this port, and that the pod still exists"
        }
        _ => "check the log of the node there",
    }
}

const SAME_CA: &str = "have both certificates issued by the same CA: compare --issuer (PODCERT_ISSUER), --trust \
     (PODCERT_TRUST) and ca.crt here and there, and restart the node that has the older one";
