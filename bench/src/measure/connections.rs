//! What a new connection takes: a function opens one when it is frozen for long or serves its first
//! login, and over TLS it has to shake hands.

use std::time::Instant;

use anyhow::Result;
use session_limit_bench::logins::{NOW, SERVER};
use session_limit_core::names::{ServerId, UserName};
use session_limit_core::store::{Key, Store};

use crate::figures::{Row, Unit};
use crate::plan::Plan;
use crate::servers::Memcached;

const GROUP: &str = "new connections";

pub(crate) async fn measure(plan: Plan) -> Result<Vec<Row>> {
    plan.tell(GROUP);
    let (plain, tls) = (Memcached::start(false, 1), Memcached::start(true, 1));
    let [mut bare, mut anew, mut resumed] = [const { Vec::new() }; 3];
    for sample in 0..=plan.connections() {
        let (of_plain, _) = first_and_second(&plain).await?;
        let (first, second) = first_and_second(&tls).await?;
        // The first one finds nothing in any cache.
        if sample > 0 {
            bare.push(of_plain);
            anew.push(first);
            resumed.push(second);
        }
    }
    let row =
        |what| Row::new(GROUP, format!("a get on a new connection, {what}"), Unit::Microseconds);
    Ok(vec![
        row("TLS, a new session").in_pairs(&anew, "one without TLS", &bare).short(),
        row("TLS, a resumed session").in_pairs(&resumed, "one without TLS", &bare).short(),
    ])
}

/// Microseconds of a store's first get, and of two at once, the second of which needs another
/// connection.
async fn first_and_second(memcached: &Memcached) -> Result<(f64, f64)> {
    let store = memcached.store()?;
    let key = [Key::table(&ServerId::new(SERVER)?, &UserName::new("nobody")?)];
    let start = Instant::now();
    store.load(&key, NOW).await?;
    let first = start.elapsed();
    let start = Instant::now();
    let (one, other) = tokio::join!(store.load(&key, NOW), store.load(&key, NOW));
    let second = start.elapsed();
    one.and(other)?;
    Ok((first.as_secs_f64() * 1e6, second.as_secs_f64() * 1e6))
}
