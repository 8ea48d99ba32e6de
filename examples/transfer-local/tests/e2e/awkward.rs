//! Clients and users that have confused others before.

use session_limit_harness::eventually;
use session_limit_harness::sftp::{Credential, Key, Sftp};
use transfer_local::client::Attempt;

use crate::client::attempt;
use crate::server::{Server, User, most_live_sessions};

const PASSWORD: Credential<'_> = Credential::Password("MARKER-Sesame");

fn alice(limit: u32) -> User {
    User { name: "alice", limit, password: Some("MARKER-Sesame"), public_key: None }
}

#[test]
fn a_killed_client_gives_its_slot_back() {
    let server = Server::start(&[alice(1)], &[]);
    let inside = Sftp::start(server.port, "alice", PASSWORD);
    assert!(inside.is_in());
    server.refuses("alice", PASSWORD);
    inside.kill();
    server.decisions.wait_for_count("ended alice 0/1", 1);
    assert!(Sftp::start(server.port, "alice", PASSWORD).is_in());
    assert_eq!(most_live_sessions(&server.stop(), "alice"), 1);
}

#[test]
fn a_client_killed_in_a_large_download_gives_its_slot_back() {
    let server = Server::start(&[alice(1)], &[]);
    let mut inside = Sftp::start(server.port, "alice", PASSWORD);
    assert!(inside.is_in());
    let large = std::fs::File::create(server.home("alice").join("large")).unwrap();
    large.set_len(1 << 40).unwrap();
    let target = tempfile::tempdir().unwrap();
    inside.begins(&format!("get large {}", target.path().join("large").display()));
    eventually("the download begins", || {
        let size = std::fs::metadata(target.path().join("large")).ok()?.len();
        (size > 0).then_some(())
    });
    assert!(server.has_open("large"));
    inside.kill();
    server.decisions.wait_for_count("ended alice 0/1", 1);
    assert!(Sftp::start(server.port, "alice", PASSWORD).is_in());
    eventually("the file is closed", || (!server.has_open("large")).then_some(()));
}

#[test]
fn a_file_named_disconnected_frees_no_slot() {
    let server = Server::start(&[alice(1)], &["--log-duplicate", "1"]);
    let mut inside = Sftp::start(server.port, "alice", PASSWORD);
    assert!(inside.is_in());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("DISCONNECTED");
    std::fs::write(&file, "alice DISCONNECTED\n").unwrap();
    for command in [
        format!("put {}", file.display()),
        "rename DISCONNECTED \"alice.0123456789abcdef DISCONNECTED\"".to_owned(),
        "mkdir DISCONNECTED".to_owned(),
        "rmdir DISCONNECTED".to_owned(),
    ] {
        inside.does(&command);
        server.refuses("alice", PASSWORD);
    }
    let name = server.home("alice").join("alice.0123456789abcdef DISCONNECTED");
    assert!(name.exists(), "{}", inside.errors());
    drop(inside);
    let log = server.stop();
    assert_eq!(most_live_sessions(&log, "alice"), 1);
}

#[test]
fn a_limit_lowered_below_the_live_count_takes_effect_at_once() {
    let server = Server::start(&[alice(3)], &[]);
    let mut inside: Vec<Sftp> =
        (0..3).map(|_| Sftp::start(server.port, "alice", PASSWORD)).collect();
    assert!(inside.iter().all(Sftp::is_in));
    server.set_user(&alice(1));
    for gone in 1..=3 {
        server.refuses("alice", PASSWORD);
        inside.pop().unwrap().quit();
        server.decisions.wait_for_count("ended alice", gone);
    }
    assert!(Sftp::start(server.port, "alice", PASSWORD).is_in());
    server.set_user(&alice(0));
    server.refuses("alice", PASSWORD);
}

#[test]
fn a_limit_that_is_no_number_lets_nobody_in() {
    let server = Server::start(&[alice(3)], &[]);
    for limit in ["\"-1\"", "-1", "\"many\"", "4294967296", "1.5", "null", "[]"] {
        let secret = format!(
            r#"{{"Password":"MARKER-Sesame","Role":"arn:aws:iam::000000000000:role/x","MaxSessionLimit":{limit}}}"#
        );
        server.set_secret("alice", &secret);
        server.refuses("alice", PASSWORD);
    }
}

