//! The bounds of a world, and what happens in it.

use session_limit_core::login::Phase;

/// The phase by which a connection logs in, and the number of its address.
pub type Client = (Phase, u8);

/// The bounds of a world that is explored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The connections of a user. The model starts with each of these users.
    pub users: &'static [&'static [Client]],
    /// The limits that a login may be given.
    pub limits: &'static [u32],
    /// Number of ticks within which a login becomes a session.
    pub login_ticks: u32,
    /// Number of ticks that a reservation lives.
    pub reservation_ticks: u32,
    /// Number of ticks that a session's lease lives.
    pub session_ticks: u32,
    /// Number of ticks by which clocks are allowed to differ.
    pub skew_ticks: u32,
    /// Number of ticks by which the clocks of hosts differ, that of the log included.
    pub clock_ticks: u32,
    /// Number of connections, the first ones, that may end or be rolled back, and whose messages
    /// may be delivered again. With 0, a world is only about starts and reservations, and can have
    /// more of them.
    pub endings: usize,
    /// True if sessions show signs of life. Otherwise their leases must last.
    pub activity: bool,
    /// True if a login may take longer than it is allowed to.
    pub slow: bool,
    /// True if a login may be admitted without a reservation, as when the store is away.
    pub unreserved: bool,
    /// True if pairs are dropped at any time, as in a table without room for them.
    pub narrow: bool,
}

impl Bounds {
    /// The simplest bounds: logins become sessions within a tick, and reservations live for two.
    pub const PLAIN: Self = Self {
        users: &[],
        limits: &[u32::MAX],
        login_ticks: 1,
        reservation_ticks: 2,
        session_ticks: 1_000,
        skew_ticks: 0,
        clock_ticks: 0,
        endings: 0,
        activity: false,
        slow: false,
        unreserved: false,
        narrow: false,
    };

    /// The age, in ticks, at which it no longer matters how old something is. It is the age of the
    /// reservation of the oldest start that can still take one.
    pub(super) fn horizon(&self) -> u32 {
        let kept = self.reservation_ticks + self.login_ticks + 4 * self.skew_ticks;
        if self.activity { kept.max(self.session_ticks) } else { kept }
    }
}
