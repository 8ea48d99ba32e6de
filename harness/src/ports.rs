//! Ports of this machine.

use std::net::{SocketAddr, TcpListener};

/// An address of loopback at which nobody listens: its port was free just now.
pub fn nobody() -> SocketAddr {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap()
}
