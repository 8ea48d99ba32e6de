//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use clap::Parser;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use session_limit_core::ledger::{KeyPhase, LeaseTimes, ReservationClass};
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::names::ServerId;
use session_limit_settings::{LedgerKind, OpenStore};

use crate::authentication::LoginTimes;

/// The time that a busy machine may take to read what has reached the session tracker.
const READING_THE_LOG: Duration = Duration::from_secs(1);

/// The shortest time for a login, and for its slot, of which half is left for the login.
const SHORTEST_LOGIN: Duration = Duration::from_secs(1);

/// A Transfer Family server on a laptop.
///
/// Real SFTP clients log in against an identity provider that is asked as AWS Transfer Family asks
/// it. The log that a Transfer Family server would write drives the session limits. Nothing else is
/// needed: no AWS account, no cache, no database. The identity provider, the session tracker and
/// the store may also be yours.
#[derive(Clone, Debug, Parser)]
#[command(version, max_term_width = 100)]
pub struct Options {
    /// The users: one file `DIR/<server-id>/<username>.json` for each, in the form of the user
    /// secrets in AWS Secrets Manager. Read at each login. Needed, unless --identity-provider
    /// knows the users.
    #[arg(long, value_name = "DIR", required_unless_present = "identity_provider")]
    #[arg(conflicts_with = "identity_provider")]
    pub users: Option<PathBuf>,

    /// The name of the server. Servers that share users and their sessions have the same name.
    #[arg(long, value_name = "ID", default_value = "s-local")]
    pub server_id: ServerId,

    /// The address to listen on; port 0 picks a free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:2222")]
    pub listen: SocketAddr,

    /// The folder that stands for all buckets and file systems; made if it is not there.
    #[arg(long, value_name = "DIR", default_value = "transfer-local-files")]
    pub root: PathBuf,

    /// The authentication methods of clients: PUBLIC_KEY_OR_PASSWORD, PUBLIC_KEY, PASSWORD or
    /// PUBLIC_KEY_AND_PASSWORD.
    #[arg(long, value_name = "METHODS", default_value = "PUBLIC_KEY_OR_PASSWORD")]
    pub auth_methods: AuthenticationMethods,

    /// The limit of a user whose file has no MaxSessionLimit. The lease ledger keeps limits up to
    /// about ten thousand: the sessions of one user have to fit into 1 MiB. Not with
    /// --identity-provider.
    #[arg(long, value_name = "N", default_value_t = 100, conflicts_with = "identity_provider")]
    #[arg(allow_negative_numbers = true)]
    pub default_limit: u32,

    /// A Lambda function that is asked about each login in place of the built-in identity
    /// provider. The URL is the one at which a local emulator invokes it, such as
    /// http://127.0.0.1:9000/2015-03-31/functions/NAME/invocations. [default: built in]
    #[arg(long, value_name = "URL")]
    pub identity_provider: Option<String>,

    /// A Lambda function that gets the server's log, as CloudWatch Logs delivers it, in place of
    /// the built-in session tracker: a URL like that of --identity-provider. [default: built in]
    #[arg(long, value_name = "URL")]
    pub session_tracker: Option<String>,

