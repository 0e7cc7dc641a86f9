//! The algorithms of keys.

use std::fmt;
use std::str::FromStr;

use rcgen::{KeyPair, SignatureAlgorithm};
use ring::rand::{SecureRandom, SystemRandom};
use rustls_pki_types::PrivatePkcs8KeyDer;
use zeroize::Zeroizing;

use crate::diagnose;
use crate::support::secret::Secret;

/// The algorithm of a pod's key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyAlgorithm {
    /// ECDSA on the curve P-256: small, fast, and supported by every peer.
    #[default]
    EcdsaP256,
    /// ECDSA on the curve P-384.
    EcdsaP384,
    /// Ed25519.
    Ed25519,
}

impl KeyAlgorithm {
    /// All algorithms, in the order of their names.
    pub const ALL: [Self; 3] = [Self::EcdsaP256, Self::EcdsaP384, Self::Ed25519];

    /// Generates a key.
    pub(crate) fn generate(self) -> Result<Secret<KeyPair>, rcgen::Error> {
        let ecdsa =
            |algorithm: &'static SignatureAlgorithm| KeyPair::generate_for(algorithm).map(Secret::new);
        match self {
            Self::EcdsaP256 => ecdsa(&rcgen::PKCS_ECDSA_P256_SHA256),
            Self::EcdsaP384 => ecdsa(&rcgen::PKCS_ECDSA_P384_SHA384),
            Self::Ed25519 => generate_ed25519().map(Secret::new),
        }
    }
}

impl FromStr for KeyAlgorithm {
    type Err = UnknownKeyAlgorithm;

    fn from_str(text: &str) -> Result<Self, UnknownKeyAlgorithm> {
        let known = Self::ALL.into_iter().find(|algorithm| algorithm.to_string() == text);
        known.ok_or_else(|| UnknownKeyAlgorithm { text: text.to_owned() })
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EcdsaP256 => "ecdsa-p256",
            Self::EcdsaP384 => "ecdsa-p384",
            Self::Ed25519 => "ed25519",
        })
    }
}

/// A key in version 1 of PKCS#8. ring writes Ed25519 keys in version 2, which openssl cannot read.
fn generate_ed25519() -> Result<KeyPair, rcgen::Error> {
    let mut der = Zeroizing::new([0; ED25519_HEADER.len() + 32]);
    let (header, seed) = der.split_at_mut(ED25519_HEADER.len());
    header.copy_from_slice(&ED25519_HEADER);
    SystemRandom::new().fill(seed).map_err(|_| rcgen::Error::RingUnspecified)?;
    KeyPair::try_from(&PrivatePkcs8KeyDer::from(&der[..]))
}

/// A text that is not the name of an algorithm.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a key algorithm")]
pub struct UnknownKeyAlgorithm {
    text: String,
}

diagnose!(UnknownKeyAlgorithm {
    Self { .. } => Usage("use ecdsa-p256, ecdsa-p384 or ed25519"),
});

/// A version 1 PrivateKeyInfo for Ed25519 (RFC 8410) up to the 32 bytes of the key.
const ED25519_HEADER: [u8; 16] = [48, 46, 2, 1, 0, 48, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::explain;

    #[test]
    fn every_algorithm_can_be_parsed_from_its_name() {
        for algorithm in KeyAlgorithm::ALL {
            assert_eq!(algorithm.to_string().parse(), Ok(algorithm));
        }
    }

    #[test]
    fn an_unknown_algorithm_is_reported_with_the_known_ones() {
        let error = "rsa".parse::<KeyAlgorithm>().unwrap_err();
        assert_eq!(explain(&error), "\"rsa\" is not a key algorithm; use ecdsa-p256, ecdsa-p384 or ed25519");
    }
}
