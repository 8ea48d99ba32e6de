//! Refusals, logins and the starts and ends of sessions: the time that a ledger adds to the round trips
//! to its store.

use std::sync::Arc;

use anyhow::Result;
use session_limit_bench::kind::Kind;
use session_limit_bench::ledgers::{OfPhases, Phase};

use crate::crowd::{Blocks, Crowd, Figures};
use crate::measurement::{Measurement, Run, block_on};
use crate::memcached::Memcached;
use crate::round_trip::{Trips, names};
use crate::row::{Bound, Row};

const AT_ONCE: [usize; 3] = [1, 8, 64];
const USERS: [u64; 2] = [1, 10_000];
/// The sessions that each user holds all the time.
const LEASES: [u64; 3] = [1, 100, 1_000];

/// The names of the phases.
const PHASES: [&str; 4] = ["refusal", "admission", "start of a session", "end of a session"];

/// A crowd on a store.
#[derive(Clone, Copy, Debug)]
struct Scene {
    crowd: Crowd,
    over_tls: bool,
}

/// Each with each.
pub(crate) fn all() -> Vec<Measurement> {
    let mut scenes = Vec::new();
    for kind in [Kind::Lease, Kind::Counter] {
        // A counter is as long whatever it counts.
        let leases = if kind == Kind::Lease { &LEASES[..] } else { &LEASES[..1] };
        for over_tls in [false, true] {
            for at_once in AT_ONCE {
                for users in USERS {
                    let crowd = |leases: &u64| Crowd { kind, at_once, users, leases: *leases };
                    scenes.extend(leases.iter().map(crowd).map(|crowd| Scene { crowd, over_tls }));
                }
            }
        }
    }
    let measurement = |scene: Scene| {
        Measurement::new(scene.name(), move |name, run| block_on(scene.rows(name, run)))
    };
    scenes.into_iter().map(measurement).collect()
}

impl Scene {
    fn name(self) -> String {
        let Crowd { kind, at_once, users, leases } = self.crowd;
        let kind = if kind == Kind::Lease { "lease ledger" } else { "counter ledger" };
        let tls = if self.over_tls { ", TLS" } else { "" };
        let users = if users == 1 { "one user".to_owned() } else { format!("{users} users") };
        let s = if leases == 1 { "" } else { "s" };
        format!("{kind}{tls}, {at_once} at once, {users} with {leases} lease{s}")
    }

    async fn rows(self, name: &str, run: &Run) -> Result<Vec<Row>> {
        // Where clients race a block takes seconds. Elsewhere it is so short that there are more.
        let blocks = run.turns(if self.crowd.races() { 10 } else { 60 }, 2);
        let memcached = Memcached::start(self.over_tls);
        let measured = self.crowd.measure(memcached.store()?, blocks).await?;
        Ok(Phase::ALL.into_iter().flat_map(|phase| self.rows_of(phase, name, &measured)).collect())
    }

    fn rows_of(self, phase: Phase, name: &str, measured: &(Blocks, Arc<Trips>)) -> Vec<Row> {
        let Crowd { kind, at_once, users, leases } = self.crowd;
        let ([ledger, bare, naive], trips) = (&measured.0, &measured.1[phase as usize]);
        let of = |blocks: &[OfPhases<Figures>], figure: fn(Figures) -> f64| -> Vec<f64> {
            blocks.iter().map(|block| figure(block[phase as usize])).collect()
        };
        let is_login = phase == Phase::Admission;
        let is_alone = (at_once, users, leases) == (1, 1, 1);
        let is_short = is_alone || (is_login && !self.over_tls);
        let what = format!("{}, {name}", PHASES[phase as usize]);
        let (peer, micros) = (format!("bare {}", names(trips)), of(bare, |it| it.micros));
        let row = Row::new(what.clone(), "µs", &of(ledger, |it| it.micros), peer, &micros);
        let bound = is_login.then_some(Bound::Times(1.25));
        let mut rows = vec![Row { bound, is_short, ..row }];
        if is_alone || (is_login && self.crowd.races()) {
            // What is compared makes as many; that they are not too many has to be seen, too. A counter
            // has to be added to before it is compared: it refuses in two.
            let most = [Some(1.0), Some(if kind == Kind::Lease { 2.0 } else { 1.0 }), None, None];
            let bound = most[phase as usize].filter(|_| is_alone).map(Bound::Most);
            let (what, peer) = (format!("{what}: round trips"), "those of one alone");
            let alone = vec![trips.len() as f64; ledger.len()];
            let row = Row::new(what, "", &of(ledger, |it| it.trips), peer, &alone);
            rows.push(Row { bound, is_short, ..row });
        }
        if is_login {
            let (what, peer) = (format!("logins, {name}"), "the naive counter: get, then incr");
            let [ours, theirs] = [ledger, naive].map(|blocks| of(blocks, |it| 1.0 / it.seconds));
            let row = Row::new(what, "/s", &ours, peer, &theirs);
            let is_short = (at_once, leases) == (64, 1) && users > 1 && !self.over_tls;
            rows.push(Row { is_short, ..row });
        }
        rows
    }
}
