//! The invariants of the lease ledger, by their names.

use stateright::Property;

use super::world::{Bounds, Breach, World};
use super::{Sight, TableModel};

pub(super) fn all(bounds: &Bounds) -> Vec<Property<TableModel>> {
    let mut all = vec![
        Property::always("S1 coverage", |_, world: &World| world.uncovered() <= world.debt),
        Property::always("S2 cap", |_, world: &World| world.breach != Some(Breach::Cap)),
        Property::always("S3 once", |_, world: &World| {
            world.connections.iter().all(|connection| connection.consumed <= 1)
        }),
        Property::always("S4 commute: what has ended is gone", |_, world: &World| {
            let mut ended = world.connections.iter().filter(|c| c.end_is_handled());
            ended.all(|connection| !world.has_lease(connection))
        }),
        Property::always("S5 isolation", |_, world: &World| {
            world.breach != Some(Breach::Isolation)
        }),
        Property::always("S6 quiet refusal", |_, world: &World| {
            world.breach != Some(Breach::LoudRefusal)
        }),
        Property::always("L1 recovery", is_bounded),
        Property::always("L3 no refusal while there is room", |_, world: &World| {
            world.breach != Some(Breach::Refusal)
        }),
        Property::sometimes("a login is refused", |model: &TableModel, _| {
            model.has_seen(Sight::Refusal)
        }),
        Property::sometimes("a start consumes after its end", |model: &TableModel, _| {
            model.has_seen(Sight::TombstoneHit)
        }),
        Property::sometimes(
            "a start consumes another login's reservation",
            |model: &TableModel, _| model.has_seen(Sight::StrangerConsumed),
        ),
        Property::sometimes("a start comes late", |_, world: &World| {
            world.connections.iter().any(|connection| connection.late)
        }),
        Property::sometimes("a late start takes another login's slot", |_, world: &World| {
            world.debt > 0
        }),
    ];
    if bounds.users.iter().all(|user| user.len() > 2) {
        all.push(Property::sometimes("a late start admits one too many", |_, world: &World| {
            world.held() > 2
        }));
    }
    if bounds.activity {
        all.push(Property::sometimes("a session is renewed", |model: &TableModel, _| {
            model.has_seen(Sight::Renewal)
        }));
    }
    all
}

/// A lease lives no longer than its time from the latest thing that was heard of it.
fn is_bounded(model: &TableModel, world: &World) -> bool {
    let times = &model.rules.times;
    world.connections.iter().all(|connection| {
        let reservations = world.table.reservations().iter();
        let sessions = world.table.sessions().iter();
        reservations
            .filter(|lease| lease.token == connection.token)
            .all(|lease| lease.expires <= connection.asked.after(times.reservation_ttl()))
            && sessions.filter(|lease| lease.id == connection.session).all(|lease| {
                connection
                    .heard
                    .is_some_and(|heard| lease.expires <= heard.after(times.session_ttl()))
            })
    })
}
