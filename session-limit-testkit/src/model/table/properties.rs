//! The invariants of the lease ledger, each with its name.

use stateright::Property;

use super::bounds::{Bounds, Client};
use super::state::{Breach, State};
use super::{Sight, TableModel};

pub(super) fn all(bounds: &Bounds) -> Vec<Property<TableModel>> {
    let mut all = vec![
        Property::always("S1 coverage", |_, state: &State| state.is_covered()),
        Property::always("S2 cap", |_, state: &State| state.breach != Some(Breach::Cap)),
        Property::always("S3 once", |_, state: &State| {
            state.connections.iter().all(|connection| connection.consumed <= 1)
        }),
        Property::always("S4 commute: what has ended is gone", |_, state: &State| {
            let mut ended = state.connections.iter().filter(|c| c.end_is_handled());
            ended.all(|connection| !state.has_lease(connection))
        }),
        Property::always("S5 isolation", |_, state: &State| {
            state.breach != Some(Breach::Isolation)
        }),
        Property::always("S6 quiet refusal", |_, state: &State| {
            state.breach != Some(Breach::LoudRefusal)
        }),
        Property::always("L1 recovery", is_bounded),
        Property::always("L3 no refusal while there is room", |_, state: &State| {
            state.breach != Some(Breach::Refusal)
        }),
    ];
    if bounds.clock_ticks == 0 {
        all.push(Property::always(
            "S4 commute: the matching follows from the facts",
            |_, state: &State| state.follows_from_the_facts(),
        ));
    }
    if bounds.endings == 0 {
        all.push(Property::always("L1 recovery: only failed logins leave slots over", is_healed));
    }
    all.extend(sights(bounds));
    all
}

/// The things that should happen somewhere.
fn sights(bounds: &Bounds) -> Vec<Property<TableModel>> {
    let mut all = vec![
        Property::sometimes(
            "a start consumes another login's reservation",
            |model: &TableModel, _| model.has_seen(Sight::StrangerConsumed),
        ),
        Property::sometimes("a start comes late", |_, state: &State| {
            state.connections.iter().any(|connection| connection.is_bare)
        }),
        Property::sometimes("a late start takes its own, which has expired", |model, _| {
            model.has_seen(Sight::LateMatch)
        }),
        Property::sometimes("a start makes room for an earlier one", |model: &TableModel, _| {
            model.has_seen(Sight::RoomMade)
        }),
    ];
    let most = bounds.users.iter().map(|user| user.len()).max().unwrap_or(0);
    if bounds.limits.iter().any(|limit| (*limit as usize) < most) {
        all.push(Property::sometimes("a login is refused", |model: &TableModel, _| {
            model.has_seen(Sight::Refusal)
        }));
    }
    if bounds.endings > 0 {
        all.push(Property::sometimes("a start consumes after its end", |model: &TableModel, _| {
            model.has_seen(Sight::TombstoneHit)
        }));
    }
    if bounds.endings > 0 && most > 2 {
        all.push(Property::sometimes("a late start admits one too many", |_, state: &State| {
            state.held() > 2
        }));
    }
    let is_elsewhere = |user: &&[Client]| user.iter().any(|client| client.1 != user[0].1);
    if bounds.unreserved && bounds.users.iter().any(is_elsewhere) {
        all.push(Property::sometimes("a reservation is another address's", |model, _| {
            model.has_seen(Sight::OtherAddress)
        }));
    }
    if bounds.clock_ticks > 0 {
        all.push(Property::sometimes("a start seems older than its login", |model, _| {
            model.has_seen(Sight::EarlyStart)
        }));
    }
    if bounds.slow || bounds.unreserved {
        all.push(Property::sometimes("a start takes another login's slot", |_, state: &State| {
            !state.debts.is_empty()
        }));
    }
    if bounds.slow {
        all.push(Property::sometimes(
            "a slow login leaves another uncovered",
            |_, state: &State| {
                let is_slow = state.connections.iter().any(|c| c.is_slow(&state.bounds));
                is_slow && state.uncovered() > 0
            },
        ));
    }
    if bounds.narrow {
        all.push(Property::sometimes("a dropped pair leaves a slot over", |_, state: &State| {
            state.connections.iter().all(|c| !c.is_bare) && !is_all_failed(state)
        }));
    }
    if bounds.activity {
        all.push(Property::sometimes("a session is renewed", |model: &TableModel, _| {
            model.has_seen(Sight::Renewal)
        }));
    }
    all
}

/// True if no lease lives longer than its time, counted from the latest event that was heard of it.
fn is_bounded(model: &TableModel, state: &State) -> bool {
    let times = &model.rules.times;
    state.connections.iter().all(|connection| {
        let reservations = state.table.reservations().iter();
        let sessions = state.table.sessions().iter();
        let reserved = connection.reserved.unwrap_or_default();
        reservations
            .filter(|lease| lease.token == connection.token)
            .all(|lease| lease.expires <= reserved.after(times.reservation_ttl()))
            && sessions.filter(|lease| lease.id == connection.session).all(|lease| {
                connection
                    .heard
                    .is_some_and(|heard| lease.expires <= heard.after(times.session_ttl()))
            })
    })
}

/// True if a slot is for nobody only because a login of its class has failed. This holds as long as
/// all starts come in time, no login is slow and no pair is dropped.
fn is_healed(_: &TableModel, state: &State) -> bool {
    state.is_spoiled || is_all_failed(state)
}

fn is_all_failed(state: &State) -> bool {
    state.classes().into_iter().all(|class| {
        let failed = state.connections.iter().filter(|c| c.class == class && c.has_failed());
        state.left_over(class) <= failed.count()
    })
}
