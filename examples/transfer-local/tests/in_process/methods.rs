//! The methods that a server offers, and its questions to the identity provider for each of them.

use AuthenticationMethods::{Password, PublicKey, PublicKeyAndPassword, PublicKeyOrPassword};
use russh::MethodKind;
use session_limit_core::methods::AuthenticationMethods;
use transfer_local::client::{Attempt, Client};

use crate::test_server::{PASSWORD, TestServer, new_key, path_home};

/// One connection to a server with these methods.
async fn connection(
    methods: AuthenticationMethods,
) -> (TestServer, Client, russh::keys::PrivateKey) {
    let key = new_key();
    let server = TestServer::new(methods, &key, path_home("/home")).await;
    let client = Client::connect(server.address).await.unwrap();
    (server, client, key)
}

fn may_try(attempt: Attempt) -> Vec<MethodKind> {
    match attempt {
        Attempt::Refused(methods) => methods.to_vec(),
        other => panic!("{other:?} is no refusal"),
    }
}

#[tokio::test]
async fn a_password_is_asked_about_once_for_each_attempt() {
    for methods in [Password, PublicKeyOrPassword] {
        let (mut server, mut client, _) = connection(methods).await;
        assert!(
            may_try(client.password("alice", "wrong").await.unwrap())
                .contains(&MethodKind::Password)
        );
        assert_eq!(client.password("alice", PASSWORD).await.unwrap(), Attempt::In);
        assert_eq!(server.asked(), ["wrong", PASSWORD]);
        let connected = server.next("CONNECTED").await;
        assert!(connected["ssh-public-key-fingerprint"].is_null());
    }
}

#[tokio::test]
async fn a_right_key_is_asked_about_once() {
    for methods in [PublicKey, PublicKeyOrPassword] {
        let (mut server, mut client, key) = connection(methods).await;
        assert_eq!(client.key("alice", &key).await.unwrap(), Attempt::In);
        assert_eq!(server.asked(), ["key"]);
        let connected = server.next("CONNECTED").await;
        let fingerprint = connected["ssh-public-key-fingerprint"].as_str().unwrap();
        assert!(fingerprint.starts_with("SHA256:"));
    }
}

#[tokio::test]
async fn wrong_keys_are_asked_about_once_and_a_password_may_follow() {
    let (mut server, mut client, _) = connection(PublicKeyOrPassword).await;
    for _ in 0..3 {
        assert!(matches!(client.key("alice", &new_key()).await.unwrap(), Attempt::Refused(_)));
    }
    assert_eq!(client.password("alice", PASSWORD).await.unwrap(), Attempt::In);
    assert_eq!(server.asked(), ["key", PASSWORD]);
    for _ in 0..3 {
        assert_eq!(server.next("AUTH_FAILURE").await["method"], "publickey");
    }
    server.next("CONNECTED").await;
}

#[tokio::test]
async fn key_and_password_asks_twice_and_wants_the_key_first() {
    let (mut server, mut client, key) = connection(PublicKeyAndPassword).await;
    let refused = client.password("alice", PASSWORD).await.unwrap();
    assert_eq!(may_try(refused), [MethodKind::PublicKey]);
    assert!(server.asked().is_empty());

    let half = client.key("alice", &key).await.unwrap();
    let Attempt::HalfIn(next) = half else { panic!("{half:?}") };
    assert_eq!(next.to_vec(), [MethodKind::Password]);
    assert_eq!(server.asked(), ["key"]);
    assert_eq!(client.password("alice", PASSWORD).await.unwrap(), Attempt::In);
    assert_eq!(server.asked(), ["key", PASSWORD]);
    assert!(server.next("CONNECTED").await["ssh-public-key-fingerprint"].is_string());
}

#[tokio::test]
async fn one_users_key_does_not_help_another_user() {
    let (server, mut client, key) = connection(PublicKeyAndPassword).await;
    assert!(matches!(client.key("alice", &key).await.unwrap(), Attempt::HalfIn(_)));
    let refused = client.password("mallory", PASSWORD).await.unwrap();
    assert_eq!(may_try(refused), [MethodKind::PublicKey]);
    assert_eq!(server.asked(), ["key"]);
}

#[tokio::test]
async fn a_method_that_the_server_does_not_offer_is_not_asked_about() {
    let (server, mut client, key) = connection(Password).await;
    assert_eq!(may_try(client.key("alice", &key).await.unwrap()), [MethodKind::Password]);
    assert!(server.asked().is_empty());

    let (server, mut client, _) = connection(PublicKey).await;
    let refused = client.password("alice", PASSWORD).await.unwrap();
    assert_eq!(may_try(refused), [MethodKind::PublicKey]);
    assert!(server.asked().is_empty());
}

/// To the identity provider that would be the key phase, and its answer would let anyone in.
#[tokio::test]
async fn an_empty_password_is_never_asked_about() {
    let (server, mut client, _) = connection(PublicKeyOrPassword).await;
    for blank in ["", " ", "\t\n", &"x".repeat(1025)] {
        assert!(matches!(client.password("alice", blank).await.unwrap(), Attempt::Refused(_)));
    }
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn the_event_is_the_one_that_the_service_sends() {
    let (server, mut client, key) = connection(PublicKeyOrPassword).await;
    let _ = client.key("alice", &key).await.unwrap();
    let mut client = Client::connect(server.address).await.unwrap();
    let _ = client.password("bob.smith@example.com", "guess").await.unwrap();
    let common = |user| {
        serde_json::json!({
            "username": user, "protocol": "SFTP", "serverId": "s-test", "sourceIp": "127.0.0.1",
        })
    };
    let mut by_password = common("bob.smith@example.com");
    by_password["password"] = "guess".into();
    assert_eq!(server.events(), [common("alice"), by_password]);
}

#[tokio::test]
async fn guessing_ends_the_connection() {
    let (server, mut client, _) = connection(Password).await;
    let mut attempts = 0;
    while let Ok(Attempt::Refused(_)) = client.password("alice", "guess").await {
        attempts += 1;
        assert!(attempts < 20, "still guessing");
    }
    assert!(server.asked().len() <= 10);
}
