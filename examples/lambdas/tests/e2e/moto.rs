//! The API of Secrets Manager, as moto_server has it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

/// A moto_server of one's own. Ends with the value.
pub(crate) struct Moto {
    address: SocketAddr,
    _child: Child,
}

impl Moto {
    pub(crate) async fn start() -> Self {
        let mut child = Command::new(program())
            .args(["-H", "127.0.0.1", "-p", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("moto_server has to be installed: `cargo xtask test` installs it");
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap().expect("moto_server ended at its start");
            if let Some((_, address)) = line.split_once("Running on http://") {
                break address.trim().parse().unwrap();
            }
        };
        // It goes on writing a line for each request.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { address, _child: child }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) async fn create_secret(&self, name: &str, secret: &Value) {
        let body = json!({"Name": name, "SecretString": secret.to_string(),
            "ClientRequestToken": "11111111-1111-1111-1111-111111111111"})
        .to_string();
        let request = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Length: {}\r\n\
             Content-Type: application/x-amz-json-1.1\r\n\
             X-Amz-Target: secretsmanager.CreateSecret\r\n\
             Authorization: AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/\
             secretsmanager/aws4_request, SignedHeaders=host, Signature=0\r\n\r\n{body}",
            self.address,
            body.len()
        );
        let mut connection = TcpStream::connect(self.address).await.unwrap();
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        connection.read_to_string(&mut response).await.unwrap();
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    }
}

/// In the folder that everything is built in, where `cargo xtask test` puts it.
fn program() -> PathBuf {
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    built.join("moto/bin/moto_server")
}
