//! Bytes as text.

/// Bytes as lower-case hexadecimal.
pub fn encode(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
