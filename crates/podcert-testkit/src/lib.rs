//! What the tests of this workspace share: a small CA, a fixed clock.
