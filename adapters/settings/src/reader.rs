//! Reading settings one by one, and collecting what is wrong with them.

use std::ffi::OsString;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::time::Duration;

use session_limit_core::ledger::LeaseTimes;
use session_limit_core::store::LONGEST_TTL;

use crate::error::{SettingError, SettingsError};

pub(crate) struct Reader<'a> {
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
    errors: Vec<SettingError>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(lookup: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self { lookup, errors: Vec::new() }
    }

    pub(crate) fn report(&mut self, error: SettingError) {
        self.errors.push(error);
    }

    /// `done`, unless something was reported before. What was is not said again.
    pub(crate) fn finish<T>(mut self, done: Result<T, SettingsError>) -> Result<T, SettingsError> {
        let known: Vec<_> = self.errors.iter().map(SettingError::name).collect();
        let more = done.as_ref().err().map_or(&[][..], SettingsError::errors);
        self.errors.extend(more.iter().filter(|e| !known.contains(&e.name())).cloned());
        SettingsError::of(self.errors).map_or(done, Err)
    }

    /// The value as text, without the blanks around it; `None` if there is nothing else.
    pub(crate) fn text(&mut self, name: &'static str) -> Option<String> {
        match (self.lookup)(name)?.into_string() {
            Ok(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
            Err(_) => {
                self.report(SettingError::new(name, "not text", "UTF-8"));
                None
            }
        }
    }

    /// A setting with a default.
    pub(crate) fn optional<T: Default, E: Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
        accepted: &str,
    ) -> T {
        let Some(text) = self.text(name) else { return T::default() };
        parse(&text).unwrap_or_else(|problem| {
            self.report(SettingError::new(name, problem.to_string(), accepted));
            T::default()
        })
    }

    /// A setting without a default; what is returned for one that is missing is never used.
    pub(crate) fn required<T: Default, E: Display>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
        accepted: &str,
    ) -> T {
        let errors = self.errors.len();
        let Some(text) = self.text(name) else {
            if self.errors.len() == errors {
                self.report(SettingError::new(name, "missing", accepted));
            }
            return T::default();
        };
        parse(&text).unwrap_or_else(|problem| {
            self.report(SettingError::new(name, problem.to_string(), accepted));
            T::default()
        })
    }

    pub(crate) fn one_of<T: Copy + Default>(
        &mut self,
        name: &'static str,
        values: &[(&str, T)],
    ) -> T {
        let accepted: Vec<_> = values.iter().map(|(name, _)| *name).collect();
        let parse = |text: &str| {
            let found = values.iter().find(|(name, _)| *name == text);
            found.map(|(_, value)| *value).ok_or("no such value")
        };
        self.optional(name, parse, &accepted.join(", "))
    }

    pub(crate) fn number(
        &mut self,
        name: &'static str,
        default: u64,
        range: RangeInclusive<u64>,
    ) -> u64 {
        self.number_if_any(name, range).unwrap_or(default)
    }

    fn number_if_any(&mut self, name: &'static str, range: RangeInclusive<u64>) -> Option<u64> {
        let accepted = format!("a whole number from {} to {}", range.start(), range.end());
        let parse = |text: &str| {
            if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
                return Err("not a whole number");
            }
            let number = text.parse().ok().filter(|number| range.contains(number));
            number.map(Some).ok_or("out of range")
        };
        self.optional(name, parse, &accepted)
    }

    pub(crate) fn seconds(
        &mut self,
        name: &'static str,
        default: u64,
        range: RangeInclusive<u64>,
    ) -> Duration {
        Duration::from_secs(self.number(name, default, range))
    }

    pub(crate) fn millis(
        &mut self,
        name: &'static str,
        default: Duration,
        range: RangeInclusive<u64>,
    ) -> Duration {
        let default = u64::try_from(default.as_millis()).unwrap_or(u64::MAX);
        Duration::from_millis(self.number(name, default, range))
    }

    pub(crate) fn times(&mut self) -> LeaseTimes {
        let longest = LONGEST_TTL.as_secs();
        let default = LeaseTimes::DEFAULT_RESERVATION_TTL.as_secs();
        let reservation_ttl = self.seconds("RESERVATION_TTL_SECONDS", default, 1..=longest);
        let default = LeaseTimes::DEFAULT_SESSION_TTL.as_secs();
        let session_ttl = self.seconds("SESSION_TTL_SECONDS", default, 1..=longest);
        let login_time = self.login_time("LOGIN_TIME_SECONDS", reservation_ttl);
        let key_login_time = self.login_time("KEY_LOGIN_TIME_SECONDS", reservation_ttl);
        let mut times = LeaseTimes::new(reservation_ttl, session_ttl).unwrap_or_else(|error| {
            self.report(SettingError::new(
                "RESERVATION_TTL_SECONDS",
                error.to_string(),
                "at most SESSION_TTL_SECONDS",
            ));
            LeaseTimes::default()
        });
        if let Some(time) = login_time {
            times = times.with_login_time(time);
        }
        if let Some(time) = key_login_time {
            times = times.with_key_login_time(time);
        }
        times
    }

    /// The longest time of a login; `None` if nothing is said, or nothing right.
    fn login_time(&mut self, name: &'static str, reservation_ttl: Duration) -> Option<Duration> {
        let seconds = self.number_if_any(name, 1..=LONGEST_TTL.as_secs())?;
        let longest = reservation_ttl.as_secs();
        let is_known = !self.errors.iter().any(|error| error.name() == "RESERVATION_TTL_SECONDS");
        if seconds > longest && is_known {
            self.report(SettingError::new(
                name,
                "longer than RESERVATION_TTL_SECONDS",
                format!("a whole number from 1 to {longest}, or a longer RESERVATION_TTL_SECONDS"),
            ));
            return None;
        }
        Some(Duration::from_secs(seconds))
    }

    pub(crate) fn region(&mut self, name: &'static str) -> Option<String> {
        let parse = |text: &str| {
            let valid = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
            if text.len() <= 64 && text.bytes().all(valid) {
                Ok(Some(text.to_owned()))
            } else {
                Err("not the name of a region")
            }
        };
        self.optional(name, parse, "a region such as eu-central-1")
    }
}
