//! Erlang modules as object files in this program, compiled by the oldest OTP that we serve.
//!
//! Their sources are in `erlang/beam_mtls/src`; `cargo xtask erlang --check` proves that these files are what
//! the sources give.

/// The distribution module that binds node names to certificates.
pub const DISTRIBUTION: &str = "beam_mtls_dist";

/// The modules that the option file loads, with their object files; each one needs only those before it.
pub const DISTRIBUTION_MODULES: [(&str, &[u8]); 4] = [
    ("beam_mtls_dist_pool", include_bytes!("../../../../erlang/beam_mtls/priv/beam_mtls_dist_pool.beam")),
    (
        "beam_mtls_dist_acceptor",
        include_bytes!("../../../../erlang/beam_mtls/priv/beam_mtls_dist_acceptor.beam"),
    ),
    (
        "beam_mtls_dist_binding",
        include_bytes!("../../../../erlang/beam_mtls/priv/beam_mtls_dist_binding.beam"),
    ),
    (DISTRIBUTION, include_bytes!("../../../../erlang/beam_mtls/priv/beam_mtls_dist.beam")),
];

/// The module that watches a cluster for `beam-mtls local`.
pub const OBSERVER: &str = "beam_mtls_observer";

/// The object files that it needs, its own among them.
pub const OBSERVER_MODULES: [(&str, &[u8]); 3] = [
    ("beam_mtls_certificate", include_bytes!("../../../../erlang/beam_mtls/priv/beam_mtls_certificate.beam")),
    ("beam_mtls_link", include_bytes!("../../../../erlang/beam_mtls/priv/beam_mtls_link.beam")),
    (OBSERVER, include_bytes!("../../../../erlang/beam_mtls/priv/beam_mtls_observer.beam")),
];

/// The module that evaluates an expression on a node.
pub const RPC: &str = "beam_mtls_rpc";

/// Its object file.
pub const RPC_OBJECT: &[u8] = include_bytes!("../../../../erlang/beam_mtls/priv/beam_mtls_rpc.beam");