    /// The longest time of one invocation of a Lambda function.
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = duration)]
    pub invoke_timeout: Duration,

    /// The address of the store, if it is not the memory of this process.
    #[arg(
        long, value_name = "ADDRESS",
        help = format!(
            "The store in which the built-in identity provider and the built-in tracker keep the \
             sessions: {}. Servers with the same store and the same --server-id share one limit \
             for each user. They also need the same --ledger, --key-phase, times and \
             --reservation-class. [default: in this process]",
            OpenStore::forms()
        )
    )]
    pub session_store: Option<String>,

    /// The ledger that keeps count of the sessions. `lease` heals by itself; `counter` is one
    /// number.
    #[arg(long, default_value = LedgerKind::default().name(), value_parser = ledger())]
    pub ledger: LedgerKind,

    /// The effect of a login that offers a key, before anyone knows whether the key is right.
    /// `auto` takes a slot that counts only against its own address, or only looks where a password
    /// may follow. `strict` takes a slot that counts against everybody. `check` only looks. Not
    /// with --identity-provider.
    #[arg(long, value_name = "auto|strict|check", default_value = "auto")]
    #[arg(conflicts_with = "identity_provider")]
    pub key_phase: KeyPhase,

    /// The longest time from a login by password to its session. When a session starts, it takes
    /// over the slot of a login that came at most so long before. A login that takes longer is
    /// refused. [default: 15s, or --reservation-ttl if that is shorter]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub login_time: Option<Duration>,

    /// The same for a login by key, in which a person may type a passphrase. [default: 120s, or
    /// --reservation-ttl if that is shorter]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub key_login_time: Option<Duration>,

    /// The time for which a login holds its slot while its session is not in the log yet.
    #[arg(long, value_name = "DURATION", default_value = "300s", value_parser = duration)]
    pub reservation_ttl: Duration,

    /// The time for which a session holds its slot while the log says nothing about it.
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = duration)]
    pub session_ttl: Duration,

    /// The login whose slot a session takes: `address` for one from the session's own address,
    /// `user` for any of the user. The second is for identity providers and logs that see different
    /// addresses.
    #[arg(long, value_name = "address|user", default_value = "address")]
    pub reservation_class: ReservationClass,

    /// A file that the server's log is appended to, one JSON message a line. [default: none]
    #[arg(long, value_name = "PATH")]
    pub log_file: Option<PathBuf>,

    /// The delay of the log on its way to the session tracker. Each message is late by this and up
    /// to half as much again, so that they overtake each other. On AWS it is seconds to minutes.
    #[arg(long, value_name = "DURATION", default_value = "0s", value_parser = duration)]
    pub log_delay: Duration,

    /// The probability, from 0 to 1, that a log message reaches the session tracker twice.
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability)]
    #[arg(allow_negative_numbers = true)]
    pub log_duplicate: f64,

    /// The probability, from 0 to 1, that a log message never reaches the session tracker.
    #[arg(long, value_name = "P", default_value_t = 0.0, value_parser = probability)]
    #[arg(allow_negative_numbers = true)]
    pub log_loss: f64,

    /// The server's private key; made if the file is not there.
    #[arg(long, value_name = "PATH", default_value = "transfer-local-host-key")]
    pub host_key: PathBuf,
}

impl Options {
    /// Returns the times that the ledger takes for granted.
    ///
    /// # Errors
    /// The times do not go together.
    pub fn times(&self) -> Result<LeaseTimes> {
        check_shortest("--reservation-ttl", self.reservation_ttl)?;
        let mut times =
            LeaseTimes::new(self.reservation_ttl, self.session_ttl).map_err(|error| {
                anyhow!("--reservation-ttl and --session-ttl cannot be used: {error}")
            })?;
        if let Some(time) = self.login_time {
            self.check_login_time("--login-time", time)?;
            times = times.with_login_time(time);
        }
        if let Some(time) = self.key_login_time {
            self.check_login_time("--key-login-time", time)?;
            times = times.with_key_login_time(time);
        }
        Ok(times)
    }

    /// Returns the longest times of logins. They are no longer than the ledger takes for granted,
    /// and leave the log time to tell of the session before the login's slot expires.
    ///
    /// # Errors
    /// The times do not go together.
    pub fn login_times(&self) -> Result<LoginTimes> {
        let times = self.times()?;
        let left = self.reservation_ttl.saturating_sub(self.latest_message() + READING_THE_LOG);
        let left = left.max(self.reservation_ttl / 2);
        Ok(LoginTimes {
            password: times.login_time().min(left),
            key: times.key_login_time().min(left),
        })
    }

    fn check_login_time(&self, option: &str, time: Duration) -> Result<()> {
        check_shortest(option, time)?;
        if time > self.reservation_ttl {
            let longest = humantime::format_duration(self.reservation_ttl);
            bail!(
                "{option}: longer than --reservation-ttl; give at most {longest}, or a longer one"
            );
        }
        Ok(())
    }

    /// The longest delay of a message of the log.
    #[must_use]
    pub fn latest_message(&self) -> Duration {
        self.log_delay + self.log_delay / 2
    }
}

