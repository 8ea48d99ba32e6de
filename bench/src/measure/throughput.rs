//! How many logins and events one core gets through, and whether it matters how many sessions a
//! server has. The client runs on one thread, so that what it gets through is what one core gives.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::Result;
use session_limit_bench::logins::{NOW, Session};
use session_limit_core::ledger::Ledger;
use session_limit_core::time::Timestamp;
use session_limit_testkit::naive::NaiveLedger;
use tokio::task::JoinSet;

use crate::figures::{Row, Spread, Unit};
use crate::plan::Plan;
use crate::scene::{Phase, Scene};
use crate::servers::{Kind, Memcached};

const THROUGHPUT: &str = "throughput of one core";
const GROWTH: &str = "growth";

const AT_ONCE: [usize; 3] = [64, 8, 1];
const USERS: u64 = 10_000;
/// Sessions of one sample.
const SAMPLE: u64 = 2_048;
/// The time between two samples, after which nothing is left of ended sessions.
const STEP: Duration = Duration::from_secs(400);

/// Sessions of a server, of which each user has ten.
const SESSIONS: [u64; 4] = [10, 100, 1_000, 10_000];
const EACH: u64 = 10;

pub(crate) async fn measure(plan: Plan) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for at_once in plan.some(&AT_ONCE) {
        plan.tell(&format!("{THROUGHPUT}, {at_once} at once"));
        rows.extend(rates(at_once, plan.blocks()).await?);
    }
    rows.extend(growth(plan).await?);
    Ok(rows)
}

async fn rates(at_once: usize, blocks: usize) -> Result<Vec<Row>> {
    let memcached = Memcached::start(false);
    let lease = Arc::new(Kind::Lease.ledger(memcached.store()?)?);
    let counter = Arc::new(Kind::Counter.ledger(memcached.store()?)?);
    // It has the same keys as the counter ledger, if its server had the same name.
    let naive = Arc::new(NaiveLedger::new(memcached.store()?, Duration::from_secs(86_400)));
    let [mut logins, mut starts, mut ends, mut counted, mut published] = [const { Vec::new() }; 5];
    for block in 0..=blocks as u64 {
        let numbers = block * SAMPLE..(block + 1) * SAMPLE;
        let sessions = numbers.map(|number| Session::new(number % USERS, number));
        let sessions: Arc<[Session]> = sessions.collect::<Result<_, _>>()?;
        let now = NOW.after(STEP * u32::try_from(block)?);
        let login = rate(&lease, &sessions, at_once, Phase::Admission, now).await?;
        let start = rate(&lease, &sessions, at_once, Phase::Start, now).await?;
        let end = rate(&lease, &sessions, at_once, Phase::End, now).await?;
        let count = rate(&counter, &sessions, at_once, Phase::Admission, now).await?;
        let publish = rate(&naive, &sessions, at_once, Phase::Admission, now).await?;
        if block > 0 {
            logins.push(login);
            starts.push(start);
            ends.push(end);
            counted.push(count);
            published.push(publish);
        }
    }
    let row = |what: &str| {
        let what = format!("{what}, {at_once} at once, {USERS} users");
        Row::new(THROUGHPUT, what, Unit::PerSecond)
    };
    let naive = "the naive counter: get, then incr";
    let mut rows = vec![
        row("logins, lease ledger").in_pairs(&logins, naive, &published),
        row("logins, counter ledger").in_pairs(&counted, naive, &published),
        row("starts of sessions, lease ledger").value(Spread::of(&starts)),
        row("ends of sessions, lease ledger").value(Spread::of(&ends)),
    ];
    rows.iter_mut().for_each(|row| row.short = at_once == AT_ONCE[0]);
    Ok(rows)
}

/// How many of `sessions` a second.
async fn rate<L: Ledger + 'static>(
    ledger: &Arc<L>,
    sessions: &Arc<[Session]>,
    at_once: usize,
    phase: Phase,
    now: Timestamp,
) -> Result<f64> {
    let next = Arc::new(AtomicUsize::new(0));
    let mut tasks = JoinSet::new();
    let start = Instant::now();
    for _ in 0..at_once {
        let (ledger, sessions, next) = (Arc::clone(ledger), Arc::clone(sessions), next.clone());
        tasks.spawn(async move {
            while let Some(session) = sessions.get(next.fetch_add(1, Ordering::Relaxed)) {
                phase.act(&*ledger, session, 0, now).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(task) = tasks.join_next().await {
        task??;
    }
    Ok(sessions.len() as f64 / start.elapsed().as_secs_f64())
}

/// An admission on servers with more and more sessions.
async fn growth(plan: Plan) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    for sessions in plan.some(&SESSIONS) {
        plan.tell(&format!("{GROWTH}, {sessions} sessions"));
        let (kind, users) = (Kind::Lease, sessions / EACH);
        let scene = Scene { kind, over_tls: false, at_once: 1, users, leases: EACH };
        let [_, (admission, measured), ..] = scene.measure(plan.blocks()).await?;
        let what = format!("{}, lease ledger, a server with {sessions} sessions", admission.name());
        let value = Spread::of(&measured.ledger);
        let row = Row::new(GROWTH, what, Unit::Microseconds).value(value);
        let fewest = rows.first().map(|row| row.value);
        rows.push(match fewest {
            None => row,
            Some(fewest) => {
                row.next_to(format!("one with {} sessions", SESSIONS[0]), fewest).short()
            }
        });
    }
    if let Some(most) = rows.last_mut() {
        most.short = true;
    }
    Ok(rows)
}
