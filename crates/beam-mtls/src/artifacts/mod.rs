//! The files that the BEAM reads: rendered from templates, written to one directory, and read back from there. What they
//! say was decided before; nothing here decides it.

pub mod directory;
pub mod modules;
pub mod read_back;
pub mod render;
