//! All settings of an operator, read by the names of environment variables.

use std::ffi::OsString;
use std::time::Duration;

use session_limit_core::identity::{Decoy, IdentitySettings, OnStoreFailure};
use session_limit_core::ledger::{KeyPhase, LeaseSettings, LeaseTimes, ReservationClass};
use session_limit_core::limit::SessionLimit;
use session_limit_core::methods::ServerMethods;

use crate::error::{SettingError, SettingsError};
use crate::ledger_kind::LedgerKind;
use crate::log_levels::LogLevels;
use crate::reader::Reader;
use crate::store_setting::StoreSetting;
use crate::{methods, store_setting};

/// The settings of the Lambda functions, and of every program that shares their sessions. Each
/// field names its environment variable.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// `SESSION_STORE`: where sessions are kept.
    pub store: StoreSetting,
    /// `SESSION_LEDGER`: how they are counted.
    pub ledger: LedgerKind,
    /// `DEFAULT_MAX_SESSION_LIMIT`: the limit of a user whose secret has none.
    pub default_limit: SessionLimit,
    /// `SFTP_AUTHENTICATION_METHODS`: how each server lets its SFTP users authenticate.
    pub methods: ServerMethods,
    /// `KEY_PHASE`: what a login by public key does before the key is verified.
    pub key_phase: KeyPhase,
    /// `ON_STORE_FAILURE`: what to do with a login while the store cannot be asked.
    pub on_store_failure: OnStoreFailure,
    /// `STORE_TIMEOUT_MS`: the bound of one store operation, connect included.
    pub store_timeout: Duration,
    /// `LOGIN_TIME_SECONDS`, `KEY_LOGIN_TIME_SECONDS`, `RESERVATION_TTL_SECONDS` and
    /// `SESSION_TTL_SECONDS`.
    pub times: LeaseTimes,
    /// `RESERVATION_CLASS`: which starts of sessions a login's slot may belong to.
    pub reservation_class: ReservationClass,
    /// `SECRETS_MANAGER_REGION`: the region of the user secrets, if not the function's.
    pub secrets_region: Option<String>,
    /// `SECRET_NAME_PATTERN`: the name of a user's secret, if not the usual one.
    pub secret_name_pattern: Option<String>,
    /// `SECRET_CACHE_TTL_SECONDS`: how long a secret may be reused; zero for never.
    pub secret_cache_ttl: Duration,
    /// `REFUSAL_FLOOR_MS`: no refusal is answered earlier than this.
    pub refusal_floor: Duration,
    /// `DECOY_PASSWORD`: what a password is compared with where the user has none or is unknown.
    pub decoy: Decoy,
    /// `RUST_LOG`: what is logged.
    pub log: LogLevels,
}

impl Settings {
    /// The default of [`store_timeout`](Self::store_timeout).
    pub const DEFAULT_STORE_TIMEOUT: Duration = Duration::from_millis(500);
    /// The default of [`secret_cache_ttl`](Self::secret_cache_ttl).
    pub const DEFAULT_SECRET_CACHE_TTL: Duration = Duration::from_secs(60);
    /// The default of [`refusal_floor`](Self::refusal_floor). It is longer than the costliest
    /// password hash that is accepted takes on a small function.
    pub const DEFAULT_REFUSAL_FLOOR: Duration = Duration::from_secs(1);

    /// The default settings, with the sessions in `store`.
    #[must_use]
    pub fn new(store: StoreSetting) -> Self {
        Self {
            store,
            ledger: LedgerKind::default(),
            default_limit: SessionLimit::DEFAULT,
            methods: ServerMethods::default(),
            key_phase: KeyPhase::default(),
            on_store_failure: OnStoreFailure::default(),
            store_timeout: Self::DEFAULT_STORE_TIMEOUT,
            times: LeaseTimes::default(),
            reservation_class: ReservationClass::default(),
            secrets_region: None,
            secret_name_pattern: None,
            secret_cache_ttl: Self::DEFAULT_SECRET_CACHE_TTL,
            refusal_floor: Self::DEFAULT_REFUSAL_FLOOR,
            decoy: Decoy::default(),
            log: LogLevels::default(),
        }
    }

