//! What is requested: the wanted names and lifetime, a new key, the signing request made with it, and the labels of the
//! object that carries it to the API server. Nothing here talks to a signer.

pub mod csr;
pub mod key;
pub mod object_meta;
mod wanted;

pub use csr::SigningRequest;
pub use key::KeyAlgorithm;
pub use wanted::Wanted;
