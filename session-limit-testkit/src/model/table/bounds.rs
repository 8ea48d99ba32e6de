//! How large a world is, and what happens in it.

use session_limit_core::login::Phase;

/// How a connection logs in, and from which of some addresses.
pub type Client = (Phase, u8);

/// How large a world is explored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The connections of a user; a world for each.
    pub users: &'static [&'static [Client]],
    /// The limits that a login may be given.
    pub limits: &'static [u32],
    /// In how many ticks a login becomes a session at the latest.
    pub login_ticks: u32,
    /// How long a reservation lives.
    pub reservation_ticks: u32,
    /// How long a session's lease lives.
    pub session_ticks: u32,
    /// The difference of clocks that is allowed for.
    pub skew_ticks: u32,
    /// By how much the clocks of hosts differ, that of the log included.
    pub clock_ticks: u32,
    /// How many of the connections, the first ones, may end or be rolled back, and have their
    /// messages delivered again. Without, a world is all about starts and reservations, and can
    /// have more of them.
    pub endings: usize,
    /// Whether sessions show signs of life. Without, their leases must last.
    pub activity: bool,
    /// Whether a login may take longer than it is allowed to.
    pub slow: bool,
    /// Whether a login may be admitted without a reservation, as when the store is away.
    pub unreserved: bool,
    /// Whether pairs are dropped at any time, as in a table without room for them.
    pub narrow: bool,
}

impl Bounds {
    /// Logins become sessions within a tick, and reservations live for two.
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

    /// The age, in ticks, from which on nothing depends on how old something is: that of the
    /// reservation of the oldest start that can still take one.
    pub(super) fn horizon(&self) -> u32 {
        let kept = self.reservation_ticks + self.login_ticks + 4 * self.skew_ticks;
        if self.activity { kept.max(self.session_ticks) } else { kept }
    }
}
