//! What was read back from disk, all from one set, not yet verified.

use std::fmt;
use std::path::PathBuf;

use crate::signer::Origin;
use crate::support::secret::Secret;

/// Key, certificate chain and CAs, all in PEM.
pub struct PublishedSet {
    pub(crate) key_pem: Secret<String>,
    pub(crate) chain_pem: Vec<u8>,
    pub(crate) trust_pem: Vec<u8>,
    pub(crate) directory: PathBuf,
    pub(crate) origin: Origin,
}

impl PublishedSet {
    /// The signer that the certificate came from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.directory.join(name).display().to_string()
    }
}

/// Shows no file's content: any of them may contain a key.
impl fmt::Debug for PublishedSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishedSet")
            .field("directory", &self.directory)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
