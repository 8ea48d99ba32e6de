use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::Duration;

use proptest::prelude::*;
use session_limit_core::identity::OnStoreFailure;
use session_limit_core::ledger::{KeyPhase, LeaseTimes, ReservationClass};
use session_limit_core::limit::SessionLimit;
use session_limit_core::methods::{AuthenticationMethods, ServerMethods};
use session_limit_core::names::ServerId;

use super::*;

/// Every setting, with a value that is wrong and of which the error must not show a letter.
const WRONG: [(&str, &str); 17] = [
    ("SESSION_STORE", "MARKER"),
    ("SESSION_LEDGER", "MARKER"),
    ("DEFAULT_MAX_SESSION_LIMIT", "4294967296"),
    ("SFTP_AUTHENTICATION_METHODS", "MARKER"),
    ("KEY_PHASE", "MARKER"),
    ("ON_STORE_FAILURE", "MARKER"),
    ("STORE_TIMEOUT_MS", "0"),
    ("LOGIN_TIME_SECONDS", "0"),
    ("KEY_LOGIN_TIME_SECONDS", "soon"),
    ("RESERVATION_TTL_SECONDS", "1.5"),
    ("SESSION_TTL_SECONDS", "2592001"),
    ("RESERVATION_CLASS", "MARKER"),
    ("SECRETS_MANAGER_REGION", "MARKER"),
    ("SECRET_CACHE_TTL_SECONDS", "-1"),
    ("REFUSAL_FLOOR_MS", "MARKER"),
    ("DECOY_PASSWORD", "$2b$10$MARKER"),
    ("RUST_LOG", "MARKER"),
];

fn read(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    let map: BTreeMap<_, _> = pairs.iter().copied().collect();
    Settings::read(|name| map.get(name).map(Into::into))
}

fn read_with(pairs: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    read(&[&[("SESSION_STORE", "none")], pairs].concat())
}

fn only_error(pairs: &[(&str, &str)]) -> String {
    let error = read_with(pairs).unwrap_err();
    assert_eq!(error.errors().len(), 1, "{error}");
    error.to_string()
}

#[test]
fn only_the_store_has_no_default() {
    let settings = read_with(&[]).unwrap();
    assert_eq!(settings.store, StoreSetting::None);
    assert_eq!(settings.ledger, LedgerKind::Lease);
    assert_eq!(settings.default_limit.get(), 100);
    assert_eq!(settings.methods, ServerMethods::default());
    assert_eq!(settings.key_phase, KeyPhase::Auto);
    assert_eq!(settings.on_store_failure, OnStoreFailure::Refuse);
    assert_eq!(settings.store_timeout, Duration::from_millis(500));
    assert_eq!(settings.times, LeaseTimes::default());
    assert_eq!(settings.times.login_time(), Duration::from_secs(15));
    assert_eq!(settings.times.key_login_time(), Duration::from_secs(120));
    assert_eq!(settings.reservation_class, ReservationClass::Address);
    assert_eq!((settings.secrets_region, settings.secret_name_pattern), (None, None));
    assert_eq!(settings.secret_cache_ttl, Duration::from_secs(60));
    assert_eq!(settings.refusal_floor, Duration::from_secs(1));
    assert_eq!(format!("{:?}", settings.log), "info");

    let error = read(&[]).unwrap_err().to_string();
    assert!(error.starts_with("SESSION_STORE: missing; accepted: none, or "), "{error}");
    assert_eq!(read(&[("SESSION_STORE", " ")]).unwrap_err().to_string(), error);
}

/// Programs with settings of their own begin with these.
#[test]
fn the_defaults_are_the_same_without_an_environment() {
    let (read, new) = (read_with(&[]).unwrap(), Settings::new(StoreSetting::None));
    assert_eq!(format!("{new:?}"), format!("{read:?}"));
}

