//! One readable line for each decision. It never holds a password or a key.

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use session_limit_core::limit::SessionLimit;
use session_limit_core::login::Phase;
use session_limit_core::names::UserName;

use crate::stderr;

/// Writes decisions down, one line each.
pub struct Decisions {
    write: Box<dyn Fn(&str) + Send + Sync>,
    /// The limit that each user's latest login was held to: a log event does not say it.
    limits: Mutex<HashMap<UserName, SessionLimit>>,
}

impl Decisions {
    /// Decisions that are written by `write`, which gets a line without its end.
    #[must_use]
    pub fn new(write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { write: Box::new(write), limits: Mutex::default() }
    }

    /// Decisions on standard error.
    #[must_use]
    pub fn on_stderr() -> Self {
        Self::new(|line| stderr::line(format_args!("{line}",)))
    }

    /// Writes that a login has been admitted.
    pub fn admitted(
        &self,
        user: &UserName,
        (counted, limit): (u32, SessionLimit),
        source: Option<IpAddr>,
        phase: Phase,
    ) {
        self.limits().insert(user.clone(), limit);
        let (from, condition) = (From(source), condition(phase));
        self.line(format_args!("admitted {user} {counted}/{limit}{from}{condition}"));
    }

    /// Writes that a login has been granted by a provider that does not say how many sessions there
    /// are.
    pub fn granted(&self, user: &UserName, source: IpAddr, phase: Phase) {
        self.line(format_args!("granted {user} from {source}{}", condition(phase)));
    }

    /// Writes that a login has been refused by a provider that gives no reason.
    pub fn turned_away(&self, user: &UserName, source: IpAddr) {
        self.line(format_args!("refused {user} from {source}"));
    }

    /// Writes that a login has been refused. The reason is for the operator and names no secret.
    pub fn refused(&self, user: Option<&UserName>, reason: &dyn fmt::Display) {
        match user {
            Some(user) => self.line(format_args!("refused {user}: {reason}")),
            None => self.line(format_args!("refused a login: {reason}")),
        }
    }

    /// Writes that a key login, admitted before on condition, has become a session.
    pub fn connected(&self, user: &UserName, counted: Option<u32>) {
        self.line(format_args!("connected {user}{} by key", self.share(user, counted)));
    }

    /// Writes that a user holds more sessions than the limit allows.
    pub fn over_limit(&self, user: &UserName, by: u32) {
        self.line(format_args!("over the limit: {user} by {by}"));
    }

    /// Writes that a session has started without a slot, and that a login from another address has
    /// one that could be its own.
    pub fn address_mismatch(&self, user: &UserName, source: Option<IpAddr>) {
        let from = From(source);
        self.line(format_args!(
            "address mismatch: {user}{from} has no slot from a login there, but from elsewhere; if \
             logins and log see different addresses, use --reservation-class user"
        ));
    }

    /// Writes that a session has ended.
    pub fn ended(&self, user: &UserName, counted: Option<u32>, lasted: Option<Duration>) {
        let share = self.share(user, counted);
        match lasted {
            Some(lasted) => {
                self.line(format_args!("ended {user}{share} after {} s", lasted.as_secs()));
            }
            None => self.line(format_args!("ended {user}{share}")),
        }
    }

    /// Writes something else that the operator should know.
    pub fn note(&self, text: &dyn fmt::Display) {
        self.line(format_args!("{text}"));
    }

    /// ` 2/3`, as far as it is known.
    fn share(&self, user: &UserName, counted: Option<u32>) -> String {
        match (counted, self.limits().get(user)) {
            (Some(counted), Some(limit)) => format!(" {counted}/{limit}"),
            (Some(counted), None) => format!(" {counted}"),
            (None, _) => String::new(),
        }
    }

    fn line(&self, line: fmt::Arguments<'_>) {
        (self.write)(&line.to_string());
    }

    fn limits(&self) -> std::sync::MutexGuard<'_, HashMap<UserName, SessionLimit>> {
        self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The condition of a login that has been let in.
fn condition(phase: Phase) -> &'static str {
    match phase {
        Phase::Password => "",
        Phase::Key => ", if the key is right",
    }
}

/// ` from 127.0.0.1`, if the address is known.
struct From(Option<IpAddr>);

impl fmt::Display for From {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.map_or(Ok(()), |source| write!(f, " from {source}"))
    }
}