    /// Advice to an operator about settings that are accepted, and seldom meant; `None` if there
    /// are none.
    #[must_use]
    pub fn doubt(&self) -> Option<String> {
        let (delay, usual) = (self.times.log_delay(), LeaseTimes::USUAL_LOG_DELAY);
        let has_leases = self.ledger == LedgerKind::Lease && self.store != StoreSetting::None;
        (has_leases && delay < usual).then(|| {
            format!(
                "RESERVATION_TTL_SECONDS leaves {} s for the log after the slowest login, and the log \
                 may take {} s. A session whose start comes later does not count until then. Raise \
                 RESERVATION_TTL_SECONDS, or lower LOGIN_TIME_SECONDS and KEY_LOGIN_TIME_SECONDS",
                delay.as_secs(),
                usual.as_secs(),
            )
        })
    }

    /// Reads every setting through `lookup`, which gets the name of an environment variable. An
    /// empty value is the same as none.
    ///
    /// # Errors
    /// All that is missing or wrong, one line each.
    pub fn read(lookup: impl Fn(&str) -> Option<OsString>) -> Result<Self, SettingsError> {
        Self::read_with(lookup, |_| Ok(())).map(|(settings, ())| settings)
    }

    /// Reads every setting, and returns what `wire` makes of them. `wire` is called even if a
    /// setting is wrong, with a default in its place, so that everything is reported at once.
    ///
    /// # Errors
    /// All that is missing or wrong, also according to `wire`: one line for each setting.
    pub fn read_with<T>(
        lookup: impl Fn(&str) -> Option<OsString>,
        wire: impl FnOnce(&Self) -> Result<T, SettingsError>,
    ) -> Result<(Self, T), SettingsError> {
        let mut read = Reader::new(&lookup);
        let limits = 0..=u64::from(u32::MAX);
        let limit = u64::from(SessionLimit::DEFAULT.get());
        let limit = read.number("DEFAULT_MAX_SESSION_LIMIT", limit, limits);
        let settings = Self {
            store: read.required("SESSION_STORE", store_setting::parse, store_setting::ACCEPTED),
            ledger: read.one_of("SESSION_LEDGER", &LedgerKind::ALL),
            default_limit: SessionLimit::new(u32::try_from(limit).unwrap_or(u32::MAX)),
            methods: read.optional(
                "SFTP_AUTHENTICATION_METHODS",
                methods::parse,
                methods::ACCEPTED,
            ),
            key_phase: read.one_of(
                "KEY_PHASE",
                &[
                    ("auto", KeyPhase::Auto),
                    ("strict", KeyPhase::Strict),
                    ("check", KeyPhase::Check),
                ],
            ),
            on_store_failure: read.one_of(
                "ON_STORE_FAILURE",
                &[("refuse", OnStoreFailure::Refuse), ("admit", OnStoreFailure::Admit)],
            ),
            store_timeout: read.millis("STORE_TIMEOUT_MS", Self::DEFAULT_STORE_TIMEOUT, 1..=10_000),
            times: read.times(),
            reservation_class: read.one_of(
                "RESERVATION_CLASS",
                &[("address", ReservationClass::Address), ("user", ReservationClass::User)],
            ),
            secrets_region: read.region("SECRETS_MANAGER_REGION"),
            secret_name_pattern: read.text("SECRET_NAME_PATTERN"),
            secret_cache_ttl: read.seconds(
                "SECRET_CACHE_TTL_SECONDS",
                Self::DEFAULT_SECRET_CACHE_TTL.as_secs(),
                0..=86_400,
            ),
            refusal_floor: read.millis("REFUSAL_FLOOR_MS", Self::DEFAULT_REFUSAL_FLOOR, 0..=10_000),
            decoy: read.optional("DECOY_PASSWORD", Decoy::parse, "as in a user secret"),
            log: read.optional("RUST_LOG", LogLevels::parse, LogLevels::ACCEPTED),
        };
        if settings.ledger == LedgerKind::Counter && settings.key_phase == KeyPhase::Check {
            read.report(SettingError::new(
                "KEY_PHASE",
                "a counter cannot merely check logins by key",
                "auto or strict with SESSION_LEDGER=counter",
            ));
        }
        let wired = wire(&settings);
        read.finish(wired).map(|wired| (settings, wired))
    }

    /// The settings of an identity provider.
    #[must_use]
    pub fn identity(&self) -> IdentitySettings {
        IdentitySettings::default()
            .with_methods(self.methods.clone())
            .with_default_limit(self.default_limit)
            .with_on_store_failure(self.on_store_failure)
            .with_decoy(self.decoy.clone())
    }

    /// The settings of a lease ledger.
    #[must_use]
    pub fn lease(&self) -> LeaseSettings {
        LeaseSettings::default()
            .with_times(self.times)
            .with_key_phase(self.key_phase)
            .with_methods(self.methods.clone())
            .with_reservation_class(self.reservation_class)
    }
}
