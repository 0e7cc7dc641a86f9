//! What was read back from disk, all of it from one set, not yet verified.

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
    /// The signer that it came from.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.directory.join(name).display().to_string()
    }
}

/// Somebody may have put a key into any of the files.
impl fmt::Debug for PublishedSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublishedSet")
            .field("directory", &self.directory)
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}
