//! The keys of users, and OpenSSH's clients.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Once;

use tempfile::TempDir;

use crate::lines::Lines;
use crate::process::{kill_all, spawn};

/// The line that `sftp` has a shell print. It takes its first command when it is logged in. Its own
/// messages are for people, and may change.
const MARK: &str = "so far";

/// A key pair in a temporary folder.
pub struct Key {
    folder: TempDir,
    /// The public key, in one line.
    pub public: String,
}

/// The proof of identity with which a client logs in.
#[derive(Clone, Copy)]
pub enum Credential<'a> {
    /// A password.
    Password(&'a str),
    /// A key.
    Key(&'a Key),
    /// First the key, then the password.
    Both(&'a Key, &'a str),
}

/// A running `sftp`, which holds its session until it is told otherwise.
pub struct Sftp {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines,
    errors: Lines,
}

impl Key {
    /// Makes a key pair.
    #[must_use]
    pub fn ed25519() -> Self {
        Self::of_type(&["-t", "ed25519"])
    }

    /// Makes a key pair as these arguments of `ssh-keygen` say.
    #[must_use]
    pub fn of_type(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("ssh-keygen");
        command.args(["-q", "-N", "", "-C", "a, comma"]).args(arguments).arg("-f");
        let status = spawn(command.arg(folder.path().join("key"))).wait().unwrap();
        assert!(status.success());
        let public = std::fs::read_to_string(folder.path().join("key.pub")).unwrap();
        Self { folder, public: public.trim().to_owned() }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("key")
    }
}

impl Sftp {
    /// Starts to log in from 127.0.0.1 to the server at this port of it.
    pub fn start(port: u16, user: &str, credential: Credential<'_>) -> Self {
        Self::start_from("127.0.0.1", port, user, credential)
    }

    /// Starts to log in from another address of this machine.
    pub fn start_from(address: &str, port: u16, user: &str, credential: Credential<'_>) -> Self {
        let (password, key) = match credential {
            Credential::Password(password) => (Some(password), None),
            Credential::Key(key) => (None, Some(key.path())),
            Credential::Both(key, password) => (Some(password), Some(key.path())),
        };
        let mut command = client_command("sftp", password, key.as_deref());
        command
            .args(["-o", &format!("User={user}"), "-o", &format!("BindAddress={address}")])
            .args(["-P", &port.to_string(), "127.0.0.1"])
            .env("SHELL", "/bin/sh")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = spawn(&mut command);
        let mut input = child.stdin.take().unwrap();
        let name = |stream| format!("sftp of {user:?}, {stream}");
        let output = Lines::of(&name("output"), child.stdout.take().unwrap());
        let errors = Lines::of(&name("errors"), child.stderr.take().unwrap());
        // A refused client may be gone already.
        let _ = writeln!(input, "!echo {MARK}");
        Self { child, input: Some(input), output, errors }
    }

    /// Waits until it is known if the server lets this client in. Returns true if it does.
    #[track_caller]
    pub fn is_in(&self) -> bool {
        self.output
            .wait_for(|lines| lines.iter().any(|line| line.starts_with(MARK)).then_some(()))
            .is_some()
    }

    /// Gives a command and waits until it has been carried out.
    pub fn does(&mut self, command: &str) {
        let marks = self.output.count(MARK);
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{command}\n!echo {MARK}").unwrap();
        self.output.wait_for_count(MARK, marks + 1);
    }

    /// Gives a command and does not wait for it.
    pub fn begins(&mut self, command: &str) {
        writeln!(self.input.as_mut().unwrap(), "{command}").unwrap();
    }

    /// Its complaints.
    #[must_use]
    pub fn errors(&self) -> String {
        self.errors.text()
    }

    /// Lets it end as a user would.
    pub fn quit(mut self) {
        drop(self.input.take());
        self.child.wait().unwrap();
    }

    /// Kills it, so that it cannot take its leave of the server.
    pub fn kill(mut self) {
        kill_all(&mut self.child);
    }
}

impl Drop for Sftp {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.child.wait();
    }
}

/// Logs in with each of `credentials` at the same moment. Returns the clients that are in; the
/// others are gone.
pub fn all_at_once(port: u16, user: &str, credentials: &[Credential<'_>]) -> Vec<Sftp> {
    let start = |credential: &Credential<'_>| Sftp::start(port, user, *credential);
    let clients: Vec<Sftp> = credentials.iter().map(start).collect();
    clients.into_iter().filter(Sftp::is_in).collect()
}

/// Returns the command of one of OpenSSH's clients. It logs in with these credentials, or fails.
pub fn client_command(program: &str, password: Option<&str>, key: Option<&Path>) -> Command {
    // Not found by sshpass, it would look like a refusal.
    static SFTP_IS_THERE: Once = Once::new();
    SFTP_IS_THERE.call_once(|| {
        let mut usage = Command::new("sftp");
        spawn(usage.stdout(Stdio::null()).stderr(Stdio::null())).wait().unwrap();
    });
    let mut command = match password {
        Some(password) => {
            let mut command = Command::new("sshpass");
            command.args(["-e", program]).env("SSHPASS", password);
            command
        }
        None => Command::new(program),
    };
    let methods = match (key, password) {
        (Some(_), Some(_)) => "publickey,password",
        (Some(_), None) => "publickey",
        (None, _) => "password",
    };
    command.args(["-F", "/dev/null"]);
    for option in [
        "StrictHostKeyChecking=no",
        "UserKnownHostsFile=/dev/null",
        "LogLevel=ERROR",
        "IdentitiesOnly=yes",
        "IdentityAgent=none",
        "NumberOfPasswordPrompts=1",
        &format!("PreferredAuthentications={methods}"),
        &format!("PubkeyAuthentication={}", if key.is_some() { "yes" } else { "no" }),
    ] {
        command.args(["-o", option]);
    }
    match key {
        Some(key) => command.arg("-i").arg(key),
        None => command.args(["-o", "IdentityFile=none"]),
    };
    command
}
