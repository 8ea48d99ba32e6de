//! The effect of requests on the store, and on what other handlers have read of it.

use session_limit_core::names::{SessionId, Token};
use session_limit_core::store::Key;

use super::ProtocolModel;
use super::script::{Bytes, Reply, Request};
use super::state::{Breach, Item, Stage, State, Work, read_table, session, table_key};

impl State {
    /// Carries out the request of a handler.
    pub(super) fn carry_out(
        &mut self,
        work: Work,
        request: Request,
        model: &ProtocolModel,
    ) -> Reply {
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

    /// Forgets the writes on their way that can no longer change anything.
    pub(super) fn forget_the_futile(&mut self) {
        let (items, leaps) = (&self.items, self.leaps);
        self.on_the_way.retain(|sent| match &sent.request {
            Request::Load(_) => false,
            Request::Add { key, .. } => leaps > 0 || !items.contains_key(key),
            Request::Replace { is_fresh, .. } => *is_fresh,
        });
    }

    /// Marks all that was read of an item as no longer fresh.
    pub(super) fn outdate(&mut self, changed: &Key) {
        for handler in &mut self.handlers {
            for reply in &mut handler.replies {
                if let Reply::Loaded { key, is_fresh, .. } = reply
                    && key == changed
                {
                    *is_fresh = false;
                }
            }
        }
        let asked = self.handlers.iter_mut().map(|handler| &mut handler.request);
        for request in asked.chain(self.on_the_way.iter_mut().map(|sent| &mut sent.request)) {
            if let Request::Replace { key, is_fresh, .. } = request
                && key == changed
            {
                *is_fresh = false;
            }
        }
    }

    /// Checks what a write does to other sessions.
    fn watch(&mut self, work: Work, value: Bytes, model: &ProtocolModel) {
        let before = self.table(model);
        let after = read_table(Some(value), self.now, model);
        let own = session(work.connection());
        let is_gone = |id: &SessionId| !after.sessions().iter().any(|lease| lease.id == *id);
        if before.sessions().iter().any(|lease| lease.id != own && is_gone(&lease.id)) {
            self.breach = Some(Breach::Isolation);
        }
        if let Work::Login(number) = work {
            if self.connections[number].stage == Stage::Asking {
                self.takes_slot(number, Stage::Admitted);
            }
        } else {
            let is_left =
                |token: &Token| after.reservations().iter().any(|lease| lease.token == *token);
            let consumed =
                before.reservations().iter().filter(|lease| !is_left(&lease.token)).count();
            let all = &mut self.connections[work.connection()].consumed;
            *all = all.saturating_add(u8::try_from(consumed).unwrap_or(u8::MAX));
        }
    }
}
