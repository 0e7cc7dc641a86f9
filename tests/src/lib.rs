//! What the scenarios share: nodes that can be started, asked and stopped.
