//! What was read back from disk, all of it from one set, not yet verified.

use std::path::PathBuf;

use crate::signer::Origin;
use crate::support::secret::Secret;

/// Key, certificate chain and CAs as text.
#[derive(Debug)]
pub struct PublishedSet {
    pub(crate) key_pem: Secret<String>,
    pub(crate) chain_pem: String,
    pub(crate) trust_pem: String,
    pub(crate) directory: PathBuf,
    pub(crate) origin: Origin,
}

impl PublishedSet {
    /// The signer that it came from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.directory.join(name).display().to_string()
    }
}
