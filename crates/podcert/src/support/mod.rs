//! Tools that know nothing of where a certificate comes from or goes to: time, files, locks, PEM, X.509, secrets.

pub mod clock;
pub mod durable_file;
pub mod hex;
pub mod lock;
pub mod pem;
pub mod secret;
pub mod x509;
