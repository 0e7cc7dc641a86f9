//! A TCP connection that ends at a deadline, however slowly the other side goes on.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// The connection.
pub(super) struct Timed {
    tcp: TcpStream,
    deadline: Instant,
    heard: bool,
}

impl Timed {
    /// Connects; from now on everything together may take so long.
    pub(super) fn connect(address: SocketAddr, patience: Duration) -> io::Result<Self> {
        let deadline = Instant::now() + patience;
        let tcp = TcpStream::connect_timeout(&address, patience)?;
        Ok(Self { tcp, deadline, heard: false })
    }

    /// The address that we dial from.
    pub(super) fn local_address(&self) -> io::Result<IpAddr> {
        Ok(self.tcp.local_addr()?.ip())
    }

    /// Whether the other side has sent anything.
    pub(super) fn has_heard(&self) -> bool {
        self.heard
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(ErrorKind::TimedOut.into()) } else { Ok(left) }
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tcp.set_read_timeout(Some(self.left()?))?;
        let count = self.tcp.read(buffer).map_err(as_timeout)?;
        self.heard |= count > 0;
        Ok(count)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tcp.set_write_timeout(Some(self.left()?))?;
        match self.tcp.write(bytes) {
            // A peer that has disconnected may have sent the reason, which is still to be read.
            Err(error) if matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset) => {
                Ok(bytes.len())
            }
            result => result.map_err(as_timeout),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.tcp.flush()
    }
}

/// What the kernel returns when the time of a call is up.
fn as_timeout(error: io::Error) -> io::Error {
    if error.kind() == ErrorKind::WouldBlock { ErrorKind::TimedOut.into() } else { error }
}
