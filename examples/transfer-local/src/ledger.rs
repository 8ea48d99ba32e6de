//! The store, the settings and the ledger that the command line asks for.

use anyhow::{Result, anyhow, bail};
use session_limit_core::ledger::AnyLedger;
use session_limit_core::limit::SessionLimit;
use session_limit_core::methods::ServerMethods;
use session_limit_core::store::Store as _;
use session_limit_settings::{OpenStore, SettingError, Settings, StoreSetting};

use crate::cli::Options;

/// Opens the store in which sessions are kept: in this process, or one that other processes share.
/// Nothing is connected yet.
pub(crate) fn store(options: &Options) -> Result<OpenStore> {
    let Some(address) = &options.session_store else { return Ok(OpenStore::in_memory()) };
    OpenStore::at(address, Settings::DEFAULT_STORE_TIMEOUT).map_err(wrong)
}

/// Returns the settings of the built-in identity provider and the built-in tracker.
///
/// # Errors
/// The times do not go together.
pub(crate) fn settings(options: &Options) -> Result<Settings> {
    let mut settings = Settings::new(StoreSetting::None); // `store` has opened it
    settings.ledger = options.ledger;
    settings.default_limit = SessionLimit::new(options.default_limit);
    settings.methods =
        ServerMethods::default().with(options.server_id.clone(), options.auth_methods);
    settings.key_phase = options.key_phase;
    settings.times = options.times()?;
    settings.reservation_class = options.reservation_class;
    if options.users.is_none() {
        // The identity provider that knows the users has a default of its own, which is not known here.
        settings.default_limit = SessionLimit::new(0);
    }
    Ok(settings)
}

/// Makes the ledger that the built-in identity provider and the built-in tracker share.
pub(crate) fn ledger(settings: &Settings, store: OpenStore) -> Result<AnyLedger<OpenStore>> {
    if let Some(largest) = settings.ledger.largest_limit(store.max_value_len())
        && settings.default_limit > largest
    {
        bail!("--default-limit: the lease ledger keeps limits up to {largest} in this store");
    }
    settings.ledger(Some(store)).map_err(wrong)
}

/// The error with the name of the option.
fn wrong(error: SettingError) -> anyhow::Error {
    let option = match error.name() {
        "SESSION_STORE" => "--session-store",
        "KEY_PHASE" => "--key-phase",
        "SESSION_TTL_SECONDS" => "--session-ttl",
        other => other,
    };
    anyhow!("{option}: {}", error.problem())
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::time::Duration;

    use clap::Parser;
    use session_limit_core::event::{EventKind, SessionEvent};
    use session_limit_core::ledger::{AdmissionRequest, Ledger, Matched};
    use session_limit_core::login::Phase;
    use session_limit_core::names::{SessionId, Token, UserName};
    use session_limit_core::time::Timestamp;

    use super::*;

    /// Tells whether a session takes the slot of a login that came `seconds` before it, if it comes from
    /// where the login came from, and if it does not.
    async fn takes_slot(arguments: &str, phase: Phase, seconds: u64) -> [bool; 2] {
        let mut takes = [false; 2];
        for (takes, login_from) in takes.iter_mut().zip([1, 2]) {
            let arguments = format!("x --users x {arguments}");
            let options = Options::parse_from(arguments.split_whitespace());
            let ledger = ledger(&settings(&options).unwrap(), store(&options).unwrap()).unwrap();
            let (server, user) = (options.server_id.clone(), UserName::new("alice").unwrap());
            let login = {
                let request = AdmissionRequest::new(
                    server.clone(),
                    user.clone(),
                    SessionLimit::new(3),
                    Token::new("login").unwrap(),
                )
                .from(IpAddr::from([192, 0, 2, login_from]));
                match phase {
                    Phase::Password => request,
                    Phase::Key => request.key_phase(false),
                }
            };
            let now = Timestamp::from_millis(1_700_000_000_000);
            ledger.admit(&login, now.before(Duration::from_secs(seconds))).await.unwrap();
            let source = Some([192, 0, 2, 1].into());
            let kind = EventKind::connected(source, Some(phase));
            let session = SessionId::new("f00d").unwrap();
            let start = SessionEvent { server, session, user: Some(user), at: now, kind };
            let matched = ledger.observe(&start, now).await.unwrap().matched;
            *takes = matched.is_some_and(Matched::has_reservation);
        }
        takes
    }

    #[tokio::test]
    async fn a_session_takes_the_slot_of_a_login_that_may_be_its_own() {
        for (arguments, phase, seconds, expected) in [
            ("", Phase::Password, 10, [true, false]),
            ("", Phase::Password, 20, [false, false]),
            ("", Phase::Key, 20, [true, false]),
            ("--login-time 30s", Phase::Password, 20, [true, false]),
            ("--key-login-time 10s", Phase::Key, 20, [false, false]),
            ("--reservation-class user", Phase::Password, 10, [true, true]),
        ] {
            let takes = takes_slot(arguments, phase, seconds).await;
            assert_eq!(takes, expected, "{arguments} {phase:?} {seconds}");
        }
    }
}