#[test]
fn names_with_dots_and_at_signs_are_users_like_others() {
    let names = ["bob.smith@example.com", "a.b.c", "_x-", "alice.0123456789abcdef"];
    let user = |name| User { name, limit: 1, password: Some("MARKER-Sesame"), public_key: None };
    let server = Server::start(&names.map(user), &[]);
    let inside = names.map(|name| Sftp::start(server.port, name, PASSWORD));
    for (name, client) in names.into_iter().zip(inside) {
        assert!(client.is_in(), "{name} was refused");
        server.refuses(name, PASSWORD);
        client.quit();
        server.decisions.wait_for_count(&format!("ended {name} 0/1"), 1);
        assert!(Sftp::start(server.port, name, PASSWORD).is_in(), "{name} was refused afterwards");
    }
}

#[test]
fn names_that_are_no_users_lead_nowhere() {
    let server = Server::start(&[alice(1)], &[]);
    for name in ["../s-local/alice", "al", "alice/", ".", "*"] {
        assert!(matches!(attempt(server.port, name, "MARKER-Sesame"), Attempt::Refused(_)));
        server.decisions.wait_for_count(&format!("refused {name:?}: not a valid user name"), 1);
    }
    server.refuses("nobody", PASSWORD);
    server.decisions.wait_for_count("refused nobody: ", 1);
}

#[test]
fn keys_of_every_kind_that_the_service_takes_get_in() {
    let keys = [
        &["-t", "ed25519"][..],
        &["-t", "rsa", "-b", "2048"],
        &["-t", "ecdsa", "-b", "256"],
        &["-t", "ecdsa", "-b", "384"],
        &["-t", "ecdsa", "-b", "521"],
    ]
    .map(Key::of_type);
    let all: Vec<&str> = keys.iter().map(|key| key.public.as_str()).collect();
    let public_key = Some(all.join(", "));
    let kay = User { name: "kay", limit: 9, password: None, public_key };
    let server = Server::start(&[kay], &["--auth-methods", "PUBLIC_KEY"]);
    for key in &keys {
        let is_in = Sftp::start(server.port, "kay", Credential::Key(key)).is_in();
        assert!(is_in, "{}", key.public);
    }
}

/// Somebody who knows a user's name, and not the key, tries fifty times from another address;
/// then the user comes.
fn a_stranger_probes(key_phase: &str) -> (Server, Key) {
    let (key, wrong_key) = (Key::ed25519(), Key::ed25519());
    let public_key = Some(key.public.clone());
    let kay = User { name: "kay", limit: 2, password: None, public_key };
    let server = Server::start(&[kay], &["--key-phase", key_phase]);
    for _ in 0..5 {
        let probe =
            |_| Sftp::start_from("127.0.0.2", server.port, "kay", Credential::Key(&wrong_key));
        let probes: Vec<Sftp> = (0..10).map(probe).collect();
        assert!(!probes.iter().any(Sftp::is_in), "a wrong key got in");
    }
    let refused = server.decisions.count("refused kay: session limit 2 reached");
    assert_eq!(server.decisions.count("admitted kay") + refused, 50);
    assert!(server.decisions.count("admitted kay 2/2 from 127.0.0.2") > 0);
    (server, key)
}

#[test]
fn a_stranger_who_probes_a_key_user_locks_nobody_out() {
    let (server, key) = a_stranger_probes("auto");
    let mut inside = Vec::new();
    for _ in 0..2 {
        inside.push(Sftp::start(server.port, "kay", Credential::Key(&key)));
        assert!(inside.last().unwrap().is_in(), "locked out");
    }
    server.refuses("kay", Credential::Key(&key));
    drop(inside);
    assert_eq!(most_live_sessions(&server.stop(), "kay"), 2);
}

/// Control: this is what `strict` costs.
#[test]
fn a_stranger_who_probes_a_key_user_locks_the_user_out_under_strict() {
    let (server, key) = a_stranger_probes("strict");
    server.refuses("kay", Credential::Key(&key));
}
