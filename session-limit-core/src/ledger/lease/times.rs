//! The times of the lease ledger.

use std::time::Duration;

use thiserror::Error;

use crate::login::Phase;
use crate::store::LONGEST_TTL;
use crate::time::Timestamp;

/// The time after which a write that was sent can no longer reach the store.
pub(super) const LATEST_WRITE: Duration = Duration::from_secs(60);

/// The lives of leases, and what is assumed of the world.
///
/// The defaults follow from the service: CloudWatch Logs delivers "usually in less than three
/// minutes", and Lambda retries after one and two more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeaseTimes {
    login_time: Duration,
    key_login_time: Duration,
    reservation_ttl: Duration,
    session_ttl: Duration,
    skew: Duration,
}

impl LeaseTimes {
    /// The default of [`login_time`](Self::login_time): 15 seconds.
    pub const DEFAULT_LOGIN_TIME: Duration = Duration::from_secs(15);
    /// The default of [`key_login_time`](Self::key_login_time): 120 seconds, in which a person may
    /// type a passphrase.
    pub const DEFAULT_KEY_LOGIN_TIME: Duration = Duration::from_secs(120);
    /// The default of [`reservation_ttl`](Self::reservation_ttl): 300 seconds.
    pub const DEFAULT_RESERVATION_TTL: Duration = Duration::from_secs(300);
    /// The default of [`session_ttl`](Self::session_ttl): 24 hours.
    pub const DEFAULT_SESSION_TTL: Duration = Duration::from_secs(24 * 60 * 60);
    /// The time that CloudWatch Logs usually takes at most to deliver a message: 180 seconds.
    pub const USUAL_LOG_DELAY: Duration = Duration::from_secs(180);
    /// The default of [`skew`](Self::skew): 2 seconds.
    pub const DEFAULT_SKEW: Duration = Duration::from_secs(2);

    /// Leases that live for these times. The login times are the defaults or, if that is shorter,
    /// the reservation's time to live.
    ///
    /// # Errors
    /// A time is zero or longer than 30 days, or a reservation outlives a session.
    pub fn new(reservation_ttl: Duration, session_ttl: Duration) -> Result<Self, LeaseTimesError> {
        if reservation_ttl.is_zero() || session_ttl.is_zero() {
            return Err(LeaseTimesError::Zero);
        }
        if session_ttl > LONGEST_TTL {
            return Err(LeaseTimesError::TooLong);
        }
        if reservation_ttl > session_ttl {
            return Err(LeaseTimesError::ReservationOutlivesSession);
        }
        Ok(Self {
            login_time: Self::DEFAULT_LOGIN_TIME.min(reservation_ttl),
            key_login_time: Self::DEFAULT_KEY_LOGIN_TIME.min(reservation_ttl),
            reservation_ttl,
            session_ttl,
            skew: Self::DEFAULT_SKEW,
        })
    }

    /// The same with another time for logins by password, at most the reservation's time to live.
    ///
    /// It must not be shorter than the slowest login. Each slower one may leave the count one too
    /// low, from [`reservation_ttl`](Self::reservation_ttl) after it. That lasts as long as logins
    /// of the user follow each other within this time.
    #[must_use]
    pub fn with_login_time(self, login_time: Duration) -> Self {
        Self { login_time: login_time.min(self.reservation_ttl), ..self }
    }

    /// The same with another time for logins by key, at most the reservation's time to live. It must
    /// not be shorter than the slowest login, as for [`with_login_time`](Self::with_login_time).
    #[must_use]
    pub fn with_key_login_time(self, login_time: Duration) -> Self {
        Self { key_login_time: login_time.min(self.reservation_ttl), ..self }
    }

    /// The same for hosts whose clocks differ by up to `skew`.
    #[must_use]
    pub fn with_skew(self, skew: Duration) -> Self {
        Self { skew, ..self }
    }

    /// The time that a login by password is assumed to take at most, from its admission to its
    /// `CONNECTED`.
    #[must_use]
    pub fn login_time(&self) -> Duration {
        self.login_time
    }

    /// The time that a login by key is assumed to take at most, from its admission to its
    /// `CONNECTED`.
    #[must_use]
    pub fn key_login_time(&self) -> Duration {
        self.key_login_time
    }

    pub(crate) fn login_time_of(&self, phase: Phase) -> Duration {
        match phase {
            Phase::Password => self.login_time,
            Phase::Key => self.key_login_time,
        }
    }

    /// The time for which a reservation lives. It has to be at least a login time and the log's delay.
    #[must_use]
    pub fn reservation_ttl(&self) -> Duration {
        self.reservation_ttl
    }

    /// The longest delay of the log for a login that takes as long as it may. If the log is later,
    /// the session does not count from the expiry of its reservation until its start is handled.
    #[must_use]
    pub fn log_delay(&self) -> Duration {
        self.reservation_ttl.saturating_sub(self.login_time.max(self.key_login_time))
    }

