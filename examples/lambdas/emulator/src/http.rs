//! The part of HTTP/1.1 that the clients of this server speak.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// More than any request has; whoever sends more is no client of ours.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// A request, as far as anybody here looks at it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// The method, such as `POST`.
    pub method: String,
    /// The path, with the query.
    pub path: String,
    /// The whole body.
    pub body: Vec<u8>,
}

/// The next request, or `None` at the end of the connection.
pub(crate) async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Request>> {
    let Some(line) = line(stream).await? else { return Ok(None) };
    let mut words = line.split(' ').map(str::to_owned);
    let mut request = Request {
        method: words.next().unwrap_or_default(),
        path: words.next().unwrap_or_default(),
        body: Vec::new(),
    };
    let (mut length, mut chunked) = (0, false);
    while let Some(header) = self::line(stream).await?.filter(|header| !header.is_empty()) {
        let (name, value) = header.split_once(':').unwrap_or((&header, ""));
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = number(value.trim(), 10)?,
            "transfer-encoding" => chunked = value.trim().eq_ignore_ascii_case("chunked"),
            _ => {}
        }
    }
    if !chunked {
        append(stream, &mut request.body, length).await?;
        return Ok(Some(request));
    }
    loop {
        let size = line_or_end(stream).await?;
        let size = number(size.split(';').next().unwrap_or_default(), 16)?;
        append(stream, &mut request.body, size).await?;
        // Behind each chunk, and behind the last one in place of trailers.
        line_or_end(stream).await?;
        if size == 0 {
            return Ok(Some(request));
        }
    }
}

pub(crate) async fn write(
    stream: &mut (impl AsyncWrite + Unpin),
    status: &str,
    headers: &[(&str, &str)],
    body: &[u8],
) -> io::Result<()> {
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Type: application/json\r\n");
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    head += &format!("Content-Length: {}\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), body].concat()).await
}

async fn append(
    stream: &mut (impl AsyncBufRead + Unpin),
    body: &mut Vec<u8>,
    length: usize,
) -> io::Result<()> {
    let start = body.len();
    if length > MOST_BYTES || start + length > MOST_BYTES {
        return Err(invalid("a body is too long"));
    }
    body.resize(start + length, 0);
    stream.read_exact(&mut body[start..]).await?;
    Ok(())
}

async fn line(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<String>> {
    let mut line = String::new();
    if stream.take(64 * 1024).read_line(&mut line).await? == 0 {
        return Ok(None);
    }
    if !line.ends_with('\n') {
        return Err(invalid("a line is cut off or too long"));
    }
    Ok(Some(line.trim_end().to_owned()))
}

async fn line_or_end(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<String> {
    line(stream).await?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
}

fn number(text: &str, radix: u32) -> io::Result<usize> {
    usize::from_str_radix(text.trim(), radix).map_err(|_| invalid("a length is no number"))
}

fn invalid(message: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, message)
}
