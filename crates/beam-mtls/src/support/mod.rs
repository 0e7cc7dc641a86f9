//! Tools that know nothing of nodes.

pub mod plain_path;
