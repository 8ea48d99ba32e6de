//! A stand-in for memcached in the same thread: a real one's answers come when they come, and whoever
//! waits for them takes now more instructions and now fewer.

use std::collections::HashMap;
use std::net::SocketAddr;

use anyhow::{Result, bail};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Serves one connection, as a task of the runtime.
pub(crate) async fn start() -> Result<SocketAddr> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { serve(BufReader::new(listener.accept().await?.0)).await });
    Ok(address)
}

/// Knows how to load and to store; nobody else is there whose version could be another.
async fn serve(mut stream: BufReader<TcpStream>) -> Result<()> {
    let (mut items, mut line) = (HashMap::<String, Vec<u8>>::new(), String::new());
    while stream.read_line(&mut line).await? > 0 {
        let words: Vec<_> = line.split_ascii_whitespace().collect();
        let mark = words.last().filter(|word| word.starts_with('O')).copied().unwrap_or_default();
        let answer = match words.as_slice() {
            ["mg", key, ..] => items.get(*key).map_or_else(
                || b"EN\r\n".to_vec(),
                |value| {
                    let header = format!("VA {} c1 t-1 {mark}\r\n", value.len());
                    [header.as_bytes(), value, b"\r\n"].concat()
                },
            ),
            ["add" | "cas", key, _, _, len, ..] => {
                let mut value = vec![0; len.parse()?];
                stream.read_exact(&mut value).await?;
                stream.read_exact(&mut [0; 2]).await?;
                items.insert((*key).to_owned(), value);
                b"STORED\r\n".to_vec()
            }
            _ => bail!("it does not know {line:?}"),
        };
        stream.get_mut().write_all(&answer).await?;
        line.clear();
    }
    Ok(())
}
