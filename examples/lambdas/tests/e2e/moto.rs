//! The API of Secrets Manager, as moto has it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use session_limit_harness::lines::Lines;
use session_limit_harness::process::spawn;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A server of one's own. Ends with the value.
pub(crate) struct Moto {
    address: SocketAddr,
    child: Child,
}

impl Moto {
    pub(crate) fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/secrets_manager.py");
        let mut command = Command::new(python());
        command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = spawn(&mut command);
        let output = Lines::of("moto, output", child.stdout.take().unwrap());
        Lines::of("moto, errors", child.stderr.take().unwrap());
        let address = output.wait_for(|lines| lines.first()?.parse().ok());
        Self { address: address.expect("moto ended at its start"), child }
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

impl Drop for Moto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In the folder that everything is built in, where `cargo xtask test` makes it.
fn python() -> PathBuf {
    let built = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    built.join("moto/bin/python3")
}
