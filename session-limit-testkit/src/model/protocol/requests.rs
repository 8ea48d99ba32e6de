//! What requests do to the store, and to what other handlers have read of it.

use session_limit_core::names::{SessionId, Token};
use session_limit_core::store::Key;

use super::ProtocolModel;
use super::script::{Bytes, Reply, Request};
use super::world::{Breach, Handler, Item, Work, World, read_table, session, table_key};

impl World {
    /// Does what a handler asks for.
    pub(super) fn carry_out(&mut self, place: usize, model: &ProtocolModel) -> Reply {
        let Handler { work, request, .. } = self.handlers[place].clone();
        let there = |key| self.items.get(key).filter(|item| item.expires > self.now);
        let (key, value, ttl, may_write) = match request {
            Request::Load(key) => {
                let value = there(&key).map(|item| item.value.clone());
                return Reply::Loaded { key, value, is_fresh: true };
            }
            Request::Add { key, value, ttl } => {
                let may_write = there(&key).is_none();
                (key, value, ttl, may_write)
            }
            Request::Replace { key, is_fresh, value, ttl } => {
                let may_write = is_fresh && there(&key).is_some();
                (key, value, ttl, may_write)
            }
        };
        if !may_write {
            return Reply::Conflict;
        }
        if key == table_key() {
            self.watch(work, value.clone(), model);
        }
        let expires = self.now.after(ttl);
        self.items.insert(key.clone(), Item { value, expires });
        self.outdate(&key);
        Reply::Done
    }

    /// Whatever was read of an item is no longer its version.
    pub(super) fn outdate(&mut self, changed: &Key) {
        for handler in &mut self.handlers {
            for reply in &mut handler.replies {
                if let Reply::Loaded { key, is_fresh, .. } = reply
                    && key == changed
                {
                    *is_fresh = false;
                }
            }
            if let Request::Replace { key, is_fresh, .. } = &mut handler.request
                && key == changed
            {
                *is_fresh = false;
            }
        }
    }

    /// Looks at what a write does to others.
    fn watch(&mut self, work: Work, value: Bytes, model: &ProtocolModel) {
        let before = self.table(model);
        let after = read_table(Some(value), self.now, model);
        let own = session(work.connection());
        let is_gone = |id: &SessionId| !after.sessions().iter().any(|lease| lease.id == *id);
        if before.sessions().iter().any(|lease| lease.id != own && is_gone(&lease.id)) {
            self.breach = Some(Breach::Isolation);
        }
        if !matches!(work, Work::Login(_)) {
            let is_left =
                |token: &Token| after.reservations().iter().any(|lease| lease.token == *token);
            let consumed =
                before.reservations().iter().filter(|lease| !is_left(&lease.token)).count();
            let all = &mut self.connections[work.connection()].consumed;
            *all = all.saturating_add(u8::try_from(consumed).unwrap_or(u8::MAX));
        }
    }
}
