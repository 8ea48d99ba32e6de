//! No secret may reach a log line.

mod support;

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use session_limit_core::secret::UserSecrets;
use session_limit_harness::secrets_manager::{Reply, Stub};
use session_limit_secrets_manager::CacheSettings;
use support::{alice, secrets};
use tracing_subscriber::filter::LevelFilter;

const SECRET: &str = "{\"Password\": \"conspicuous\"}";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_secret_is_logged_or_shown() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let (server, user) = alice();
    let stub = Stub::start(Reply::secret(SECRET)).await;
    let secrets = secrets(&stub, CacheSettings::default());
    let mut shown = format!("{:?}", secrets.secret(&server, &user).await.unwrap().unwrap());
    shown.push_str(&format!("{secrets:?}"));
    for reply in [
        Reply::Http(200, SECRET.into()),
        Reply::Http(200, format!("{{\"SecretString\": {SECRET}}}")),
        Reply::Http(200, format!("{{\"SecretString\": \"\\x{SECRET}")),
        Reply::Http(200, "{\"SecretBinary\": \"conspicuous!\"}".into()),
        Reply::Http(400, SECRET.into()),
        Reply::Http(500, SECRET.into()),
        Reply::Bytes(b"conspicuous"),
        Reply::Bytes(b"HTTP/1.1 200 conspicuous\r\nconspicuous\r\n\r\n"),
    ] {
        stub.reply(reply);
        let error = secrets.fetch(&server, &user).await.unwrap_err();
        shown.push_str(&format!("{error} {error:?}"));
    }
    assert!(!shown.contains("conspicuous"), "{shown}");

    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("GetSecretValue"), "there is a log to look at");
    let leak = log.lines().find(|line| line.contains("conspicuous"));
    assert_eq!(leak, None);
}
