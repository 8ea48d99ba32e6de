//! The trouble that befalls the store and the handlers.

use session_limit_core::names::SessionId;
use session_limit_core::store::Key;

use super::causes::STORE_LOST;
use super::store::{Fate, Lost};
use super::time::{DAY, SECOND};
use super::world::{Event, World};
use super::{Fault, Faults};

impl World {
    pub(super) fn lose_store(&mut self) {
        if self.calm {
            return;
        }
        self.after_about(DAY, Event::LoseStore);
        let user = self.rng.usize(0..self.users.len());
        let (server, name) = (&self.servers[self.users[user].server].id, &self.users[user].name);
        match self.rng.u8(0..5) {
            loss @ 0..2 => {
                if loss == 0 {
                    self.store.restart(self.now + 5 * SECOND);
                } else {
                    self.store.memory.flush();
                }
                self.held.iter_mut().for_each(|held| held.lost = Some(self.now));
                for key in self.units.keys() {
                    self.units.forget(&key, STORE_LOST, &mut self.calls);
                }
            }
            2 => {
                self.store.memory.evict(&Key::table(server, name));
                let counter = self.units.key(user).clone();
                self.store.memory.evict(&counter);
                self.units.forget(&counter, STORE_LOST, &mut self.calls);
                self.held[user].lost = Some(self.now);
            }
            _ => {
                // One session record.
                if let Some(call) = self.held[user].calls.first() {
                    let session = SessionId::new(&format!("{call:x}")).expect("a valid session id");
                    self.store.memory.evict(&Key::session(server, &session));
                    self.calls[*call].record_lost = true; // nobody will know whose end it is
                }
            }
        }
    }

    pub(super) fn change_limit(&mut self, user: usize) {
        if !self.calm {
            self.users[user].limit = self.rng.u32(1..=6);
            self.after_about(2 * DAY, Event::ChangeLimit(user));
        }
    }

    pub(super) fn calm_down(&mut self) {
        self.calm = true;
        self.faults = Faults::NONE;
        self.log.heal();
        for call in 0..self.calls.len() {
            self.end(call);
        }
    }

    /// Draws the fate of a handler that may stand still for so long.
    pub(super) fn fate(&mut self, may_fail: bool, longest_stall: u64) -> Fate {
        let rng = &mut self.handlers;
        let mut fate = Fate::default();
        if may_fail && self.faults.has(Fault::Crashes) && rng.u8(0..100) == 0 {
            fate.crash_at = Some(rng.u32(2..6));
        }
        if may_fail && self.faults.has(Fault::LostReplies) && rng.u8(0..100) == 0 {
            let late = rng.u64(1..5 * SECOND);
            let lost = [Lost::Request, Lost::Reply, Lost::Late(late)][rng.usize(0..3)];
            fate.lose = Some((rng.u32(1..4), lost));
        }
        let fails = fate.crash_at.is_some() || fate.lose.is_some();
        if !fails && self.faults.has(Fault::Stalls) && rng.u8(0..100) == 0 {
            fate.stall = Some((rng.u32(2..6), rng.u64(0..=longest_stall)));
        }
        fate
    }
}
