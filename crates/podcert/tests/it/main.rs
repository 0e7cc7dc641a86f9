//! Tests of the library as its users see it, with real files, processes, file systems and openssl.

#![expect(clippy::unwrap_used, reason = "helpers of tests may panic as tests do")]

mod cert_manager;
mod damage;
mod disk;
mod keeper;
mod kill;
mod local_ca;
mod obtain;
mod openssl;
mod pem;
mod published;
mod refusal;
mod round_trip;
mod secrecy;
mod store;
mod support;
mod trust;
mod verify;
