//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use session_limit_core::ledger::{KeyPhase, LeaseTimes};
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::names::ServerId;

/// How long a busy machine may take to read what has reached the session tracker.
const READING_THE_LOG: Duration = Duration::from_secs(1);

/// Half of it is left for a client's login.
const SHORTEST_RESERVATION: Duration = Duration::from_secs(1);

/// A Transfer Family server on a laptop.
///
/// Real SFTP clients log in against an identity provider that is asked as AWS Transfer Family
/// asks it, and the log that a Transfer Family server would write drives the session limits.
/// Nothing else is needed: no AWS account, no cache, no database. Each of what stands behind the
/// server may also be yours: the identity provider, the session tracker and the store.
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

    /// Where to listen; port 0 picks a free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:2222")]
    pub listen: SocketAddr,

    /// The folder that stands for all buckets and file systems; made if it is not there.
    #[arg(long, value_name = "DIR", default_value = "transfer-local-files")]
    pub root: PathBuf,

    /// How clients authenticate: PUBLIC_KEY_OR_PASSWORD, PUBLIC_KEY, PASSWORD or
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
    /// provider: where a local emulator invokes it, such as
    /// http://127.0.0.1:9000/2015-03-31/functions/NAME/invocations. [default: built in]
    #[arg(long, value_name = "URL")]
    pub identity_provider: Option<String>,

    /// A Lambda function that gets the server's log, as CloudWatch Logs delivers it, in place of
    /// the built-in session tracker: a URL like that of --identity-provider. [default: built in]
    #[arg(long, value_name = "URL")]
    pub session_tracker: Option<String>,

    /// How long one invocation of a Lambda function may take.
    #[arg(long, value_name = "DURATION", default_value = "15s", value_parser = duration)]
    pub invoke_timeout: Duration,

    /// Where the built-in identity provider and the built-in tracker keep the sessions:
    /// memcached://HOST:PORT[,HOST:PORT…][?tls=true[&ca=FILE]]. Servers with the same store and the
    /// same --server-id share one limit for each user; they also need the same --ledger,
    /// --key-phase, --reservation-ttl and --session-ttl. [default: in this process]
    #[arg(long, value_name = "ADDRESS")]
    pub session_store: Option<String>,

    /// What keeps count of the sessions. `lease` heals by itself; `counter` is one number.
    #[arg(long, default_value = "lease")]
    pub ledger: LedgerChoice,

    /// What a login does that offers a key, before anyone knows whether the key is right: `auto`
    /// takes a slot that counts only against its own address, or only looks where a password may
    /// follow; `strict` takes a slot that counts against everybody; `check` only looks. Not with
    /// --identity-provider.
    #[arg(long, value_name = "auto|strict|check", default_value = "auto")]
    #[arg(conflicts_with = "identity_provider")]
    pub key_phase: KeyPhase,

    /// How long a login holds its slot while its session is not in the log yet.
    #[arg(long, value_name = "DURATION", default_value = "300s", value_parser = duration)]
    pub reservation_ttl: Duration,

    /// How long a session holds its slot while the log says nothing about it.
    #[arg(long, value_name = "DURATION", default_value = "24h", value_parser = duration)]
    pub session_ttl: Duration,

    /// A file that the server's log is appended to, one JSON message a line. [default: none]
    #[arg(long, value_name = "PATH")]
    pub log_file: Option<PathBuf>,

    /// How late the log reaches the session tracker: by this and up to half as much again, each
    /// message for itself, so that they overtake each other. On AWS it is seconds to minutes.
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

/// Which ledger keeps count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LedgerChoice {
    /// The lease ledger.
    Lease,
    /// The counter ledger.
    Counter,
}

impl Options {
    /// How long leases live, and how long a client has from its first byte to its session: so
    /// long that the log can tell of the session before the login's slot expires.
    ///
    /// # Errors
    /// The times do not go together.
    pub fn times(&self) -> anyhow::Result<LeaseTimes> {
        if self.reservation_ttl < SHORTEST_RESERVATION {
            anyhow::bail!("--reservation-ttl: nobody can log in within less than 1s");
        }
        let times = LeaseTimes::new(self.reservation_ttl, self.session_ttl).map_err(|error| {
            anyhow::anyhow!("--reservation-ttl and --session-ttl cannot be used: {error}")
        })?;
        let left = self.reservation_ttl.saturating_sub(self.latest_message() + READING_THE_LOG);
        let login_time = left.max(self.reservation_ttl / 2).min(LeaseTimes::DEFAULT_LOGIN_TIME);
        Ok(times.with_login_time(login_time))
    }

    /// How late a message of the log may be.
    #[must_use]
    pub fn latest_message(&self) -> Duration {
        self.log_delay + self.log_delay / 2
    }
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
        let login_time = |arguments: &str| {
            let arguments = format!("x --users x {arguments}");
            Options::parse_from(arguments.split_whitespace()).times().unwrap().login_time()
        };
        assert_eq!(login_time(""), Duration::from_secs(120));
        assert_eq!(login_time("--reservation-ttl 100s"), Duration::from_secs(99));
        let late = "--reservation-ttl 100s --log-delay 10s";
        assert_eq!(login_time(late), Duration::from_secs(84));
        let too_late = "--reservation-ttl 100s --log-delay 10m";
        assert_eq!(login_time(too_late), Duration::from_secs(50));
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
