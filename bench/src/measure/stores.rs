//! What a ledger costs on top of its store's round trips.

use anyhow::Result;

use crate::figures::{Bound, Row, Spread, Unit};
use crate::plan::Plan;
use crate::processor::OneProcessor;
use crate::profile::{Columns, Profiler, Subject};
use crate::round_trips;
use crate::scene::{Measured, PHASES, Phase, Scene, Stage};
use crate::servers::{Kind, Memcached};

const GROUP: &str = "ledgers on memcached";

/// What a ledger may add to the time of bare round trips.
const MOST_ADDED: Bound = Bound::Times(1.25);

/// Concurrent logins.
const AT_ONCE: [usize; 3] = [1, 8, 64];
const USERS: [u64; 2] = [1, 10_000];
/// Of each user.
const LEASES: [u64; 3] = [1, 100, 1_000];

pub(crate) async fn measure(plan: Plan<'_>, profiler: &mut Profiler) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let one = OneProcessor::enter()?;
    for scene in plan.some(&scenes(), describe) {
        let start = || Memcached::start(scene.over_tls);
        let name = describe(scene);
        plan.tell(&name);
        let mut stage = Stage::set(scene, start()).await?;
        let recording = profiler.record(&one)?;
        stage.measure(plan.blocks_of(scene)).await?;
        let (measured, turns) = stage.end();
        profiler.add(recording, turns, Subject { name, columns: Columns::LEDGERS });
        rows.extend(rows_of(scene, measured));
        // Where client and server run makes most of a round trip.
        let is_typical = scene.kind == Kind::Lease && !scene.over_tls;
        if is_typical
            && scene.at_once == 1
            && scene.users == 1
            && let Some(memcached) = one.beside(start)?
        {
            let mut stage = Stage::set(scene, memcached).await?;
            stage.measure(plan.blocks_of(scene)).await?;
            rows.extend(rows_beside(scene, stage.end().0));
        }
    }
    Ok(rows)
}

pub(crate) fn names() -> Vec<String> {
    scenes().into_iter().map(describe).collect()
}

/// Each with each.
fn scenes() -> Vec<Scene> {
    let mut scenes = Vec::new();
    for kind in [Kind::Lease, Kind::Counter] {
        // A counter is as long whatever it counts.
        let leases = if kind == Kind::Lease { &LEASES[..] } else { &LEASES[..1] };
        for over_tls in [false, true] {
            for at_once in AT_ONCE {
                for users in USERS {
                    let scene = |leases| Scene { kind, over_tls, at_once, users, leases };
                    scenes.extend(leases.iter().copied().map(scene));
                }
            }
        }
    }
    scenes
}

fn rows_of(scene: Scene, measured: [(Phase, Measured); PHASES]) -> Vec<Row> {
    let mut rows = Vec::new();
    let is_simplest = scene.at_once == 1 && scene.users == 1 && scene.leases == 1;
    for (phase, measured) in measured {
        let what = format!("{}, {}", phase.name(), describe(scene));
        let bare = format!("bare {}", round_trips::names(&measured.trips));
        let short = is_simplest || (phase == Phase::Admission && !scene.over_tls);
        let row = Row::new(GROUP, &what, Unit::Microseconds);
        let mut row = row.in_pairs(&measured.ledger, bare, &measured.bare);
        if phase == Phase::Admission {
            row = row.bound(MOST_ADDED);
        }
        rows.push(Row { short, ..row });
        let row = Row::new(GROUP, format!("{what}: round trips"), Unit::RoundTrips);
        let alone = Spread::exactly(measured.trips.len() as f64);
        if let Some(most) = most_round_trips(scene.kind, phase).filter(|_| is_simplest) {
            let row = row.value(alone).bound(Bound::Most(most));
            rows.push(Row { short, ..row });
        } else if phase == Phase::Admission && scene.is_crowded() {
            let row =
                row.value(Spread::of(&measured.in_crowd)).next_to("those of one alone", alone);
            rows.push(Row { short, ..row });
        }
    }
    rows
}

/// The same with memcached on another processor.
fn rows_beside(scene: Scene, measured: [(Phase, Measured); PHASES]) -> Vec<Row> {
    let measured = measured.into_iter().filter(|(phase, _)| *phase == Phase::Admission);
    let row = |(phase, measured): (Phase, Measured)| {
        let what = format!("{}, {}, memcached beside it", phase.name(), describe(scene));
        let row = Row::new(GROUP, what, Unit::Microseconds);
        let bare = format!("bare {}", round_trips::names(&measured.trips));
        row.in_pairs(&measured.ledger, bare, &measured.bare).short()
    };
    measured.map(row).collect()
}

/// What is compared are the same round trips; that they are not more than they should be has to be
/// seen, too. A counter can only be added to before it is compared, and then has to be taken away from:
/// it refuses in two, which is shown as missed.
fn most_round_trips(kind: Kind, phase: Phase) -> Option<f64> {
    match (kind, phase) {
        (_, Phase::Refusal) | (Kind::Counter, Phase::Admission) => Some(1.0),
        (Kind::Lease, Phase::Admission) => Some(2.0),
        (_, Phase::Start | Phase::End) => None,
    }
}

fn describe(scene: Scene) -> String {
    let Scene { kind, over_tls, at_once, users, leases } = scene;
    let tls = if over_tls { ", TLS" } else { "" };
    let users = if users == 1 { "one user".to_owned() } else { format!("{users} users") };
    let leases = if leases == 1 { "1 lease".to_owned() } else { format!("{leases} leases") };
    format!("{}{tls}, {at_once} at once, {users} with {leases}", kind.name())
}
