//! Twenty logins at once of a user who may hold five sessions.

use crate::deployment::{Deployment, SERVER};
use crate::logs::{connected, disconnected, new_session};
use crate::moto::Moto;
use crate::tools::run;
use crate::users::user;

const USER: &str = "limit-5";

/// Five of twenty are let in; their sessions start and end, and so five of twenty are again.
async fn rounds(deployment: &Deployment, rounds: usize) {
    for round in 0..rounds {
        let admitted = deployment.logins(USER, 20).await;
        assert_eq!(admitted, 5, "round {round}\n{}", deployment.log());
        let sessions: Vec<_> = (0..5).map(|_| new_session()).collect();
        let starts: Vec<_> = sessions.iter().map(|session| connected(USER, session)).collect();
        deployment.log_messages(&starts).await;
        assert_eq!(deployment.logins(USER, 1).await, 0, "round {round}: all slots are taken");
        let ends: Vec<_> = sessions.iter().map(|session| disconnected(session)).collect();
        deployment.log_messages(&ends).await;
    }
}

#[test]
fn five_of_twenty_logins_are_let_in_with_the_api_of_secrets_manager() {
    run(async {
        let moto = Moto::start();
        moto.create_secret(&format!("{SERVER}/{USER}"), &user(5)).await;
        let mut deployment =
            Deployment::plan().endpoint(moto.address()).processes(20).start(&[]).await;
        rounds(&deployment, 2).await;
        let metrics = deployment.end();
        assert!(metrics.contains("LoginsAdmitted") && metrics.contains("SessionsEnded"));
    });
}

fn a_hundred_rounds(ledger: &str) {
    run(async {
        let settings =
            [("SESSION_LEDGER", ledger), ("REFUSAL_FLOOR_MS", "0"), ("RUST_LOG", "warn")];
        let deployment = Deployment::plan().processes(20).start(&settings).await;
        rounds(&deployment, 100).await;
    });
}

#[test]
fn a_hundred_rounds_with_leases() {
    a_hundred_rounds("lease");
}

#[test]
fn a_hundred_rounds_with_a_counter() {
    a_hundred_rounds("counter");
}