fn check_shortest(option: &str, time: Duration) -> Result<()> {
    if time < SHORTEST_LOGIN {
        bail!("{option}: too short for a login; give at least 1s");
    }
    Ok(())
}

fn ledger() -> impl TypedValueParser<Value = LedgerKind> {
    PossibleValuesParser::new(LedgerKind::NAMES).try_map(|name| name.parse())
}

fn duration(text: &str) -> Result<Duration, String> {
    humantime::parse_duration(text)
        .map_err(|_| "expected a number and its unit, such as 500ms, 300s, 2m or 24h".to_owned())
}

fn probability(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|p| (0.0..=1.0).contains(p))
        .ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use clap::error::ErrorKind;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Options::command().debug_assert();
    }

    #[test]
    fn the_users_are_ours_or_the_identity_providers() {
        let error = |arguments: &str| {
            let parsed = Options::try_parse_from(format!("x {arguments}").split_whitespace());
            parsed.err().map(|error| error.kind())
        };
        assert_eq!(error("--users x --default-limit 5 --key-phase strict"), None);
        assert_eq!(error("--identity-provider x"), None);
        assert_eq!(error(""), Some(ErrorKind::MissingRequiredArgument));
        for meaningless in ["--users x", "--default-limit 5", "--key-phase strict"] {
            let both = format!("--identity-provider x {meaningless}");
            assert_eq!(error(&both), Some(ErrorKind::ArgumentConflict), "{both}");
        }
    }

    #[test]
    fn a_login_ends_before_its_slot_can_expire_unnoticed() {
        let login_times = |arguments: &str| {
            let LoginTimes { password, key } = options(arguments).login_times().unwrap();
            [password, key].map(|time| time.as_secs())
        };
        assert_eq!(login_times(""), [15, 120]);
        assert_eq!(login_times("--login-time 40s --key-login-time 30s"), [40, 30]);
        assert_eq!(login_times("--reservation-ttl 100s"), [15, 99]);
        assert_eq!(login_times("--reservation-ttl 100s --log-delay 10s"), [15, 84]);
        assert_eq!(login_times("--reservation-ttl 100s --log-delay 10m"), [15, 50]);
        assert_eq!(login_times("--reservation-ttl 10s --log-delay 10m"), [5, 5]);
    }

    /// It goes by what was said, whatever the log is like.
    #[test]
    fn the_ledger_is_told_how_long_logins_may_take() {
        let of_the_ledger = |arguments: &str| {
            let times = options(arguments).times().map_err(|error| error.to_string())?;
            Ok::<_, String>([times.login_time(), times.key_login_time()].map(|t| t.as_secs()))
        };
        assert_eq!(of_the_ledger(""), Ok([15, 120]));
        assert_eq!(of_the_ledger("--log-delay 10m"), Ok([15, 120]));
        assert_eq!(of_the_ledger("--login-time 40s --key-login-time 30s"), Ok([40, 30]));
        assert_eq!(of_the_ledger("--reservation-ttl 10s"), Ok([10, 10]));
        for option in ["--login-time", "--key-login-time"] {
            let error = of_the_ledger(&format!("{option} 11s --reservation-ttl 10s")).unwrap_err();
            let expected = "longer than --reservation-ttl; give at most 10s, or a longer one";
            assert_eq!(error, format!("{option}: {expected}"));
            let error = of_the_ledger(&format!("{option} 999ms")).unwrap_err();
            assert_eq!(error, format!("{option}: too short for a login; give at least 1s"));
        }
    }

    fn options(arguments: &str) -> Options {
        Options::parse_from(format!("x --users x {arguments}").split_whitespace())
    }

    #[test]
    fn durations_and_probabilities_are_checked() {
        assert_eq!(duration("300s"), Ok(Duration::from_secs(300)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("24h"), Ok(Duration::from_secs(86_400)));
        assert!(duration("5").is_err());
        assert!(duration("-1s").is_err());
        assert_eq!(probability("0.5"), Ok(0.5));
        for bad in ["1.1", "-0.1", "NaN", "often"] {
            assert!(probability(bad).is_err(), "{bad} was accepted");
        }
    }
}