#[test]
fn every_setting_can_be_set() {
    let settings = read(&[
        ("SESSION_STORE", "memcached://cache:11211?tls=true"),
        ("SESSION_LEDGER", "counter"),
        ("DEFAULT_MAX_SESSION_LIMIT", "0"),
        ("SFTP_AUTHENTICATION_METHODS", "PASSWORD"),
        ("KEY_PHASE", "strict"),
        ("ON_STORE_FAILURE", "admit"),
        ("STORE_TIMEOUT_MS", "250"),
        ("LOGIN_TIME_SECONDS", "20"),
        ("KEY_LOGIN_TIME_SECONDS", "60"),
        ("RESERVATION_TTL_SECONDS", "60"),
        ("SESSION_TTL_SECONDS", "3600"),
        ("RESERVATION_CLASS", "user"),
        ("SECRETS_MANAGER_REGION", "eu-central-1"),
        ("SECRET_NAME_PATTERN", "SFTP/{username}"),
        ("SECRET_CACHE_TTL_SECONDS", "0"),
        ("REFUSAL_FLOOR_MS", "0"),
        ("RUST_LOG", "warn,session_limit_core=trace"),
    ])
    .unwrap();
    let StoreSetting::Url(url) = &settings.store else { panic!("{settings:?}") };
    assert_eq!((url.scheme(), url.as_str()), ("memcached", "memcached://cache:11211?tls=true"));
    assert_eq!(settings.ledger, LedgerKind::Counter);
    assert_eq!(settings.identity().default_limit.get(), 0);
    assert_eq!(settings.identity().on_store_failure, OnStoreFailure::Admit);
    assert_eq!(settings.identity().methods, ServerMethods::all(AuthenticationMethods::Password));
    assert_eq!(settings.lease().key_phase, KeyPhase::Strict);
    assert_eq!(settings.store_timeout, Duration::from_millis(250));
    assert_eq!(settings.lease().times.login_time(), Duration::from_secs(20));
    assert_eq!(settings.lease().times.key_login_time(), Duration::from_secs(60));
    assert_eq!(settings.lease().times.reservation_ttl(), Duration::from_secs(60));
    assert_eq!(settings.lease().times.session_ttl(), Duration::from_secs(3600));
    assert_eq!(settings.lease().reservation_class, ReservationClass::User);
    assert_eq!(settings.secrets_region.as_deref(), Some("eu-central-1"));
    assert_eq!(settings.secret_name_pattern.as_deref(), Some("SFTP/{username}"));
    assert_eq!(settings.secret_cache_ttl, Duration::ZERO);
    assert_eq!(settings.refusal_floor, Duration::ZERO);
    assert_eq!(format!("{:?}", settings.log), "session_limit_core=trace,warn");
}

#[test]
fn every_error_has_its_line_and_shows_no_value() {
    let error = read(&WRONG).unwrap_err();
    let names: Vec<_> = error.errors().iter().map(SettingError::name).collect();
    for (name, _) in WRONG {
        assert!(names.contains(&name), "{name} is not in {error}");
    }
    assert_eq!(error.to_string().lines().count(), WRONG.len());
    assert!(error.to_string().lines().all(|line| line.contains("; accepted: ")), "{error}");
    assert!(!error.to_string().contains("MARKER"), "{error}");
}

#[test]
fn what_the_settings_name_is_checked_together_with_them() {
    let wire = |settings: &Settings| {
        let store = SettingError::new("SESSION_STORE", "no such store", "none");
        let pattern = SettingError::new("SECRET_NAME_PATTERN", "no user", "{username}");
        assert_eq!(settings.default_limit, SessionLimit::DEFAULT, "what is wrong is the default");
        both(Err::<(), _>(store), Err::<(), _>(pattern))
    };
    let names = |store: &str| {
        let lookup = |name: &str| match name {
            "SESSION_STORE" => Some(store.into()),
            "DEFAULT_MAX_SESSION_LIMIT" => Some("MARKER".into()),
            _ => None,
        };
        let error = Settings::read_with(lookup, wire).unwrap_err();
        error.errors().iter().map(SettingError::name).collect::<Vec<_>>()
    };
    for store in ["none", "MARKER"] {
        let all = ["DEFAULT_MAX_SESSION_LIMIT", "SESSION_STORE", "SECRET_NAME_PATTERN"];
        assert_eq!(names(store), all, "each is named once");
    }
}

#[test]
fn several_servers_have_methods_of_their_own() {
    let methods = |text| read_with(&[("SFTP_AUTHENTICATION_METHODS", text)]).map(|s| s.methods);
    let server = |id| ServerId::new(id).unwrap();
    let two = methods("s-1=PASSWORD, s-2=PUBLIC_KEY_AND_PASSWORD").unwrap();
    assert_eq!(two.of(&server("s-1")), AuthenticationMethods::Password);
    assert_eq!(two.of(&server("s-2")), AuthenticationMethods::PublicKeyAndPassword);
    assert_eq!(two.of(&server("s-3")), AuthenticationMethods::PublicKeyOrPassword);
    let with_others = methods("s-1=PASSWORD,PUBLIC_KEY").unwrap();
    assert_eq!(with_others.of(&server("s-3")), AuthenticationMethods::PublicKey);
    for wrong in [
        "PUBLIC_KEY,s-1=PASSWORD",
        "s-1=PASSWORD,s-1=PUBLIC_KEY",
        "server=PASSWORD",
        "s-1=password",
        "s-1=",
        "s-1=PASSWORD,",
        ",",
    ] {
        assert!(methods(wrong).is_err(), "{wrong:?} was accepted");
    }
}

