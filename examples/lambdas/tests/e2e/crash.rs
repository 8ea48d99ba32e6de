//! A function that ends between taking a slot and answering.

use lambda_emulator::{Outcome, Proxy, Traffic};
use serde_json::json;
use session_limit_harness::PATIENCE;

use crate::deployment::{Deployment, login_event};
use crate::tools::run;

#[test]
fn a_slot_whose_login_was_never_answered_comes_back_by_itself() {
    run(async {
        let plan = Deployment::plan();
        let proxy = Proxy::start(plan.cache_address()).await.unwrap();
        let settings = [
            ("REFUSAL_FLOOR_MS", "0"),
            ("RESERVATION_TTL_SECONDS", "2"),
            // Longer than the test holds back what the store says.
            ("STORE_TIMEOUT_MS", "10000"),
        ];
        let store = format!("memcached://{}", proxy.address());
        let mut deployment = plan.store(store).start(&settings).await;
        // Another user, to have a connection and to see how many replies a login takes.
        deployment.login("other-1").await;
        let (before, taken) = (proxy.replies(), {
            let start = proxy.replies();
            deployment.login("another-1").await;
            proxy.replies() - start
        });
        let before = before + taken;
        proxy.set(Traffic::RepliesHeldAfter(before + taken - 1));
        let event = login_event("limit-1").to_string();
        let invocation = deployment.logins.start_invocation(event, PATIENCE);
        // The store has confirmed the slot, and the function has not been told.
        proxy.replied(before + taken).await;
        deployment.providers[0].kill().await.unwrap();
        assert_eq!(invocation.outcome().await, Outcome::Died);

        proxy.set(Traffic::Flows);
        deployment.start_provider();
        // Held for the time of a reservation, and not for longer.
        let mut refused = 0;
        while deployment.login("limit-1").await == json!({}) {
            refused += 1;
            assert!(refused < 100_000, "the slot never came back");
        }
        assert!(refused > 0, "the killed login held a slot");
    });
}
