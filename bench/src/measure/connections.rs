//! What a new connection takes. A function opens one for its first login, and when the one that it has
//! has broken; over TLS it has to shake hands, and can resume the session of an earlier connection.

use std::net::SocketAddr;
use std::time::Instant;

use anyhow::{Result, ensure};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::HandshakeKind;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::figures::{Row, Unit};
use crate::plan::Plan;
use crate::processor::OneProcessor;
use crate::servers::Memcached;

pub(crate) const NAME: &str = "new connections";

pub(crate) async fn measure(plan: Plan<'_>) -> Result<Vec<Row>> {
    let _one = OneProcessor::enter()?;
    let (plain, tls) = (Memcached::start(false), Memcached::start(true));
    let [mut bare, mut full, mut resumed] = [const { Vec::new() }; 3];
    for sample in 0..=plan.connections() {
        // Each has sessions of its own.
        let connector = tls.tls()?;
        let (without, _) = open(plain.address(), None).await?;
        let (first, how_first) = open(tls.address(), connector.as_ref()).await?;
        let (second, how_second) = open(tls.address(), connector.as_ref()).await?;
        ensure!(how_first == Some(HandshakeKind::Full), "the first handshake is {how_first:?}");
        ensure!(how_second == Some(HandshakeKind::Resumed), "the second one is {how_second:?}");
        // The first of all finds nothing in any cache.
        if sample > 0 {
            bare.push(without);
            full.push(first);
            resumed.push(second);
        }
    }
    let row = |what| Row::new(NAME, format!("a new connection, {what}"), Unit::Microseconds);
    Ok(vec![
        row("TLS, a new session").in_pairs(&full, "one without TLS", &bare).short(),
        row("TLS, a resumed session").in_pairs(&resumed, "one without TLS", &bare).short(),
    ])
}

/// Microseconds from nothing to memcached's first answer, and how hands were shaken.
async fn open(
    address: SocketAddr,
    tls: Option<&TlsConnector>,
) -> Result<(f64, Option<HandshakeKind>)> {
    let start = Instant::now();
    let mut socket = TcpStream::connect(address).await?;
    socket.set_nodelay(true)?;
    let handshake = match tls {
        None => {
            ask(&mut socket).await?;
            None
        }
        Some(tls) => {
            let mut stream = tls.connect(ServerName::from(address.ip()), socket).await?;
            ask(&mut stream).await?;
            stream.get_ref().1.handshake_kind()
        }
    };
    Ok((start.elapsed().as_secs_f64() * 1e6, handshake))
}

async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Result<()> {
    stream.write_all(b"mn\r\n").await?;
    stream.flush().await?;
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).await?;
    ensure!(&answer == b"MN\r\n", "memcached does not answer");
    Ok(())
}
