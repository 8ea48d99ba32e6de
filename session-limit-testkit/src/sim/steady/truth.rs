//! The truth about the one user.

/// The sessions that are live or will be, and those that have ended and that the ledger cannot know
/// of yet.
#[derive(Default)]
pub(super) struct Truth {
    sessions: Vec<Session>,
    held: u32,
    unhandled: u32,
}

/// A login that became a session, or will.
#[derive(Default)]
struct Session {
    ended: bool,
    start_handled: bool,
    end_handled: bool,
}

impl Session {
    /// Returns true if it is over, and a message about it is still under way.
    fn is_unhandled(&self) -> bool {
        self.ended && !(self.start_handled && self.end_handled)
    }
}

impl Truth {
    /// Takes note that a login was admitted that will become a session. Returns the number of its
    /// session.
    pub(super) fn admitted(&mut self) -> usize {
        self.held += 1;
        self.sessions.push(Session::default());
        self.sessions.len() - 1
    }

    pub(super) fn ended(&mut self, session: usize) {
        self.held -= 1;
        self.change(session, |session| session.ended = true);
    }

    /// Takes note that the ledger has handled the message of a start.
    pub(super) fn start_handled(&mut self, session: usize) {
        self.change(session, |session| session.start_handled = true);
    }

    /// Takes note that the ledger has handled the message of an end.
    pub(super) fn end_handled(&mut self, session: usize) {
        self.change(session, |session| session.end_handled = true);
    }

    /// Number of sessions that are live, and of logins that will become one.
    pub(super) fn held(&self) -> u32 {
        self.held
    }

    /// Number of sessions that have ended and of which a message is still under way. It is that of
    /// the end, or that of the start, whose reservation waits for it. A ledger has to count them:
    /// it cannot know.
    pub(super) fn unhandled(&self) -> u32 {
        self.unhandled
    }

    fn change(&mut self, session: usize, change: impl FnOnce(&mut Session)) {
        let session = &mut self.sessions[session];
        let before = session.is_unhandled();
        change(session);
        self.unhandled += u32::from(session.is_unhandled());
        self.unhandled -= u32::from(before);
    }
}