    /// The time for which the lease of a session lives without activity. It has to be at least
    /// 4/3 of the longest silence.
    #[must_use]
    pub fn session_ttl(&self) -> Duration {
        self.session_ttl
    }

    /// The most by which the clocks of two hosts may differ.
    #[must_use]
    pub fn skew(&self) -> Duration {
        self.skew
    }

    /// The time from which a session's lease runs after an activity: the beginning of its quarter. Quarters
    /// follow each other from the epoch on, each a fourth of the session's time to live. So a
    /// session is renewed at most four times in its time to live. The times are the same in
    /// whatever order its activities are handled.
    pub(crate) fn renewal_of(&self, activity: Timestamp) -> Timestamp {
        let step = u64::try_from(self.session_ttl.as_millis()).unwrap_or(u64::MAX) / 4;
        let since = activity.as_millis().checked_rem(step).unwrap_or(0);
        activity.before(Duration::from_millis(since))
    }

    /// The time after a session's start in which its `CONNECTED` can still take a reservation. It
    /// is as long as there may be one, and shorter than the session's own lease lives. A
    /// `CONNECTED` that is repeated when that lease is gone would take a second one.
    pub(crate) fn start_ttl(&self) -> Duration {
        let longest = self.session_ttl.saturating_sub(self.skew);
        self.reservation_ttl.saturating_add(self.skew.saturating_mul(2)).min(longest)
    }

    /// The time for which a reservation is kept after it has expired. After it, the latest start
    /// that may be its own can take none any more, by the clock of any host.
    pub(crate) fn lapsed_ttl(&self) -> Duration {
        let latest_start = self.login_time.max(self.key_login_time).saturating_add(self.skew);
        let handled = latest_start.saturating_add(self.start_ttl()).saturating_add(self.skew);
        handled.saturating_sub(self.reservation_ttl)
    }

    /// The time for which an end is remembered: as long as a start of its time can take a
    /// reservation, by any clock. A host whose clock is ahead drops the tombstone, and one whose
    /// clock is behind may handle the start.
    pub(crate) fn tombstone_ttl(&self) -> Duration {
        self.start_ttl().saturating_add(self.skew)
    }
}

impl Default for LeaseTimes {
    fn default() -> Self {
        Self {
            login_time: Self::DEFAULT_LOGIN_TIME,
            key_login_time: Self::DEFAULT_KEY_LOGIN_TIME,
            reservation_ttl: Self::DEFAULT_RESERVATION_TTL,
            session_ttl: Self::DEFAULT_SESSION_TTL,
            skew: Self::DEFAULT_SKEW,
        }
    }
}

/// The reason why [`LeaseTimes`] make no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LeaseTimesError {
    /// A lease would live for no time, and count nothing.
    #[error("a lease must live for longer than 0 s")]
    Zero,
    /// A lease would live for longer than 30 days. Stores take longer times for dates.
    #[error("a lease must live for at most 30 days")]
    TooLong,
    /// A reservation would outlive a session's lease. A reservation becomes a session, not the
    /// other way round.
    #[error("a reservation must not live longer than a session's lease")]
    ReservationOutlivesSession,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senseless_times_are_refused() {
        let s = Duration::from_secs;
        assert_eq!(LeaseTimes::new(s(0), s(1)), Err(LeaseTimesError::Zero));
        assert_eq!(LeaseTimes::new(s(1), s(0)), Err(LeaseTimesError::Zero));
        assert_eq!(LeaseTimes::new(s(1), s(31 * 86_400)), Err(LeaseTimesError::TooLong));
        assert_eq!(LeaseTimes::new(s(2), s(1)), Err(LeaseTimesError::ReservationOutlivesSession));
    }

    #[test]
    fn the_defaults_agree_with_themselves() {
        assert_eq!(
            LeaseTimes::new(LeaseTimes::DEFAULT_RESERVATION_TTL, LeaseTimes::DEFAULT_SESSION_TTL),
            Ok(LeaseTimes::default())
        );
    }

    #[test]
    fn a_login_is_no_longer_than_its_reservation() {
        let times = LeaseTimes::new(Duration::from_secs(5), Duration::from_secs(60)).unwrap();
        assert_eq!(times.login_time(), Duration::from_secs(5));
        assert_eq!(times.key_login_time(), Duration::from_secs(5));
        assert_eq!(times.with_key_login_time(Duration::from_secs(6)), times);
        assert_eq!(times.with_login_time(Duration::from_secs(6)).login_time(), times.login_time());
    }

    #[test]
    fn one_time_is_changed_and_the_others_stay() {
        let s = Duration::from_secs;
        let times = LeaseTimes::new(s(7), s(60)).unwrap().with_login_time(s(6));
        let times = times.with_key_login_time(s(5)).with_skew(s(3));
        let (login_time, key_login_time) = (times.login_time(), times.key_login_time());
        assert_eq!((login_time, key_login_time, times.skew()), (s(6), s(5), s(3)));
        assert_eq!((times.reservation_ttl(), times.session_ttl()), (s(7), s(60)));
        assert_eq!(times.log_delay(), s(1));
    }
}
