//! Twenty clients at once for five slots.

use session_limit_harness::sftp::{Credential, Key, Sftp, all_at_once};

use crate::server::{Server, User, most_live_sessions};

const LIMIT: u32 = 5;
const ROUNDS: usize = 20;
const LATE_AND_DOUBLE: [&str; 4] = ["--log-delay", "500ms", "--log-duplicate", "0.5"];

/// In each round exactly five of twenty get in; when they have left, exactly five more.
fn exactly_five_of_twenty(user: User, credential: Credential<'_>, arguments: &[&str]) {
    let name = user.name;
    let server = Server::start(&[user], arguments);
    for round in 1..=ROUNDS {
        let inside = all_at_once(server.port, name, &[credential; 20]);
        assert_eq!(inside.len(), LIMIT as usize, "round {round}");
        inside.into_iter().for_each(Sftp::quit);
        server.decisions.wait_for_count(&format!("ended {name}"), round * LIMIT as usize);
    }
    assert_eq!(most_live_sessions(&server.stop(), name), LIMIT as usize);
}

#[test]
fn twenty_clients_by_password() {
    let user =
        User { name: "alice", limit: LIMIT, password: Some("MARKER-secret"), public_key: None };
    exactly_five_of_twenty(user, Credential::Password("MARKER-secret"), &LATE_AND_DOUBLE);
}

#[test]
fn twenty_clients_by_key() {
    let key = Key::ed25519();
    let public_key = Some(key.public.clone());
    let user = User { name: "kay", limit: LIMIT, password: None, public_key };
    exactly_five_of_twenty(user, Credential::Key(&key), &LATE_AND_DOUBLE);
}

#[test]
fn twenty_clients_by_key_and_password() {
    let key = Key::ed25519();
    let public_key = Some(key.public.clone());
    let user = User { name: "both", limit: LIMIT, password: Some("MARKER-secret"), public_key };
    let arguments = [&LATE_AND_DOUBLE[..], &["--auth-methods", "PUBLIC_KEY_AND_PASSWORD"]].concat();
    exactly_five_of_twenty(user, Credential::Both(&key, "MARKER-secret"), &arguments);
}

#[test]
fn twenty_clients_with_the_counter() {
    let user =
        User { name: "alice", limit: LIMIT, password: Some("MARKER-secret"), public_key: None };
    let arguments = [&LATE_AND_DOUBLE[..], &["--ledger", "counter"]].concat();
    exactly_five_of_twenty(user, Credential::Password("MARKER-secret"), &arguments);
}
