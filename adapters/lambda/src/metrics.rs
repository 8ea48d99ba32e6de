//! Metrics in CloudWatch embedded metric format: JSON lines on standard output, from which
//! CloudWatch makes metrics in the namespace [`NAMESPACE`].
//!
//! Every metric comes twice, over all servers and with the dimension `ServerId`. No user name and
//! no address is a dimension.

mod emf;
mod samples;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use session_limit_core::names::ServerId;
use session_limit_core::refusal::Refusal;

use samples::Samples;

/// The namespace of the metrics.
pub const NAMESPACE: &str = "SessionLimit";

/// The most servers that get lines of their own in one invocation; the others share one.
const MOST_SERVERS: usize = 32;

macro_rules! metrics {
    ($($(#[$doc:meta])* $name:ident: $unit:literal,)*) => {
        /// A metric. It is left out of a line if it would be 0.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Metric { $($(#[$doc])* $name,)* }

        /// Every metric.
        pub const ALL: &[Metric] = &[$(Metric::$name,)*];

        /// The name of every metric.
        pub const NAMES: &[&str] = &[$(stringify!($name),)*];

        impl Metric {
            /// The name of the metric in CloudWatch.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name),)* }
            }

            /// The unit of the metric, as CloudWatch calls it.
            #[must_use]
            pub const fn unit(self) -> &'static str {
                match self { $(Self::$name => $unit,)* }
            }
        }
    };
}

metrics! {
    /// Logins that were admitted.
    LoginsAdmitted: "Count",
    /// Logins that were refused, for whatever reason.
    LoginsRefused: "Count",
    /// Refused: the event is no login.
    RefusedMalformedEvent: "Count",
    /// Refused: no such user.
    RefusedUnknownUser: "Count",
    /// Refused: the user secret could not be loaded.
    RefusedSecretUnavailable: "Count",
    /// Refused: the user secret, or the password in it, cannot be used.
    RefusedConfigurationError: "Count",
    /// Refused: the server or the protocol does not allow such logins.
    RefusedMethodNotAllowed: "Count",
    /// Refused: the user may not log in from this address.
    RefusedAddressNotAccepted: "Count",
    /// Refused: the event names no address, and the user may log in from certain ones only.
    RefusedAddressUnknown: "Count",
    /// Refused: the user has no password.
    RefusedNoPassword: "Count",
    /// Refused: wrong password.
    RefusedWrongPassword: "Count",
    /// Refused: the user has no public key.
    RefusedNoPublicKey: "Count",
    /// Refused: the session limit is reached.
    RefusedSessionLimitReached: "Count",
    /// Refused: the user's limit does not fit the store.
    RefusedLimitTooLarge: "Count",
    /// Refused: the store gave no answer.
    RefusedStoreUnavailable: "Count",
    /// Refused: the store refused the request, or holds damaged state.
    RefusedStoreFailed: "Count",
    /// Refused: the answer could not have been given in time.
    RefusedTooLate: "Count",
    /// Operations for which the store gave no answer, or none that makes sense.
    StoreFailures: "Count",
    /// Logins that were admitted although the store gave no answer.
    StoreFailuresAdmitted: "Count",
    /// Logins that were refused because the store gave no answer.
    StoreFailuresRefused: "Count",
    /// The time that the ledger took over an operation for which it asked the store.
    StoreLatency: "Milliseconds",
    /// The attempts at an operation, until no other change came in between.
    StoreAttempts: "Count",
    /// The sessions by which a user was seen over the limit.
    Overdraft: "Count",
    /// Slots that could not be given back and stay taken until they expire.
    SlotsLeaked: "Count",
    /// Stored values that were damaged and taken for empty.
    StoreValuesDamaged: "Count",
    /// Public keys of users that cannot be used.
    UnusablePublicKeys: "Count",
    /// Log messages about the start of a session.
    EventsConnected: "Count",
    /// Log messages about the end of a session.
    EventsEnded: "Count",
    /// Log messages about activity in a session.
    EventsActivity: "Count",
    /// Log messages about a failed login.
    EventsAuthFailure: "Count",
    /// Log messages that matter to no session.
    EventsOther: "Count",
    /// Starts and ends of sessions that were known already.
    EventsDuplicate: "Count",
    /// Starts of sessions whose end came first.
    EventsReordered: "Count",
    /// Events that came too late: the lease of their session is over, or would be.
    EventsTooLate: "Count",
    /// Ends and activities of sessions of which no start is known, or not yet.
    EventsUnknownSession: "Count",
    /// Events that could not be applied and have to be delivered again.
    EventsNotApplied: "Count",
    /// Events that were skipped because the store will never take them, or has no room for another
    /// session of the user.
    EventsSkipped: "Count",
    /// Sessions that started.
    SessionsStarted: "Count",
    /// Starts for which there was no reservation, where there should have been one.
    StartsWithoutReservation: "Count",
    /// Starts for which there was no reservation of their address, but one of another address.
    AddressMismatches: "Count",
    /// The time from a login by password to the start of its session, where it is certain.
    LoginTime: "Milliseconds",
    /// The time from a login by key to the start of its session, where it is certain.
    KeyLoginTime: "Milliseconds",
    /// Sessions that ended.
    SessionsEnded: "Count",
    /// Sessions whose lease was renewed, or that count from an activity on.
    SessionsRenewed: "Count",
    /// Log messages that could not be read.
    MessagesUnparsable: "Count",
    /// Payloads, or the rest of one, that could not be decoded.
    PayloadsUndecodable: "Count",
}

