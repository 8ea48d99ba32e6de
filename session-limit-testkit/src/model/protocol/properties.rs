//! The properties of handlers that run at once.

use stateright::Property;

use super::state::{Breach, Message, Stage, State, session};
use super::{Bounds, ProtocolModel};

pub(super) fn all(bounds: &Bounds) -> Vec<Property<ProtocolModel>> {
    let mut all = vec![
        Property::always("S1 coverage", is_covered),
        Property::always("S3 once", |_, state: &State| {
            state.connections.iter().all(|connection| connection.consumed <= 1)
        }),
        Property::always("S4 commute: when all is handled, what has ended is gone", is_gone),
        Property::always("a live session whose start is handled has a lease", is_known),
        Property::sometimes("everything is handled", |_, state: &State| {
            state.connections.iter().all(|connection| connection.ended.is_some()) && is_quiet(state)
        }),
    ];
    // One connection alone can break neither of them.
    if bounds.connections > 1 {
        all.push(Property::always("S2 cap", |_, state: &State| state.breach != Some(Breach::Cap)));
        all.push(Property::always("S5 isolation", |_, state: &State| {
            state.breach != Some(Breach::Isolation)
        }));
    }
    if bounds.limits.contains(&2) {
        all.push(Property::sometimes("two logins are admitted at once", |_, state: &State| {
            state.connections.iter().filter(|c| c.stage == Stage::Connecting).count() > 1
        }));
    }
    all
}

/// True if every event is handled and no handler runs.
fn is_quiet(state: &State) -> bool {
    let is_handled = |message: Option<Message>| message.is_none_or(|message| message.is_handled);
    state.handlers.is_empty()
        && state.connections.iter().all(|connection| {
            is_handled(connection.connected)
                && is_handled(connection.activity)
                && is_handled(connection.ended)
        })
}

/// True if no lease of an ended session is left once all is handled. A write that strayed is
/// excused: it may put back what has ended since, until that expires.
fn is_gone(model: &ProtocolModel, state: &State) -> bool {
    if !is_quiet(state) || state.has_strayed {
        return true;
    }
    let table = state.table(model);
    table.sessions().iter().all(|lease| {
        let mut connections = state.connections.iter().enumerate();
        !connections.any(|(number, c)| lease.id == session(number) && c.ended.is_some())
    })
}

/// True if every connection that holds a session or may get one has a lease of the session or a
/// reservation.
fn is_covered(model: &ProtocolModel, state: &State) -> bool {
    if state.due().next().is_none() {
        return true;
    }
    let table = state.table(model);
    let has_lease = |number| table.sessions().iter().any(|lease| lease.id == session(number));
    let needed = state.due().filter(|(number, _)| !has_lease(*number)).count();
    needed <= table.reservations().len()
}

fn is_known(model: &ProtocolModel, state: &State) -> bool {
    let table = state.table(model);
    state.connections.iter().enumerate().all(|(number, connection)| {
        connection.stage != Stage::Live
            || connection.connected.is_none_or(|message| !message.is_handled)
            || table.sessions().iter().any(|lease| lease.id == session(number))
    })
}
