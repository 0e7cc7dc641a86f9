//! The container entrypoint: obtain a certificate, render the options of TLS distribution, exec the BEAM.
//!
//! Data flows top to bottom: [`launcher`] recognises what is started, [`settings`] are what was typed, [`flags`] what
//! the BEAM is told already, `podcert` obtains the certificate, [`render`] makes the files that the BEAM reads,
//! [`config_directory`] keeps them, [`command`] takes our place. [`run`] is these steps; [`local`] runs several nodes by
//! it; [`console`] talks to one that runs. [`handshake`] dials nodes with the same certificate, to see who answers;
//! [`doctor`] looks at everything and says what is wrong.

pub mod command;
pub mod config_directory;
pub mod console;
pub mod cookie;
pub mod doctor;
pub mod environment;
pub mod family;
pub mod flags;
pub mod handshake;
pub mod launcher;
pub mod local;
pub mod modules;
pub mod node_name;
pub mod otp;
pub mod plain_path;
pub mod render;
pub mod run;
pub mod settings;
