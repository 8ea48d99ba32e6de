//! The server's log, read by the core's own parser.

use std::collections::HashSet;

use russh_sftp::protocol::OpenFlags;
use session_limit_core::event::{EventKind, LogEntry, LogOrigin};
use session_limit_core::login::Phase;
use session_limit_core::methods::AuthenticationMethods;
use tokio::io::AsyncWriteExt;
use transfer_local::client::{Attempt, Client};
use transfer_local::log::LogRecord;

use crate::test_server::{PASSWORD, TestServer, new_key, path_home};

fn parse(record: &LogRecord) -> LogEntry {
    let origin = LogOrigin { log_group: &record.group, log_stream: &record.stream };
    LogEntry::parse(&record.message, record.at, origin).unwrap()
}

#[tokio::test]
async fn a_session_reads_as_one_from_its_start_to_its_end() {
    let methods = AuthenticationMethods::PublicKeyOrPassword;
    let mut server = TestServer::new(methods, &new_key(), path_home("/home/alice")).await;
    let mut client = Client::connect(server.address).await.unwrap();
    assert!(matches!(client.password("alice", "wrong").await.unwrap(), Attempt::Refused(_)));
    let LogEntry::AuthFailure(failure) = parse(&server.next_message().await) else {
        panic!("no failed login");
    };
    assert_eq!(failure.user.unwrap().as_str(), "alice");

    assert_eq!(client.password("alice", PASSWORD).await.unwrap(), Attempt::In);
    let sftp = client.sftp().await.unwrap();
    sftp.create("a").await.unwrap().close().await.unwrap();
    sftp.rename("a", "DISCONNECTED").await.unwrap();
    sftp.remove_file("DISCONNECTED").await.unwrap();
    sftp.create_dir("d").await.unwrap();
    sftp.remove_dir("d").await.unwrap();
    sftp.remove_dir("d").await.unwrap_err();
    client.quit().await.unwrap();

    let mut kinds = Vec::new();
    let mut session = None;
    let mut ids = HashSet::new();
    loop {
        let record = server.next_message().await;
        assert!(record.id.len() == 56 && ids.insert(record.id.clone()), "{ids:?}");
        let LogEntry::Session(event) = parse(&record) else { panic!("{}", record.message) };
        assert_eq!(record.stream, event.session.as_str());
        assert_eq!(event.server.as_str(), "s-test");
        assert_eq!(*session.get_or_insert(event.session.clone()), event.session);
        kinds.push(event.kind);
        if event.kind == EventKind::Ended {
            break;
        }
        assert_ne!(event.user.is_some(), event.kind == EventKind::Activity);
    }
    let source = Some([127, 0, 0, 1].into());
    assert_eq!(kinds.first(), Some(&EventKind::connected(source, Some(Phase::Password))));
    // OPEN, CLOSE, RENAME, DELETE, MKDIR, RMDIR, ERROR.
    assert_eq!(kinds.iter().filter(|kind| **kind == EventKind::Activity).count(), 7);
}

#[tokio::test]
async fn a_killed_client_ends_its_session_once() {
    let methods = AuthenticationMethods::Password;
    let mut server = TestServer::new(methods, &new_key(), path_home("/home/alice")).await;
    let mut client = Client::connect(server.address).await.unwrap();
    assert_eq!(client.password("alice", PASSWORD).await.unwrap(), Attempt::In);
    let sftp = client.sftp().await.unwrap();
    let mut file = sftp.open_with_flags("a", OpenFlags::CREATE | OpenFlags::WRITE).await.unwrap();
    file.write_all(b"half a fi").await.unwrap();
    file.flush().await.unwrap();
    let connected = server.next("CONNECTED").await;
    client.kill().unwrap();
    let disconnected = server.next("DISCONNECTED").await;
    assert_eq!(disconnected["session-id"], connected["session-id"]);
    assert!(disconnected["user"].is_null());

    // The next session's start is the next thing that is heard: nothing follows an end.
    let mut client = Client::connect(server.address).await.unwrap();
    assert_eq!(client.password("alice", PASSWORD).await.unwrap(), Attempt::In);
    let next: serde_json::Value =
        serde_json::from_str(&server.next_message().await.message).unwrap();
    assert_eq!(next["activity-type"], "CONNECTED");
}

/// The identity provider has let it in, and it is not there any more.
#[tokio::test]
async fn a_client_that_leaves_before_the_answer_is_no_session() {
    let methods = AuthenticationMethods::Password;
    let mut server = TestServer::new(methods, &new_key(), path_home("/home/alice")).await;
    let answers = server.hold_answers().await;
    let mut client = Client::connect(server.address).await.unwrap();
    let kill = client.switch().unwrap();
    let login = tokio::spawn(async move { client.password("alice", PASSWORD).await });
    while server.asked().is_empty() {
        tokio::task::yield_now().await;
    }
    kill.shutdown(std::net::Shutdown::Both).unwrap();
    drop(answers);
    assert_ne!(login.await.unwrap().ok(), Some(Attempt::In));

    let mut client = Client::connect(server.address).await.unwrap();
    assert_eq!(client.password("bob", PASSWORD).await.unwrap(), Attempt::In);
    assert_eq!(server.next("CONNECTED").await["user"], "bob");
}

/// It has been authenticated, so the tracker has to learn that it is over.
#[tokio::test]
async fn a_session_whose_folder_cannot_be_opened_starts_and_ends() {
    let methods = AuthenticationMethods::Password;
    let mut server = TestServer::new(methods, &new_key(), path_home("/a-file/alice")).await;
    std::fs::write(server.root.path().join("a-file"), "").unwrap();
    let mut client = Client::connect(server.address).await.unwrap();
    let in_and_served =
        client.password("alice", PASSWORD).await.is_ok() && client.sftp().await.is_ok();
    assert!(!in_and_served);
    let connected = server.next("CONNECTED").await;
    assert_eq!(server.next("DISCONNECTED").await["session-id"], connected["session-id"]);
}

#[tokio::test]
async fn stopping_the_server_ends_all_sessions() {
    let methods = AuthenticationMethods::Password;
    let mut server = TestServer::new(methods, &new_key(), path_home("/home/alice")).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let mut client = Client::connect(server.address).await.unwrap();
        assert_eq!(client.password("alice", PASSWORD).await.unwrap(), Attempt::In);
        clients.push(client);
    }
    for _ in 0..3 {
        server.next("CONNECTED").await;
    }
    server.stop().await;
    for _ in 0..3 {
        server.next("DISCONNECTED").await;
    }
    assert!(Client::connect(server.address).await.is_err());
}
