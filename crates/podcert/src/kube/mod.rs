//! Every call to the API server: the client, retries, the watch of one object, and the progress that is reported when a
//! deadline passes. All of it is generic over the kind of object: which object it is, and what its status means, belongs to
//! the callers.

pub mod client;
pub mod progress;
pub mod read;
pub mod retry;
pub mod watch;
