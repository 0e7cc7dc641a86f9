//! What each rendered line is for: the only place that explains it.

/// Values fit to be shown, and why a flag of `vm.args` or `remote.vm.args` is there.
pub(super) fn reason(flag: &str, values: &[String]) -> (String, String) {
    let shown = values.join(" ");
    let parameter = values.first().map(String::as_str).unwrap_or_default();
    let reason = match (flag, parameter) {
        ("-name", _) => "the name that the certificate was obtained for",
        ("-proto_dist", _) => "the distribution runs over TLS; the family follows the node's address",
        ("-ssl_dist_optfile", _) => "the TLS options for both ends of a connection",
        ("-start_epmd", _) => {
            "epmd is not needed, since all nodes use the same port; it would be one more listener"
        }
        ("-erl_epmd_port", _) => "the port that the node listens on, and dials on each peer",
        ("-dist_listen", _) => "a console dials and does not listen",
        ("-hidden", _) => "a console is not a member of the cluster",
        ("-setcookie", _) => return (String::new(), COOKIE.to_owned()),
        ("-kernel", "inet_dist_use_interface") => "the only address that the distribution listens on",
        ("-kernel", "inet_dist_listen_min") => "the port that is registered with epmd",
        ("-kernel", "inet_dist_listen_options") => return (parameter.to_owned(), TRAP.to_owned()),
        ("-setup" | "-pa" | "-pz", _) => "where its code is",
        // Its values may be secrets, and what doctor says is shown to others.
        _ => return (String::new(), "the release's own".to_owned()),
    };
    (shown, reason.to_owned())
}

/// Why each line in `ssl_dist.conf` is there, as far as it is.
pub(super) fn options(text: &str) -> Vec<(String, String)> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.starts_with('%')).collect();
    let is_there = |(mark, _): &&(&str, &str)| lines.iter().any(|line| line.contains(mark));
    OPTIONS.iter().filter(is_there).map(|(mark, why)| ((*mark).to_owned(), (*why).to_owned())).collect()
}

/// By a text in the line.
const OPTIONS: [(&str, &str); 11] = [
    ("code:load_abs", "loads the modules that bind node names to certificates"),
    (
        "beam_mtls_dist:start",
        "passes the certified node name; under a different name or on an untested OTP release the node stops",
    ),
    ("cacertfile", "only certificates issued by these CAs are trusted"),
    ("certfile", "the certificate that the node presents, as server and as client"),
    ("keyfile", "the private key of that certificate"),
    ("verify_peer", "both ends verify the other's certificate"),
    ("reuse_sessions", "TLS 1.2 could resume a session without verifying certificates again"),
    ("client_renegotiation", "TLS 1.2 could present a different certificate later, on the same connection"),
    ("versions", "the TLS versions that may be used"),
    ("fail_if_no_peer_cert", "a client that presents no certificate is refused"),
    (
        "verify_fun",
        "a peer's certificate must contain one of the URIs of --peers, and the host in the peer's node \
        name",
    ),
];

const COOKIE: &str = "given twice, so that Erlang ignores it and reads the cookie file: a script's own -setcookie, \
    which every process could read, has no effect";

const TRAP: &str = "only TLS can listen with this option; the module that binds names removes it";
