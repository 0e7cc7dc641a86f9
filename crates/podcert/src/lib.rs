//! One pod's certificate: from its identity to verified, atomically published files.
