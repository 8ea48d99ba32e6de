//! The sessions that have started and not ended, as far as the log has said.

use std::collections::HashMap;

use session_limit_core::names::{SessionId, UserName};
use session_limit_core::time::Timestamp;

/// More than a laptop serves at once. The ends of some sessions are lost with the log, and without
/// a bound those would pile up.
pub(super) const MOST: usize = 10_000;

/// The users and the starts of up to so many sessions; the oldest are forgotten first.
pub(super) struct LiveSessions {
    most: usize,
    sessions: HashMap<SessionId, (UserName, Timestamp)>,
}

impl LiveSessions {
    /// None, and room for `most`.
    pub(super) fn new(most: usize) -> Self {
        Self { most, sessions: HashMap::new() }
    }

    /// Remembers a session that starts.
    pub(super) fn start(&mut self, session: &SessionId, user: &UserName, at: Timestamp) {
        self.sessions.insert(session.clone(), (user.clone(), at));
        if self.sessions.len() > self.most {
            let oldest = self.sessions.iter().min_by_key(|(_, (_, since))| *since);
            if let Some(oldest) = oldest.map(|(session, _)| session.clone()) {
                self.sessions.remove(&oldest);
            }
        }
    }

    /// Forgets a session that ends; `None` if it is not known.
    pub(super) fn end(&mut self, session: &SessionId) -> Option<(UserName, Timestamp)> {
        self.sessions.remove(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten_first() {
        let user = UserName::new("alice").unwrap();
        let session = |n: u64| SessionId::new(&format!("session-{n}")).unwrap();
        let mut live = LiveSessions::new(3);
        for n in [4, 1, 5, 2, 3] {
            live.start(&session(n), &user, Timestamp::from_millis(n));
        }
        let known: Vec<u64> = (1..=5).filter(|n| live.end(&session(*n)).is_some()).collect();
        assert_eq!(known, [3, 4, 5]);
        assert!(live.end(&session(5)).is_none());
    }
}
