//! The flags that beam-mtls sets itself, and for each of them what its author should do instead.

use std::path::Path;

use podcert_cli::settings::Problem;

use super::Token;

/// The flags.
pub(super) const FLAGS: [&str; 11] = [
    "-dist_listen",
    "-epmd_module",
    "-erl_epmd_port",
    "-name",
    "-no_epmd",
    "-proto_dist",
    "-setcookie",
    "-sname",
    "-ssl_dist_opt",
    "-ssl_dist_optfile",
    "-start_epmd",
];

/// The parameters of the application kernel.
pub(super) const KERNEL_PARAMETERS: [&str; 4] =
    ["inet_dist_listen_max", "inet_dist_listen_min", "inet_dist_listen_options", "inet_dist_use_interface"];

/// What is ours to set in a flag with its values; `ours` is the file that sets it.
pub(super) fn conflicts_of(flag: &Token, values: &[&str], ours: &Path) -> Vec<Problem> {
    let (Token { text: flag, origin }, ours) = (flag, ours.display());
    if flag == "-kernel" {
        let parameters = values.iter().step_by(2).filter(|key| KERNEL_PARAMETERS.contains(key));
        let conflict = |parameter: &&str| {
            let remedy = parameter_remedy(parameter);
            Problem::with_remedy(
                format!("-kernel {parameter} in {origin} conflicts with {ours}"),
                format!("remove it there: {remedy}"),
            )
        };
        return parameters.map(conflict).collect();
    }
    if !FLAGS.contains(&flag.as_str()) {
        return Vec::new();
    }
    if values.iter().any(|value| value.contains("ktls")) {
        let found = format!(
            "{origin} asks for kernel TLS ({flag}), which stays off: on such connections OTP does not check node \
                names"
        );
        return vec![Problem::with_remedy(found, "remove it there")];
    }
    let shown = if SECRET.contains(&flag.as_str()) { &["..."] } else { values };
    let shown = [&[flag.as_str()], shown].concat().join(" ");
    let remedy = remedy(flag, values);
    vec![Problem::with_remedy(
        format!("{shown} in {origin} conflicts with {ours}"),
        format!("remove it there: {remedy}"),
    )]
}

/// What OTP ignores, and old instructions call for: the carrier is not a parameter of kernel.
pub(super) fn ignored_of(flag: &Token, values: &[&str]) -> Vec<Problem> {
    let Token { text: flag, origin } = flag;
    if flag != "-kernel" {
        return Vec::new();
    }
    let parameters = values.iter().step_by(2).filter(|key| NOT_PARAMETERS.contains(key));
    let ignored = |parameter: &&str| {
        Problem::with_remedy(
            format!(
                "-kernel {parameter} in {origin} has no effect, since OTP knows no such parameter: neither its \
                 certificates nor its options are used"
            ),
            "remove it there: the node's certificate and TLS options are those of beam-mtls",
        )
    };
    parameters.map(ignored).collect()
}

const NOT_PARAMETERS: [&str; 4] = ["proto_dist", "ssl_dist_opt", "ssl_dist_optfile", "start_epmd"];

/// Flags whose values are not shown.
const SECRET: [&str; 2] = ["-setcookie", "-ssl_dist_opt"];

/// What replaces a flag, after "remove it there:".
pub(super) fn remedy(flag: &str, values: &[&str]) -> &'static str {
    match (flag, values) {
        ("-dist_listen", ["false"]) => {
            "a node listens; to only talk to a running node, use `beam-mtls remote` or `beam-mtls rpc`"
        }
        ("-dist_listen", _) => "a node listens anyway",
        ("-epmd_module", _) => {
            "no module is needed to find ports, since all nodes listen on the port of --listen; with --epmd they \
                are looked up in epmd"
        }
        ("-erl_epmd_port", _) => "--listen sets the port",
        ("-name", _) => "--name sets it",
        ("-no_epmd", _) => "no epmd is used unless --epmd is set",
        ("-proto_dist", _) => {
            "the distribution runs over TLS, and over IPv6 if --listen or --host is an IPv6 address"
        }
        ("-setcookie", _) => "--cookie-file or BEAM_MTLS_COOKIE sets it",
        ("-sname", _) => {
            "--name sets the name, and its host is an address or a full name, since certificates have no short names"
        }
        ("-start_epmd", ["true"]) => "--epmd starts it",
        ("-start_epmd", _) => "epmd is not started unless --epmd is set",
        // -ssl_dist_opt and -ssl_dist_optfile
        _ => {
            "the TLS options are written by beam-mtls, with its own certificate; --peers and --tls-versions change \
                them"
        }
    }
}

