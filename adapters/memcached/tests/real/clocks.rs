//! Hosts whose clocks differ.

use std::net::IpAddr;
use std::time::Duration;

use session_limit_core::ledger::{
    AdmissionRequest, LeaseLedger, LeaseSettings, LeaseTimes, Ledger, Verdict,
};
use session_limit_core::limit::SessionLimit;
use session_limit_core::names::Token;
use session_limit_harness::memcached::Server;

use crate::tools::{NOW, Open, run, server_id, user};

/// The server's clock tells how much time has passed since a right clock was seen: the reservations
/// of others stay. Without it, the fast host would drop two, and two more would be admitted.
#[test]
fn a_host_whose_clock_is_fast_drops_no_reservations_of_others() {
    let server = Server::start();
    let ledger = LeaseLedger::new(server.store(), LeaseSettings::default());
    let (server_id, user) = (server_id(), user());
    let fast = NOW.after(LeaseTimes::DEFAULT_RESERVATION_TTL).after(Duration::from_secs(1));
    let logins = [NOW, NOW, fast, NOW, NOW];
    let verdicts = run(async {
        let mut verdicts = Vec::new();
        for (number, now) in logins.into_iter().enumerate() {
            let request = AdmissionRequest::new(
                server_id.clone(),
                user.clone(),
                SessionLimit::new(3),
                Token::new(&format!("login-{number}")).unwrap(),
            )
            .from(IpAddr::from([192, 0, 2, 1]));
            verdicts.push(ledger.admit(&request, now).await.unwrap().verdict);
        }
        verdicts
    });
    let (yes, no) = (Verdict::Admitted, Verdict::Refused);
    assert_eq!(verdicts, [yes, yes, yes, no, no]);
}
