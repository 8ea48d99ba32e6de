//! The input and output of `get-user-config`, and nothing else: it takes an event from the Lambda
//! Runtime API, fetches a secret from `SECRETS` if it `FETCHES`, reads a value from memcached and
//! replaces it, and answers. Nothing is checked, and nothing that is read is understood.

use std::env::var;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::{Context, Result};

/// A table of a few leases.
const VALUE_LEN: usize = 400;

fn main() -> Result<()> {
    let mut api = Connection::open(&var("AWS_LAMBDA_RUNTIME_API")?)?;
    let mut store = Connection::open(&var("STORE")?)?;
    let mut secrets = Connection::open(&var("SECRETS")?)?;
    let fetches = var("FETCHES")? == "yes";
    let value = "x".repeat(VALUE_LEN);
    store.ask(&format!("ms bare {VALUE_LEN} T3600\r\n{value}\r\n"))?;
    loop {
        let head = api.http("GET", "/2018-06-01/runtime/invocation/next", "")?;
        let id = header(&head, "lambda-runtime-aws-request-id")?;
        if fetches {
            secrets.http("POST", "/", r#"{"SecretId":"s-0123456789abcdef0/user-00001"}"#)?;
        }
        let version = store.ask("mg bare c v\r\n")?;
        let version = version.trim().rsplit('c').next().context("a value has no version")?;
        store.ask(&format!("ms bare {VALUE_LEN} C{version} T3600\r\n{value}\r\n"))?;
        let path = format!("/2018-06-01/runtime/invocation/{id}/response");
        api.http("POST", &path, r#"{"Role":"arn:aws:iam::123456789012:role/transfer"}"#)?;
    }
}

struct Connection(BufReader<TcpStream>);

impl Connection {
    fn open(address: &str) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends a request and returns the head of the response.
    fn http(&mut self, method: &str, path: &str, body: &str) -> Result<String> {
        let length = body.len();
        let request = format!("{method} {path} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}");
        self.0.get_mut().write_all(request.as_bytes())?;
        let mut head = String::new();
        while self.0.read_line(&mut head)? > 2 {}
        let length = header(&head, "content-length")?.parse()?;
        self.0.read_exact(&mut vec![0; length])?;
        Ok(head)
    }

    /// Sends a command to memcached and returns the first line of the reply.
    fn ask(&mut self, command: &str) -> Result<String> {
        self.0.get_mut().write_all(command.as_bytes())?;
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        if line.starts_with("VA") {
            self.0.read_exact(&mut [0; VALUE_LEN + 2])?;
        }
        Ok(line)
    }
}

fn header<'a>(head: &'a str, wanted: &str) -> Result<&'a str> {
    let mut fields = head.lines().filter_map(|line| line.split_once(':'));
    let field = fields.find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    Ok(field.with_context(|| format!("there is no {wanted}"))?.1.trim())
}
