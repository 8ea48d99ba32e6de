//! Logins that take longer than the ledger takes for granted.

use std::time::Duration;

use AuthenticationMethods::{PublicKeyAndPassword, PublicKeyOrPassword};
use session_limit_core::methods::AuthenticationMethods;
use transfer_local::authentication::LoginTimes;
use transfer_local::client::{Attempt, Client};

use crate::test_server::{PASSWORD, TestServer, new_key, path_home};

const ENOUGH: Duration = Duration::from_secs(60);
/// Every login takes longer than this.
const TOO_SHORT: Duration = Duration::ZERO;

/// The results of a login by key and then of one by password. Each has a connection of its own, or
/// both have one where both are asked for.
async fn attempts(
    methods: AuthenticationMethods,
    login_times: LoginTimes,
) -> (TestServer, [Attempt; 2]) {
    let key = new_key();
    let server = TestServer::within(login_times, methods, &key, path_home("/home")).await;
    let mut client = Client::connect(server.address).await.unwrap();
    let by_key = client.key("alice", &key).await.unwrap();
    if methods != PublicKeyAndPassword {
        client = Client::connect(server.address).await.unwrap();
    }
    let by_password = client.password("alice", PASSWORD).await.unwrap();
    (server, [by_key, by_password])
}

#[tokio::test]
async fn a_login_by_password_that_takes_too_long_is_refused() {
    let times = LoginTimes { password: TOO_SHORT, key: ENOUGH };
    let (mut server, [by_key, by_password]) = attempts(PublicKeyOrPassword, times).await;
    assert_eq!(by_key, Attempt::In);
    assert!(matches!(by_password, Attempt::Refused(_)), "{by_password:?}");
    assert_eq!(server.next("AUTH_FAILURE").await["method"], "password");
}

#[tokio::test]
async fn a_login_by_key_that_takes_too_long_is_refused() {
    let times = LoginTimes { password: ENOUGH, key: TOO_SHORT };
    let (mut server, [by_key, by_password]) = attempts(PublicKeyOrPassword, times).await;
    assert!(matches!(by_key, Attempt::Refused(_)), "{by_key:?}");
    assert_eq!(by_password, Attempt::In);
    assert_eq!(server.next("AUTH_FAILURE").await["method"], "publickey");
}

/// The key's login only looks there, and the password's takes the slot.
#[tokio::test]
async fn where_both_are_asked_for_only_the_time_of_the_password_counts() {
    let times = LoginTimes { password: ENOUGH, key: TOO_SHORT };
    let (_server, [by_key, by_password]) = attempts(PublicKeyAndPassword, times).await;
    assert!(matches!(by_key, Attempt::HalfIn(_)), "{by_key:?}");
    assert_eq!(by_password, Attempt::In);

    let times = LoginTimes { password: TOO_SHORT, key: ENOUGH };
    let (_server, [by_key, by_password]) = attempts(PublicKeyAndPassword, times).await;
    assert!(matches!(by_key, Attempt::HalfIn(_)), "{by_key:?}");
    assert!(matches!(by_password, Attempt::Refused(_)), "{by_password:?}");
}
