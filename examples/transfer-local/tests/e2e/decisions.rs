//! The lines for the operator.

use std::process::Stdio;

use session_limit_harness::eventually;
use session_limit_harness::leaks::MARKER;
use session_limit_harness::process::spawn;
use session_limit_harness::sftp::{Credential, Key, Sftp, client_command};
use transfer_local::client::Attempt;

use crate::client::attempt;
use crate::server::{Server, User};

fn alice() -> User {
    User { name: "alice", limit: 2, password: Some("MARKER-secret"), public_key: None }
}

#[test]
fn logins_that_nobody_is_asked_about_are_decisions_too() {
    let server = Server::start(&[alice()], &["--auth-methods", "PASSWORD"]);
    let too_long = format!("{MARKER:x<1025}");
    for (name, password, decision) in [
        ("al", "MARKER-secret", r#"refused "al": not a valid user name: expected 3"#),
        ("a\u{1b}[2Jb", "MARKER-secret", r#"refused "a\u{1b}[2Jb": not a valid user name"#),
        ("alice", "", "refused alice: the password is empty"),
        ("alice", &too_long, "refused alice: the password has more than 1024"),
    ] {
        let attempt = attempt(server.port, name, password);
        assert!(matches!(attempt, Attempt::Refused(_)), "{name:?}: {attempt:?}");
        server.decisions.wait_for_count(decision, 1);
    }
}

#[test]
fn a_wrong_key_is_a_decision_and_a_right_one_after_it_is_not_refused() {
    let (key, wrong_key) = (Key::ed25519(), Key::ed25519());
    let public_key = Some(key.public.clone());
    let user = User { name: "both", limit: 2, password: Some("MARKER-secret"), public_key };
    let server = Server::start(&[user], &[]);
    assert!(
        Sftp::start(server.port, "both", Credential::Both(&wrong_key, "MARKER-secret")).is_in()
    );
    server.refuses("both", Credential::Key(&wrong_key));
    server.decisions.wait_for_count("refused both: the key is not one of the user's", 1);
    assert_eq!(server.decisions.count("refused"), 1);
}

#[test]
fn a_session_that_has_lost_its_slot_ends_without_a_count() {
    let times = ["--reservation-ttl", "8s", "--session-ttl", "8s"];
    let server = Server::start(&[User { limit: 1, ..alice() }], &times);
    let forgotten = Sftp::start(server.port, "alice", Credential::Password("MARKER-secret"));
    assert!(forgotten.is_in());
    let next = eventually("the slot of a silent session expires", || {
        let next = Sftp::start(server.port, "alice", Credential::Password("MARKER-secret"));
        next.is_in().then_some(next)
    });
    forgotten.quit();
    server.decisions.wait_for_count("ended alice after ", 1);
    drop(next);
}

#[test]
fn files_that_let_nobody_in_are_named_at_the_start() {
    let server = Server::start_with(&[alice()], &[], |users| {
        std::fs::write(users.join("x.json"), "{}").unwrap();
    });
    let warning = "x.json\" lets nobody log in: not a valid user name";
    let is_said = |lines: &[String]| lines.iter().any(|line| line.contains(warning)).then_some(());
    assert!(server.decisions.wait_for(is_said).is_some());
}

/// It asks how the server's program has ended, and believes in no success without an answer.
#[test]
fn scp_ends_well() {
    let server = Server::start(&[alice()], &[]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "content").unwrap();
    let mut command = client_command("scp", Some("MARKER-secret"), None);
    command.arg("-s").args(["-P", &server.port.to_string()]).arg(&file);
    command.arg("alice@127.0.0.1:copy").stdout(Stdio::null());
    assert!(spawn(&mut command).wait().unwrap().success());
    assert_eq!(std::fs::read(server.home("alice").join("copy")).unwrap(), b"content");
}

/// Opened like a file it would hold the login, and then the server's end.
#[test]
fn a_pipe_in_place_of_a_users_file_holds_nothing_up() {
    let server = Server::start_with(&[alice()], &[], |users| {
        let pipe = users.join("pipe.json");
        assert!(spawn(std::process::Command::new("mkfifo").arg(pipe)).wait().unwrap().success());
    });
    server.refuses("pipe", Credential::Password("MARKER-secret"));
    server.decisions.wait_for_count("refused pipe: ", 1);
    server.stop();
}
