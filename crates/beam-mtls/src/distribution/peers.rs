//! `--peers`: which certificates may connect, by their URIs.

use std::fmt;
use std::str::FromStr;

use podcert::names::Uri;
use podcert_cli::given;
use podcert_cli::settings::{Faults, Given, Problem, Recorded};

/// The flag.
#[derive(Clone, Debug, clap::Args)]
pub struct PeersArgs {
    /// URIs, separated by commas, of which a peer's certificate must contain one; or "own" (the URIs of this
    /// node's certificate) or "any" (any certificate issued by the CA)
    #[arg(
        long,
        env = "BEAM_MTLS_PEERS",
        value_name = "URI,...",
        default_value = DEFAULT
    )]
    pub(crate) peers: Given<Peers>,
}

impl PeersArgs {
    /// Whether it is not set, or is set to the default.
    pub(crate) fn is_default(&self) -> bool {
        self.peers.text() == DEFAULT
    }

    /// Which certificates may connect.
    pub fn into_peers(self, faults: &mut Faults) -> Result<Peers, Recorded> {
        given!(self.peers, faults)
    }
}

/// Who may connect, among those that have a certificate of the CA.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peers {
    /// Everyone.
    Any,
    /// Those with one of these URIs.
    Of(Vec<Uri>),
    /// Those with a URI of this node's certificate; if that has none, everyone.
    Own,
}

impl Peers {
    /// The URIs of which a peer must have one, given those of this node's certificate; if there are none, any will do.
    pub fn uris(&self, own: impl IntoIterator<Item = Uri>) -> Vec<Uri> {
        match self {
            Self::Any => Vec::new(),
            Self::Of(uris) => uris.clone(),
            Self::Own => own.into_iter().collect(),
        }
    }
}

impl fmt::Display for Peers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("any"),
            Self::Of(uris) => f.write_str(&uris.iter().map(Uri::as_str).collect::<Vec<_>>().join(",")),
            Self::Own => f.write_str(DEFAULT),
        }
    }
}

impl FromStr for Peers {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        match text {
            "own" => Ok(Self::Own),
            "any" => Ok(Self::Any),
            list if list.split(',').any(|item| matches!(item.trim(), "own" | "any")) => {
                Err(Problem::with_remedy("own and any cannot be combined", "list all URIs instead"))
            }
            list => {
                let uri =
                    |item: &str| item.trim().parse::<Uri>().map_err(|error| Problem::new(error.to_string()));
                list.split(',').map(uri).collect::<Result<_, _>>().map(Self::Of)
            }
        }
    }
}

const DEFAULT: &str = "own";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_must_be_of_uris() {
        let uri = |text: &str| text.parse::<Uri>().expect("a URI");
        let list = "spiffe://a/b, spiffe://a/c".parse();
        assert_eq!(list, Ok(Peers::Of(vec![uri("spiffe://a/b"), uri("spiffe://a/c")])));
        // An empty item must not end as "everyone".
        for text in ["", ",", "spiffe://a/b,", "all", "n1@127.0.0.11"] {
            assert!(text.parse::<Peers>().is_err(), "{text:?}");
        }
    }
}
