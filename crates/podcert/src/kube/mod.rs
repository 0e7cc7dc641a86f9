//! Every call to the API server: the client, what is tried again and for how long, the watch of one object, and the
//! progress that a deadline reports. Generic over the kind of object; which object, and what its status means, is for
//! the callers.

pub mod client;
pub mod progress;
pub mod read;
pub mod retry;
pub mod watch;