#[test]
fn too_little_time_for_the_log_is_doubted() {
    let doubt = |pairs: &[_]| {
        let store = ("SESSION_STORE", "memcached://cache.example.com:11211");
        read(&[&[store], pairs].concat()).unwrap().doubt()
    };
    assert_eq!(doubt(&[]), None);
    assert_eq!(read_with(&[("RESERVATION_TTL_SECONDS", "299")]).unwrap().doubt(), None);
    assert_eq!(
        doubt(&[("KEY_LOGIN_TIME_SECONDS", "120"), ("RESERVATION_TTL_SECONDS", "300")]),
        None
    );
    let doubted = doubt(&[("LOGIN_TIME_SECONDS", "250")]).unwrap();
    assert!(doubted.contains("leaves 50 s") && doubted.contains("180 s"), "{doubted}");
    let doubted = doubt(&[("RESERVATION_TTL_SECONDS", "299")]).unwrap();
    assert!(doubted.contains("leaves 179 s"), "{doubted}");
    let counter = ("SESSION_LEDGER", "counter");
    assert_eq!(doubt(&[("RESERVATION_TTL_SECONDS", "299"), counter]), None);
}

#[test]
fn settings_that_do_not_go_together_are_errors() {
    let line = only_error(&[("SESSION_LEDGER", "counter"), ("KEY_PHASE", "check")]);
    assert!(line.starts_with("KEY_PHASE: ") && line.contains("auto or strict"), "{line}");
    let line = only_error(&[("RESERVATION_TTL_SECONDS", "61"), ("SESSION_TTL_SECONDS", "60")]);
    assert!(line.starts_with("RESERVATION_TTL_SECONDS: "), "{line}");
    assert!(read_with(&[("KEY_PHASE", "check")]).is_ok());
}

#[test]
fn a_login_time_is_at_most_the_time_that_a_login_holds_its_slot() {
    for name in ["LOGIN_TIME_SECONDS", "KEY_LOGIN_TIME_SECONDS"] {
        let line = only_error(&[(name, "61"), ("RESERVATION_TTL_SECONDS", "60")]);
        let expected = format!(
            "{name}: longer than RESERVATION_TTL_SECONDS; accepted: a whole number from 1 to 60, \
             or a longer RESERVATION_TTL_SECONDS"
        );
        assert_eq!(line, expected);
        assert!(read_with(&[(name, "60"), ("RESERVATION_TTL_SECONDS", "60")]).is_ok());
        let line = only_error(&[(name, "301")]);
        assert!(line.contains("from 1 to 300, or"), "{line}");
    }
    // Nobody has said how long a login may take: not longer than it holds its slot.
    let times = read_with(&[("RESERVATION_TTL_SECONDS", "10")]).unwrap().times;
    assert_eq!([times.login_time(), times.key_login_time()], [Duration::from_secs(10); 2]);
}

/// It would be compared with a value that nobody has given.
#[test]
fn a_login_time_is_compared_with_a_right_value_only() {
    let line = only_error(&[("LOGIN_TIME_SECONDS", "301"), ("RESERVATION_TTL_SECONDS", "x")]);
    assert!(line.starts_with("RESERVATION_TTL_SECONDS: not a whole number"), "{line}");
}

#[test]
fn an_address_may_hold_a_password_and_is_not_shown() {
    let url = "valkey://user:MARKER@cache:6379";
    let settings = read(&[("SESSION_STORE", url)]).unwrap();
    assert!(!format!("{settings:?}").contains("MARKER"));
    for wrong in ["memcached", "memcached:", "://host", "memcached://", "None", "HTTP://x"] {
        assert!(read(&[("SESSION_STORE", wrong)]).is_err(), "{wrong:?} was accepted");
    }
}

#[test]
fn log_levels_of_a_mere_word_is_an_error() {
    for wrong in ["inof", "session_limit_core", "=debug", "x=", "info,"] {
        assert!(read_with(&[("RUST_LOG", wrong)]).is_err(), "{wrong:?} was accepted");
    }
    assert!(read_with(&[("RUST_LOG", "OFF, a::b=Warn")]).is_ok());
}

#[cfg(unix)]
#[test]
fn a_value_that_is_no_text_is_an_error() {
    use std::os::unix::ffi::OsStringExt;
    let error = Settings::read(|_| Some(OsString::from_vec(vec![0xff]))).unwrap_err();
    assert!(error.errors().iter().any(|error| error.name() == "SESSION_STORE"), "{error}");
}

proptest! {
    #[test]
    fn any_value_is_read_or_reported(name in prop::sample::select(&WRONG[..]), value in "\\PC{0,30}") {
        if let Err(error) = read_with(&[(name.0, &value)]) {
            prop_assert_eq!(error.errors()[0].name(), name.0);
        }
    }
}
