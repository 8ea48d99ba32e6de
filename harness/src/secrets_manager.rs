//! A server on the loopback interface that speaks as Secrets Manager does, or fails to.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_secretsmanager::{Client, Config};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

/// An answer of the server to a request.
#[derive(Clone)]
pub enum Reply {
    /// A status and a body.
    Http(u16, String),
    /// These bytes, and the end of the connection.
    Bytes(&'static [u8]),
    /// Nothing, for ever.
    Silence,
}

impl Reply {
    /// A secret with this text.
    #[must_use]
    pub fn secret(text: &str) -> Self {
        let name = serde_json::Value::from(text);
        Self::Http(200, format!(r#"{{"Name":"n","VersionId":"v","SecretString":{name}}}"#))
    }

    /// An error of the service.
    #[must_use]
    pub fn error(status: u16, code: &str) -> Self {
        Self::Http(status, format!(r#"{{"__type":"{code}","Message":"a message"}}"#))
    }

    /// The error that there is no such secret.
    #[must_use]
    pub fn no_such_secret() -> Self {
        Self::error(400, "ResourceNotFoundException")
    }
}

/// The server. It answers every request with the same reply until it is told another one.
pub struct Stub {
    /// The address at which it listens.
    pub address: SocketAddr,
    state: Arc<Mutex<State>>,
}

struct State {
    reply: Reply,
    bodies: Vec<String>,
}

impl Stub {
    /// Starts a server that answers with `reply`.
    pub async fn start(reply: Reply) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State { reply, bodies: Vec::new() }));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(BufStream::new(stream), Arc::clone(&shared)));
            }
        });
        Self { address, state }
    }

    /// Answers with `reply` from now on.
    pub fn reply(&self, reply: Reply) {
        self.state.lock().unwrap().reply = reply;
    }

    /// The bodies of the requests so far.
    pub fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().bodies.clone()
    }

    /// A client of this server.
    #[must_use]
    pub fn client(&self) -> Client {
        client_at(self.address)
    }
}

/// Creates a client of Secrets Manager at this address. It waits only for a moment before it tries
/// again.
#[must_use]
pub fn client_at(address: SocketAddr) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("id", "key", None, None, "test"))
        .endpoint_url(format!("http://{address}"))
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(1)))
        .build();
    Client::from_conf(config)
}

async fn serve(mut stream: BufStream<TcpStream>, state: Arc<Mutex<State>>) -> Option<()> {
    loop {
        let body = request(&mut stream).await?;
        let reply = {
            let mut state = state.lock().unwrap();
            state.bodies.push(body);
            state.reply.clone()
        };
        match reply {
            Reply::Http(status, body) => {
                let length = body.len();
                let head = format!(
                    "HTTP/1.1 {status} x\r\ncontent-type: application/x-amz-json-1.1\r\n\
                     content-length: {length}\r\n\r\n"
                );
                stream.write_all(head.as_bytes()).await.ok()?;
                stream.write_all(body.as_bytes()).await.ok()?;
                stream.flush().await.ok()?;
            }
            Reply::Bytes(bytes) => {
                stream.write_all(bytes).await.ok()?;
                stream.flush().await.ok()?;
                return None;
            }
            Reply::Silence => std::future::pending().await,
        }
    }
}

async fn request(stream: &mut BufStream<TcpStream>) -> Option<String> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim_end().to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
        if line.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    String::from_utf8(body).ok()
}
