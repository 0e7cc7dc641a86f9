//! What `beam-mtls` can do, a folder for each verb: its settings, its steps, its errors. What two verbs share is
//! outside of this folder.

pub mod console;
pub mod doctor;
pub mod handshake;
pub mod local;
pub mod run;
