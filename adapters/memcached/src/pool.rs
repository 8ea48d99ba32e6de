//! The connections to one node.

use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};
#[cfg(test)]
use std::time::Duration;

use tokio::sync::Notify;

use crate::connection::Connection;
use crate::deadline::Deadline;
use crate::failure::{Cause, Failure};
use crate::version::{Proven, Seen};

/// Idle connections, and what is known of those in use.
#[derive(Default)]
pub(crate) struct Pool {
    state: Mutex<State>,
    returned: Notify,
}

#[derive(Default)]
struct State {
    /// The one used last is at the end, and is used next.
    idle: Vec<Connection>,
    busy: Vec<Proven>,
}

/// A connection in use. It goes back to the pool when it is given back; dropped, it is closed.
pub(crate) struct Lease<'a> {
    pool: &'a Pool,
    connection: Option<Connection>,
    /// Its entry among the busy ones.
    entered: Option<Proven>,
}

impl Pool {
    /// Takes the idle connection that was used last.
    pub(crate) fn take(&self) -> Option<Lease<'_>> {
        let mut state = self.state();
        let connection = state.idle.pop()?;
        Some(self.lease(&mut state, connection))
    }

    /// Takes a connection on which what was `seen` is valid: its own if that is idle. Waits if all
    /// of them are in use.
    pub(crate) async fn take_valid(
        &self,
        seen: &Seen,
        deadline: Deadline,
    ) -> Result<Lease<'_>, Failure> {
        let is_valid = |proven: Proven| seen.is_valid_on(proven);
        loop {
            let mut returned = pin!(self.returned.notified());
            returned.as_mut().enable();
            {
                let mut state = self.state();
                let position = |is_it: &dyn Fn(Proven) -> bool| {
                    state.idle.iter().rposition(|connection| connection.proven.is_some_and(is_it))
                };
                let found = position(&|proven| proven == seen.on).or_else(|| position(&is_valid));
                if let Some(index) = found {
                    let connection = state.idle.remove(index);
                    return Ok(self.lease(&mut state, connection));
                }
                if !state.busy.iter().copied().any(is_valid) {
                    return Err(Failure::VersionGone);
                }
            }
            if deadline.bound(returned).await.is_none() {
                return Err(Failure::NotSent(Cause::Timeout));
            }
        }
    }

    /// Takes in a new connection.
    pub(crate) fn enter(&self, connection: Connection) -> Lease<'_> {
        self.lease(&mut self.state(), connection)
    }

    /// Closes all idle connections.
    pub(crate) fn clear(&self) {
        self.state().idle.clear();
    }

    /// Makes the idle connections seem to have been so for longer.
    #[cfg(test)]
    pub(crate) fn age(&self, by: Duration) {
        self.state().idle.iter_mut().for_each(|connection| connection.age(by));
    }

    fn lease(&self, state: &mut State, connection: Connection) -> Lease<'_> {
        let entered = connection.proven;
        state.busy.extend(entered);
        Lease { pool: self, connection: Some(connection), entered }
    }

    /// No change leaves the state half done, so a panic elsewhere does not matter.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lease<'_> {
    /// The connection.
    pub(crate) fn connection(&mut self) -> Option<&mut Connection> {
        self.connection.as_mut()
    }

    /// Takes the connection away from the pool.
    #[cfg(feature = "__bench")]
    pub(crate) fn take_away(mut self) -> Option<Connection> {
        self.connection.take()
    }

    /// Gives back a connection that is in step.
    pub(crate) fn give_back(mut self) {
        if let Some(connection) = self.connection.take() {
            self.pool.state().idle.push(connection);
        }
    }
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(entered) = self.entered {
            let mut state = self.pool.state();
            if let Some(index) = state.busy.iter().position(|busy| *busy == entered) {
                state.busy.swap_remove(index);
            }
        }
        self.pool.returned.notify_waiters();
    }
}
