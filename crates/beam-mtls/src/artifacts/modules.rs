//! Erlang modules as object files in this program, compiled by the oldest OTP that we serve.
//!
//! Their sources are in `erlang/beam_mtls/src`; `cargo xtask erlang --check` proves that these files are what
//! the sources give.

/// The distribution module that binds node names to certificates.
pub const DISTRIBUTION: &str = "beam_mtls_dist";

/// Its object file.
pub const DISTRIBUTION_OBJECT: &[u8] =
    include_bytes!("../../../../erlang/beam_mtls/priv/beam_mtls_dist.beam");

/// The module that watches a cluster for `beam-mtls local`.
pub const OBSERVER: &str = "beam_mtls_observer";

/// Its object file.
pub const OBSERVER_OBJECT: &[u8] =
    include_bytes!("../../../../erlang/beam_mtls/priv/beam_mtls_observer.beam");

/// The module that evaluates an expression on a node.
pub const RPC: &str = "beam_mtls_rpc";

/// Its object file.
pub const RPC_OBJECT: &[u8] = include_bytes!("../../../../erlang/beam_mtls/priv/beam_mtls_rpc.beam");
