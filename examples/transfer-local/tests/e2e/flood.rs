//! Clients that ask and do not listen to the answers.

use std::io::Write;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};

use rustix::process::Signal;
use session_limit_harness::PATIENCE;
use session_limit_harness::lines::Lines;
use session_limit_harness::process::{kill_all, spawn};
use session_limit_harness::sftp::client_command;

use crate::server::{Server, User};

/// Requests that keep a server busy while it waits for its client to listen; 8 MB of them.
const MANY: usize = 300_000;
/// The bytes that one of them asks for.
const LENGTH: u32 = 256 * 1024;

/// A client that has logged in, and never reads what comes back.
struct Deaf {
    child: Child,
    has_asked: Receiver<()>,
}

impl Deaf {
    /// Opens a file and asks for its content as often as this, or until it is stopped.
    fn start(server: &Server, times: usize) -> Self {
        let mut command = client_command("ssh", Some("MARKER-secret"), None);
        command
            .args(["-p", &server.port.to_string(), "alice@127.0.0.1", "-s", "sftp"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = spawn(&mut command);
        Lines::of("ssh that does not listen, errors", child.stderr.take().unwrap());
        let mut input = child.stdin.take().unwrap();
        let (done, has_asked) = channel();
        std::thread::spawn(move || {
            // The client may be killed, and nobody may wait for this any more.
            if ask(&mut input, times).is_ok() {
                let _ = done.send(());
            }
            // Ends the session, if there still is one.
            drop(input);
        });
        Self { child, has_asked }
    }

    fn has_asked(&self) {
        self.has_asked.recv_timeout(PATIENCE).expect("the server does not read on");
    }
}

impl Drop for Deaf {
    fn drop(&mut self) {
        kill_all(&mut self.child);
    }
}

fn ask(input: &mut ChildStdin, times: usize) -> std::io::Result<()> {
    let text = |text: &[u8]| [&(text.len() as u32).to_be_bytes()[..], text].concat();
    let mut send = |kind: u8, body: &[u8]| {
        input.write_all(&(body.len() as u32 + 1).to_be_bytes())?;
        input.write_all(&[kind])?;
        input.write_all(body)
    };
    let number = |number: u32| number.to_be_bytes();
    send(1, &number(3))?;
    // Opened for reading, writing, and made; the server calls its first handle 1.
    send(3, &[&number(0)[..], &text(b"file"), &number(1 | 2 | 8), &number(0)].concat())?;
    let at_start = [0; 8];
    send(6, &[&number(1)[..], &text(b"1"), &at_start, &text(&[7; 200_000])].concat())?;
    let read = [&number(2)[..], &text(b"1"), &at_start, &number(LENGTH)].concat();
    (0..times).try_for_each(|_| send(5, &read))
}

fn server() -> Server {
    let user = User { name: "alice", limit: 1, password: Some("MARKER-secret"), public_key: None };
    Server::start(&[user], &[])
}

#[test]
fn a_killed_client_that_did_not_listen_gives_its_slot_back() {
    let server = server();
    let client = Deaf::start(&server, MANY);
    client.has_asked();
    drop(client);
    server.decisions.wait_for_count("ended alice 0/1", 1);
}

#[test]
fn the_server_ends_although_a_client_does_not_listen() {
    for signal in [Signal::INT, Signal::TERM] {
        let server = server();
        let client = Deaf::start(&server, MANY);
        client.has_asked();
        server.signal(signal);
        server.decisions.wait_for_count("ended alice 0/1", 1);
        assert!(server.end().success());
    }
}

#[test]
fn a_client_that_never_stops_asking_is_sent_away() {
    let server = server();
    let client = Deaf::start(&server, usize::MAX);
    server.decisions.wait_for_count("ended alice 0/1", 1);
    drop(client);
    assert!(server.stop().iter().any(|message| message["activity-type"] == "DISCONNECTED"));
}
