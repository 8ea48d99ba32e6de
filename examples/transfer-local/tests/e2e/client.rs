//! A client that sends what it is told.

use session_limit_harness::PATIENCE;
use transfer_local::client::{Attempt, Client};

/// Tries to log in by password with a library. It sends any name and any password; which of them a
/// program sends, its version decides.
pub(crate) fn attempt(port: u16, user: &str, password: &str) -> Attempt {
    let attempt = async {
        let mut client = Client::connect(([127, 0, 0, 1], port).into()).await.unwrap();
        client.password(user, password).await.unwrap()
    };
    let bounded = async { tokio::time::timeout(PATIENCE, attempt).await };
    let answered = tokio::runtime::Runtime::new().unwrap().block_on(bounded);
    answered.expect("the server does not answer a password")
}