fn parameter_remedy(parameter: &str) -> &'static str {
    match parameter {
        "inet_dist_use_interface" => "--listen sets the address",
        "inet_dist_listen_options" => {
            "it keeps plain TCP from listening, so the sockets of the distribution have OTP's options"
        }
        _ => "--listen sets the port",
    }
}

#[cfg(test)]
mod tests {
    use podcert::diagnose::explain;

    use super::*;

    fn found(text: &str) -> (Vec<String>, Vec<String>) {
        let mut words = text.split(' ');
        let token = Token { text: words.next().unwrap_or_default().to_owned(), origin: "vm.args".to_owned() };
        let values: Vec<&str> = words.collect();
        let texts = |problems: Vec<Problem>| problems.iter().map(explain).collect();
        (texts(conflicts_of(&token, &values, Path::new("/ours"))), texts(ignored_of(&token, &values)))
    }

    /// What the author of the flag wanted, and how to get it.
    #[test]
    fn each_refusal_names_an_alternative() {
        for (flag, remedy) in [
            ("-dist_listen false", "use `beam-mtls remote` or `beam-mtls rpc`"),
            ("-dist_listen true", "a node listens anyway"),
            ("-epmd_module ekka_epmd", "all nodes listen on the port of --listen"),
            ("-epmd_module x", "with --epmd they are looked up in epmd"),
            ("-erl_epmd_port 9000", "--listen sets the port"),
            ("-name a@b.c", "--name sets it"),
            ("-no_epmd", "no epmd is used unless --epmd is set"),
            ("-proto_dist inet6_tcp", "over IPv6 if --listen or --host is an IPv6 address"),
            ("-proto_dist inet_tls", "the distribution runs over TLS"),
            ("-setcookie x", "--cookie-file or BEAM_MTLS_COOKIE sets it"),
            ("-sname a", "certificates have no short names"),
            ("-ssl_dist_opt server_cacertfile x", "--peers and --tls-versions change them"),
            ("-ssl_dist_opt server_ktls true", "does not check node names; remove it there"),
            ("-ssl_dist_optfile /etc/ssl.conf", "with its own certificate"),
            ("-start_epmd true", "--epmd starts it"),
            ("-start_epmd false", "epmd is not started unless --epmd is set"),
            ("-kernel inet_dist_listen_min 9", "--listen sets the port"),
            ("-kernel a b inet_dist_listen_max 9", "--listen sets the port"),
            ("-kernel inet_dist_use_interface x", "--listen sets the address"),
            ("-kernel inet_dist_listen_options []", "have OTP's options"),
        ] {
            let (conflicts, ignored) = found(flag);
            assert_eq!((conflicts.len(), ignored.len()), (1, 0), "{flag}");
            let (found, what_to_do) = conflicts[0].split_once("; ").expect("a remedy");
            assert!(found.contains("vm.args") && what_to_do.contains("remove it there"), "{}", conflicts[0]);
            assert!(conflicts[0].ends_with(remedy) || what_to_do.contains(remedy), "{}", conflicts[0]);
        }
    }

    #[test]
    fn what_otp_ignores_is_named() {
        for parameter in NOT_PARAMETERS {
            let (conflicts, ignored) = found(&format!("-kernel {parameter} x"));
            assert_eq!((conflicts.len(), ignored.len()), (0, 1), "{parameter}");
            assert!(
                ignored[0].contains("has no effect") && ignored[0].contains("; remove it there"),
                "{ignored:?}"
            );
        }
        assert_eq!(found("-kernel net_ticktime 9").1, Vec::<String>::new());
    }
}
