//! The faults of a simulated world.

use std::fmt;
use std::str::FromStr;

/// One kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Handlers crash before and after any write. Their clients never get an answer.
    Crashes,
    /// Replies of the store are lost after the write. Requests are lost before it, or arrive when
    /// the caller has given up.
    LostReplies,
    /// Handlers stand still between two operations, those of log messages for minutes.
    Stalls,
    /// Log messages are late and out of order by up to a minute.
    Delay,
    /// Log messages come twice, sometimes a day later.
    Duplicates,
    /// The ends of sessions never come.
    LostEnds,
    /// The clocks of hosts differ, each by a fixed time.
    Skew,
    /// Limits change while sessions run.
    Limits,
    /// Clients fail after the identity provider's answer, as with wrong keys, probes and mere
    /// tests.
    FailedLogins,
    /// Strangers try the names of users.
    Strangers,
    /// The starts of sessions never come, or come too late.
    LostStarts,
    /// The log is not delivered at all for ten minutes.
    Gaps,
    /// Some sessions are silent for longer than a lease lives.
    Silence,
    /// The store is restarted or flushed, or loses single items.
    StoreLoss,
}

impl Fault {
    /// Every fault, by its name.
    pub const ALL: [(Self, &'static str); 14] = [
        (Self::Crashes, "crashes"),
        (Self::LostReplies, "lost-replies"),
        (Self::Stalls, "stalls"),
        (Self::Delay, "delay"),
        (Self::Duplicates, "duplicates"),
        (Self::LostEnds, "lost-ends"),
        (Self::Skew, "skew"),
        (Self::Limits, "limits"),
        (Self::FailedLogins, "failed-logins"),
        (Self::Strangers, "strangers"),
        (Self::LostStarts, "lost-starts"),
        (Self::Gaps, "gaps"),
        (Self::Silence, "silence"),
        (Self::StoreLoss, "store-loss"),
    ];

    /// Returns true if the fault breaks an assumption that the lease ledger rests on.
    #[must_use]
    pub fn breaks_an_assumption(self) -> bool {
        matches!(self, Self::LostStarts | Self::Gaps | Self::Silence | Self::StoreLoss)
    }
}

/// A set of faults. As a text it is a list of names with commas between, or `all`, `none` or
/// `assumed`. The last is all that the lease ledger promises to withstand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults(u16);

impl Faults {
    /// No faults.
    pub const NONE: Self = Self(0);

    /// Every fault.
    #[must_use]
    pub fn all() -> Self {
        Self::of(|_| true)
    }

    /// Every fault that breaks no assumption.
    #[must_use]
    pub fn assumed() -> Self {
        Self::of(|fault| !fault.breaks_an_assumption())
    }

    /// Returns true if `fault` is one of them.
    #[must_use]
    pub fn has(self, fault: Fault) -> bool {
        self.0 & bit(fault) != 0
    }

    /// Returns true if the lease ledger promises to withstand all of them.
    #[must_use]
    pub fn break_no_assumption(self) -> bool {
        self.0 & !Self::assumed().0 == 0
    }

    /// Returns these faults and `fault`.
    #[must_use]
    pub fn with(self, fault: Fault) -> Self {
        Self(self.0 | bit(fault))
    }

    fn of(is_in: impl Fn(Fault) -> bool) -> Self {
        let faults = Fault::ALL.iter().map(|(fault, _)| *fault).filter(|fault| is_in(*fault));
        faults.fold(Self::NONE, Self::with)
    }
}

fn bit(fault: Fault) -> u16 {
    1 << (fault as u16)
}

impl FromStr for Faults {
    type Err = FaultsError;

    fn from_str(text: &str) -> Result<Self, FaultsError> {
        match text {
            "all" => Ok(Self::all()),
            "none" => Ok(Self::NONE),
            "assumed" => Ok(Self::assumed()),
            list => list.split(',').try_fold(Self::NONE, |faults, name| {
                let fault = Fault::ALL.iter().find(|(_, known)| *known == name);
                fault.map(|(fault, _)| faults.with(*fault)).ok_or(FaultsError)
            }),
        }
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::NONE => return f.write_str("none"),
            faults if faults == Self::all() => return f.write_str("all"),
            faults if faults == Self::assumed() => return f.write_str("assumed"),
            _ => {}
        }
        let names: Vec<_> = Fault::ALL
            .iter()
            .filter(|(fault, _)| self.has(*fault))
            .map(|(_, name)| *name)
            .collect();
        f.write_str(&names.join(","))
    }
}

/// A text that names no faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultsError;

impl fmt::Display for FaultsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = Fault::ALL.iter().map(|(_, name)| *name).collect();
        write!(f, "expected all, none, assumed, or a list of {}", names.join(","))
    }
}

impl std::error::Error for FaultsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_round_trip() {
        for faults in
            [Faults::NONE, Faults::all(), Faults::assumed(), Faults::NONE.with(Fault::Gaps)]
        {
            assert_eq!(faults.to_string().parse(), Ok(faults));
        }
        assert_eq!("crashes,delay".parse::<Faults>().unwrap().to_string(), "crashes,delay");
        assert!("rain".parse::<Faults>().unwrap_err().to_string().contains("store-loss"));
    }

    #[test]
    fn what_is_assumed_leaves_out_what_breaks_assumptions() {
        for (fault, name) in Fault::ALL {
            assert_eq!(Faults::assumed().has(fault), !fault.breaks_an_assumption(), "{name}");
        }
    }
}
