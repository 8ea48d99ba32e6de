//! The log of the server: the structured messages of Transfer Family.

use std::net::IpAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value, json};
use session_limit_core::names::{ServerId, SessionId, UserName};
use session_limit_core::time::Timestamp;

use crate::clock;
use crate::files::{OpenFile, VirtualPath};

/// The most characters of a user's name that are logged, since it may be no user's.
const LONGEST_NAME: usize = 100;

/// A receiver of log messages.
pub trait LogSink: Send + Sync {
    /// Takes one message. Never waits.
    fn write(&self, record: LogRecord);
}

/// One message of a log.
#[derive(Clone, Debug)]
pub struct LogRecord {
    /// The log group: `/aws/transfer/<server-id>`.
    pub group: Arc<str>,
    /// 56 digits that no other message has, the same in each delivery.
    pub id: String,
    /// The log stream: the session id, or `ERRORS`.
    pub stream: String,
    /// The time at which it was written.
    pub at: Timestamp,
    /// A JSON object on one line.
    pub message: String,
}

/// The log of one server.
#[derive(Clone)]
pub struct ServerLog {
    group: Arc<str>,
    resource_arn: Arc<str>,
    sink: Arc<dyn LogSink>,
}

/// The public key that a session was authenticated with.
#[derive(Clone, Debug)]
pub struct KeyUsed {
    /// Its fingerprint, such as `SHA256:BY3g…`.
    pub fingerprint: String,
    /// Its type, such as `ssh-ed25519`.
    pub kind: String,
}

/// The message about the start of a session.
#[derive(Clone, Debug)]
pub struct Connected<'a> {
    /// The user.
    pub user: &'a UserName,
    /// The client's address.
    pub source: IpAddr,
    /// The key that was used, if one was.
    pub key: Option<&'a KeyUsed>,
    /// The client's identification, such as `SSH-2.0-OpenSSH_9.2`.
    pub client: &'a str,
    /// The role that the identity provider gave.
    pub role: &'a str,
    /// The home folder, or `LOGICAL`.
    pub home: &'a str,
}

impl ServerLog {
    /// The log of `server`, which goes to `sink`.
    #[must_use]
    pub fn new(server: &ServerId, sink: Arc<dyn LogSink>) -> Self {
        Self {
            group: format!("/aws/transfer/{server}").into(),
            resource_arn: format!("arn:aws:transfer:local:000000000000:server/{server}").into(),
            sink,
        }
    }

    /// Writes that a login has failed.
    pub fn auth_failure(&self, method: &str, user: &str, source: IpAddr, message: &str) {
        // Anything can stand in the place of a name.
        let user: String = user.chars().take(LONGEST_NAME).collect();
        let fields = json!({
            "method": method, "user": user, "source-ip": source.to_string(), "message": message,
        });
        self.write("ERRORS", "AUTH_FAILURE", fields);
    }

    /// Writes that a session has started, and returns its log.
    #[must_use]
    pub fn connected(&self, start: &Connected<'_>) -> SessionLog {
        let id = new_session_id();
        let mut fields = json!({
            "role": start.role, "client": start.client, "home-dir": start.home,
            "source-ip": start.source.to_string(), "user": start.user, "session-id": id,
        });
        if let (Some(key), Some(fields)) = (start.key, fields.as_object_mut()) {
            fields.insert("ssh-public-key-fingerprint".into(), json!(key.fingerprint));
            fields.insert("ssh-public-key-type".into(), json!(key.kind));
        }
        self.write(id.as_str(), "CONNECTED", fields);
        SessionLog { log: self.clone(), id, over: Mutex::new(false) }
    }

    fn write(&self, stream: &str, activity: &str, fields: Value) {
        let mut message = Map::new();
        message.insert("activity-type".into(), json!(activity));
        message.insert("resource-arn".into(), json!(&*self.resource_arn));
        if let Value::Object(fields) = fields {
            message.extend(fields);
        }
        self.sink.write(LogRecord {
            group: Arc::clone(&self.group),
            id: format!("{:056}", rand::random::<u128>()),
            stream: stream.into(),
            at: clock::now(),
            message: Value::Object(message).to_string(),
        });
    }
}

/// The log of one session: from its `CONNECTED` to its one `DISCONNECTED`, after which it is
/// silent.
pub struct SessionLog {
    log: ServerLog,
    id: SessionId,
    over: Mutex<bool>,
}

impl SessionLog {
    /// Writes that the session is over, the first time it is called.
    pub fn disconnected(&self) {
        let mut over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut *over, true) {
            self.log.write(self.id.as_str(), "DISCONNECTED", json!({ "session-id": self.id }));
        }
    }

    /// Writes that a file has been opened.
    pub fn opened(&self, path: &VirtualPath, mode: &str) {
        self.activity("OPEN", json!({ "path": path.to_string(), "mode": mode }));
    }

    /// Writes that a file has been closed, by the client or, if `partial`, by its disappearance.
    pub fn closed(&self, file: &OpenFile, partial: bool) {
        let mut fields = json!({ "path": file.path.to_string() });
        let counts = [("bytes-in", &file.bytes_in), ("bytes-out", &file.bytes_out)];
        for (name, bytes) in counts {
            let bytes = bytes.load(Ordering::Relaxed);
            if let (1.., Some(fields)) = (bytes, fields.as_object_mut()) {
                fields.insert(name.into(), json!(bytes.to_string()));
            }
        }
        self.activity(if partial { "PARTIAL_CLOSE" } else { "CLOSE" }, fields);
    }

    /// Writes something that the client has done to one file or folder: `DELETE`, `MKDIR`, ….
    pub fn changed(&self, activity: &str, path: &VirtualPath) {
        self.activity(activity, json!({ "path": path.to_string() }));
    }

    /// Writes that the client has renamed a file or a folder.
    pub fn renamed(&self, from: &VirtualPath, to: &VirtualPath) {
        self.activity("RENAME", json!({ "path": from.to_string(), "new-path": to.to_string() }));
    }

    /// Writes that the client has asked for something that failed.
    pub fn error(&self, path: &VirtualPath, operation: &str, message: &str) {
        let fields =
            json!({ "path": path.to_string(), "operation": operation, "message": message });
        self.activity("ERROR", fields);
    }

    fn activity(&self, activity: &str, mut fields: Value) {
        let over = self.over.lock().unwrap_or_else(PoisonError::into_inner);
        if *over {
            return;
        }
        if let Some(fields) = fields.as_object_mut() {
            fields.insert("session-id".into(), json!(self.id));
        }
        self.log.write(self.id.as_str(), activity, fields);
    }
}

impl Drop for SessionLog {
    fn drop(&mut self) {
        self.disconnected();
    }
}

/// 16 hexadecimal digits, as Transfer Family names its sessions.
fn new_session_id() -> SessionId {
    SessionId::new(&format!("{:016x}", rand::random::<u64>())).expect("hexadecimal digits are fine")
}
