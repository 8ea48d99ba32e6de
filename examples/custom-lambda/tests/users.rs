//! The function answers logins of the users in its file, and starts with nothing less.

use std::path::Path;
use std::time::Duration;

use lambda_emulator::{Emulator, Function, Outcome};

const PROGRAM: &str = env!("CARGO_BIN_EXE_custom-lambda");

/// No store listens there, and logins are admitted all the same.
const STORE: [(&str, &str); 3] = [
    ("SESSION_STORE", "memcached://127.0.0.1:1"),
    ("ON_STORE_FAILURE", "admit"),
    ("REFUSAL_FLOOR_MS", "0"),
];

#[tokio::test]
async fn users_of_the_file_are_let_in_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.json");
    let users =
        r#"{"alice": {"Role": "arn:aws:iam::123456789012:role/alice", "Password": "MARKER"}}"#;
    std::fs::write(&file, users).unwrap();
    let settings = [&STORE[..], &[("USERS_FILE", file.to_str().unwrap())]].concat();
    let emulator = Emulator::start().await.unwrap();
    let function = Function::start(Path::new(PROGRAM), &emulator, &settings).unwrap();
    let ready = tokio::time::timeout(Duration::from_secs(60), emulator.ready(1)).await;
    assert!(ready.is_ok(), "it asks for no events: {}", function.log());
    let login = |user: &str, password: &str| {
        format!(
            r#"{{"username":"{user}","password":"{password}","protocol":"SFTP",
                "serverId":"s-1234"}}"#
        )
    };
    let answer = emulator.invoke(login("alice", "MARKER")).await;
    assert_eq!(answer.text(), r#"{"Role":"arn:aws:iam::123456789012:role/alice"}"#);
    for refused in [login("alice", "wrong"), login("robert", "MARKER")] {
        assert_eq!(emulator.invoke(refused).await, Outcome::Answer(b"{}".to_vec()));
    }
    assert!(!function.log().contains("MARKER"), "{}", function.log());
}

#[tokio::test]
async fn a_file_of_anything_else_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("users.json");
    std::fs::write(&file, r#"["MARKER"]"#).unwrap();
    let settings = [&STORE[..], &[("USERS_FILE", file.to_str().unwrap())]].concat();
    let emulator = Emulator::start().await.unwrap();
    for settings in [&settings[..], &STORE] {
        let mut function = Function::start(Path::new(PROGRAM), &emulator, settings).unwrap();
        assert!(!function.ended().await.unwrap());
        let log = function.log();
        assert!(log.contains("USERS_FILE") && !log.contains("MARKER"), "{log}");
    }
}
