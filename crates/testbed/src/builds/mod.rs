//! The binaries that are tested and put into images: static builds for this machine and for arm64. Nothing else is
//! built here.

pub mod cross;
pub mod musl;
