//! A `transfer-local` of its own for each test.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use session_limit_harness::leaks;
use session_limit_harness::lines::Lines;
use session_limit_harness::process::spawn;
use session_limit_harness::sftp::{Credential, Sftp};
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_transfer-local");

/// A running server with users and files in a temporary folder. When it ends, what it has written is
/// looked through for secrets.
pub(crate) struct Server {
    child: Child,
    output: Lines,
    /// Its decisions.
    pub decisions: Lines,
    pub port: u16,
    folder: TempDir,
}

/// A user to be.
pub(crate) struct User {
    pub name: &'static str,
    pub limit: u32,
    pub password: Option<&'static str>,
    pub public_key: Option<String>,
}

impl Server {
    /// Starts a server with these users and further arguments.
    pub(crate) fn start(users: &[User], arguments: &[&str]) -> Self {
        Self::start_with(users, arguments, |_| {})
    }

    /// The same, with something more in the folder of the users' files.
    pub(crate) fn start_with(
        users: &[User],
        arguments: &[&str],
        prepare: impl FnOnce(&Path),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("users/s-local")).unwrap();
        for user in users {
            write_user(folder.path(), user);
        }
        prepare(&folder.path().join("users/s-local"));
        let mut command = Command::new(PROGRAM);
        command.arg("--users").arg(folder.path().join("users")).args(arguments);
        Self::start_command(command, folder)
    }

    /// Starts a server whose users somebody else knows.
    pub(crate) fn start_without_users(arguments: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        command.args(arguments);
        Self::start_command(command, tempfile::tempdir().unwrap())
    }

    fn start_command(mut command: Command, folder: TempDir) -> Self {
        command
            .args(["--listen", "127.0.0.1:0"])
            .arg("--root")
            .arg(folder.path().join("files"))
            .arg("--log-file")
            .arg(folder.path().join("log"))
            .arg("--host-key")
            .arg(folder.path().join("host-key"))
            .env("TMPDIR", folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = spawn(&mut command);
        let decisions = Lines::of("transfer-local, errors", child.stderr.take().unwrap());
        let output = Lines::of("transfer-local, output", child.stdout.take().unwrap());
        let first = output.wait_for(|lines| lines.first().cloned());
        let first = first.expect("it did not start");
        let port = first.strip_prefix("listening on 127.0.0.1:").unwrap().parse().unwrap();
        Self { child, output, decisions, port, folder }
    }

    /// A server that was started in another way, and has written to `folder` only.
    pub(crate) fn adopt(
        child: Child,
        output: Lines,
        decisions: Lines,
        port: u16,
        folder: TempDir,
    ) -> Self {
        Self { child, output, decisions, port, folder }
    }

    /// Fails unless this server refuses such a client: one that ends for a reason of its own shows
    /// nothing.
    #[track_caller]
    pub(crate) fn refuses(&self, user: &str, credential: Credential<'_>) {
        let before = self.decisions.count("refused ");
        assert!(!Sftp::start(self.port, user, credential).is_in(), "{user} got in");
        self.decisions.wait_for_count("refused ", before + 1);
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// True if it holds a file of this name open.
    pub(crate) fn has_open(&self, name: &str) -> bool {
        let open = std::fs::read_dir(format!("/proc/{}/fd", self.child.id())).unwrap();
        let targets = open.filter_map(|file| std::fs::read_link(file.ok()?.path()).ok());
        targets.into_iter().any(|target| target.ends_with(name))
    }

    /// Waits until it has ended.
    pub(crate) fn end(mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Writes or replaces the file of a user.
    pub(crate) fn set_user(&self, user: &User) {
        write_user(self.folder.path(), user);
    }

    /// Writes or replaces the file of a user as it stands.
    pub(crate) fn set_secret(&self, name: &str, secret: &str) {
        write_secret(self.folder.path(), name, secret);
    }

    /// The place of a home folder on disk.
    pub(crate) fn home(&self, user: &str) -> PathBuf {
        self.folder.path().join("files/bucket/home").join(user)
    }

    /// No secret is in what it has written, nor in any file but those of its users, the log above
    /// all.
    fn look_for_leaks(&self) {
        for lines in [&self.output, &self.decisions] {
            lines.wait_for(|_| None::<()>);
            leaks::none_in("what the server has said", lines.text().as_bytes());
        }
        let users = self.folder.path().join("users");
        if users.exists() {
            std::fs::remove_dir_all(users).unwrap();
        }
        leaks::none_below(self.folder.path());
    }

    /// Ends the server as Ctrl-C does, and returns the log of its whole life.
    pub(crate) fn stop(mut self) -> Vec<Value> {
        self.signal(Signal::INT);
        let status = self.child.wait().unwrap();
        assert!(status.success(), "ended with {status}");
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap();
        log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !std::thread::panicking() {
            self.look_for_leaks();
        }
    }
}

/// The largest number of sessions of `user` that were alive at the same moment.
pub(crate) fn most_live_sessions(log: &[Value], user: &str) -> usize {
    let mut live = std::collections::BTreeSet::new();
    let mut most = 0;
    for message in log {
        let session = message["session-id"].as_str().unwrap_or_default();
        match message["activity-type"].as_str() {
            Some("CONNECTED") if message["user"] == user => drop(live.insert(session)),
            Some("DISCONNECTED") => drop(live.remove(session)),
            _ => {}
        }
        most = most.max(live.len());
    }
    assert!(live.is_empty(), "sessions without an end: {live:?}");
    most
}

fn write_user(folder: &Path, user: &User) {
    let mut secret = json!({
        "Role": "arn:aws:iam::000000000000:role/transfer-local",
        "HomeDirectory": format!("/bucket/home/{}", user.name),
        "MaxSessionLimit": user.limit.to_string(),
    });
    if let Some(password) = user.password {
        secret["Password"] = json!(password);
    }
    if let Some(key) = &user.public_key {
        secret["PublicKey"] = json!(key);
    }
    write_secret(folder, user.name, &secret.to_string());
}

/// Replaces the file in one step, because a login may read it at any time.
fn write_secret(folder: &Path, name: &str, secret: &str) {
    let (new, users) = (folder.join("new-user"), folder.join("users/s-local"));
    std::fs::write(&new, secret).unwrap();
    std::fs::rename(new, users.join(format!("{name}.json"))).unwrap();
}
