//! The answers as a table for people.

use std::net::SocketAddr;

use podcert_cli::diagnostics::columns;
use rustls::ProtocolVersion;

use super::dial::Answer;
use super::failure::Failure;

/// One line an address: the node there, or why there is none.
pub(super) fn table(answers: &[(SocketAddr, Result<Answer, Failure>)]) -> String {
    let mut rows =
        vec![["ADDRESS", "NODE", "TLS", "KEY EXCHANGE", "EXPIRES", "URI"].map(String::from).to_vec()];
    rows.extend(answers.iter().map(|(address, answer)| match answer {
        Ok(answer) => vec![
            address.to_string(),
            answer.node.clone(),
            version(answer.tls),
            answer.group.map_or_else(|| "-".to_owned(), |group| format!("{group:?}")),
            answer.not_after.strftime("%F %RZ").to_string(),
            answer.uris.clone(),
        ],
        Err(failure) => vec![address.to_string(), format!("FAILED: {failure}")],
    }));
    columns(&rows)
}

fn version(version: Option<ProtocolVersion>) -> String {
    match version {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3".to_owned(),
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use rustls::NamedGroup;

    use super::*;

    #[test]
    fn a_failure_is_shown_and_widens_no_column() {
        let answer = Answer {
            node: "app@10.0.0.7".into(),
            tls: Some(ProtocolVersion::TLSv1_3),
            group: Some(NamedGroup::X25519),
            uris: "spiffe://cluster.local/ns/a/sa/b".into(),
            not_after: "2026-11-25T10:12:26Z".parse().expect("a time"),
            serial: "01".into(),
        };
        let address = |last: u8| SocketAddr::from(([10, 0, 0, last], 9100));
        let text = table(&[(address(7), Ok(answer)), (address(11), Err(Failure::NotTls))]);
        let expected = "\
ADDRESS         NODE          TLS      KEY EXCHANGE  EXPIRES            URI
10.0.0.7:9100   app@10.0.0.7  TLS 1.3  X25519        2026-11-25 10:12Z  spiffe://cluster.local/ns/a/sa/b
10.0.0.11:9100  FAILED: it does not speak TLS
";
        assert_eq!(text, expected);
    }
}
