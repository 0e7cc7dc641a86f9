//! The container entrypoint.

fn main() {}
