//! Tools that know nothing about where a certificate comes from or goes: time, files, locks, PEM, X.509, secrets. A tool
//! uses nothing outside of this folder except `diagnose`.

pub mod clock;
pub mod durable_file;
pub mod hex;
pub mod lock;
pub mod pem;
pub mod secret;
pub mod x509;