impl Metric {
    /// The metric of a reason to refuse.
    pub(crate) const fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::MalformedEvent(_) => Self::RefusedMalformedEvent,
            Refusal::UnknownUser => Self::RefusedUnknownUser,
            Refusal::SecretUnavailable(_) => Self::RefusedSecretUnavailable,
            Refusal::Configuration(_) => Self::RefusedConfigurationError,
            Refusal::MethodNotAllowed { .. } => Self::RefusedMethodNotAllowed,
            Refusal::AddressNotAccepted => Self::RefusedAddressNotAccepted,
            Refusal::AddressUnknown => Self::RefusedAddressUnknown,
            Refusal::NoPassword => Self::RefusedNoPassword,
            Refusal::WrongPassword => Self::RefusedWrongPassword,
            Refusal::NoPublicKey => Self::RefusedNoPublicKey,
            Refusal::SessionLimitReached { .. } => Self::RefusedSessionLimitReached,
            Refusal::LimitTooLarge { .. } => Self::RefusedLimitTooLarge,
            Refusal::StoreUnavailable(_) => Self::RefusedStoreUnavailable,
            Refusal::StoreFailed(_) => Self::RefusedStoreFailed,
        }
    }
}

/// The place where metric lines go.
#[derive(Clone)]
pub struct Sink(Arc<dyn Fn(&str) + Send + Sync>);

impl Sink {
    /// A sink that passes each line, without its end, to `write`.
    #[must_use]
    pub fn new(write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(write))
    }

    pub(crate) fn write(&self, line: &str) {
        (self.0)(line);
    }
}

/// Standard output, as Lambda wants it. A metric that cannot be written is no reason to fail.
impl Default for Sink {
    fn default() -> Self {
        Self::new(|line| {
            let mut line = line.to_owned();
            line.push('\n');
            let _ = std::io::stdout().lock().write_all(line.as_bytes());
        })
    }
}

/// The measurements of one invocation.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    servers: BTreeMap<Option<ServerId>, Sheet>,
}

type Sheet = BTreeMap<Metric, Samples>;

impl Metrics {
    pub(crate) fn count(&mut self, server: Option<&ServerId>, metric: Metric, count: u64) {
        if count > 0 {
            self.sheet(server).entry(metric).or_default().add(count);
        }
    }

    pub(crate) fn time(&mut self, server: Option<&ServerId>, metric: Metric, time: Duration) {
        self.sheet(server).entry(metric).or_default().push(time.as_secs_f64() * 1e3);
    }

    pub(crate) fn value(&mut self, server: Option<&ServerId>, metric: Metric, value: u32) {
        if value > 0 {
            self.sheet(server).entry(metric).or_default().push(f64::from(value));
        }
    }

    fn sheet(&mut self, server: Option<&ServerId>) -> &mut Sheet {
        let server = server.cloned();
        if self.servers.contains_key(&server) || self.servers.len() < MOST_SERVERS {
            self.servers.entry(server).or_default()
        } else {
            self.servers.entry(None).or_default()
        }
    }

    /// Writes what was measured: a line for each server, usually one.
    pub(crate) fn emit(&mut self, now: session_limit_core::time::Timestamp, sink: &Sink) {
        for (server, sheet) in std::mem::take(&mut self.servers) {
            sink.write(&emf::line(server.as_ref(), &sheet, now));
        }
    }
}

#[cfg(test)]
mod tests;
