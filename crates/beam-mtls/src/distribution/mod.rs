//! What a node of the distribution is described by: its name, cookie, peers, port, TLS versions and address family.
//! Types that exist only if they are right; nothing here renders a file or opens a socket.

mod address_family;
pub mod cookie;
mod listen;
pub mod node_name;
mod otp_release;
mod peers;
mod target;
mod tls_versions;

pub use address_family::AddressFamily;
pub use cookie::Cookie;
pub use listen::{DEFAULT_LISTEN, Listen};
pub use node_name::NodeName;
pub use otp_release::OtpRelease;
pub use peers::{Peers, PeersArgs};
pub use target::Target;
pub use tls_versions::{TlsVersion, TlsVersions};
