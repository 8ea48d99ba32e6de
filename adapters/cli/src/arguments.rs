//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use session_limit_core::limit::SessionLimit;
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::names::{ServerId, SessionId, Token, UserName};
use session_limit_core::store::Store as _;
use session_limit_settings::{LedgerKind, OpenStore, Settings};

/// Checks user secrets before they are stored, and shows and releases the sessions that count.
///
/// Ends with status 0 if all is well, 1 if it is not, and 2 if it was called wrongly.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    CheckSecret(CheckSecret),
    /// Makes the value of `Password` for a user secret: an argon2id hash.
    ///
    /// Asks for the password twice, without showing it, or reads one line from standard input
    /// where that is not a terminal. Prints nothing but the hash.
    HashPassword,
    Show(Show),
    Release(Release),
}

/// Says what a user secret lets in, what is wrong with it and what could be better, before it is
/// stored.
///
/// Reads it as the identity provider does. Ends with status 0 if all secrets can be used, and 1 if
/// one cannot. Shows no password, hash or key: of the values only the limit, and fingerprints of
/// weak RSA keys.
#[derive(Debug, Args)]
pub(crate) struct CheckSecret {
    /// Files with a user secret each, a JSON object; `-` is standard input.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,

    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,

    /// The authentication methods of the server for SFTP users.
    #[arg(long, value_name = "METHODS", default_value = "PUBLIC_KEY_OR_PASSWORD")]
    pub(crate) sftp_authentication_methods: AuthenticationMethods,

    /// The ledger by which sessions are counted.
    #[arg(long, default_value = LedgerKind::default().name(), value_parser = ledger())]
    ledger: LedgerKind,

    /// The largest item of the session store, as `max_value` in its address. It bounds the limits
    /// that leases can be kept for. For ElastiCache Serverless it is 16384.
    #[arg(long, value_name = "BYTES", default_value = "1048576", value_parser = max_value_len)]
    max_value: usize,
}

impl CheckSecret {
    /// The largest limit that the store has room for; `None` if any limit fits.
    pub(crate) fn largest_limit(&self) -> Option<SessionLimit> {
        self.ledger.largest_limit(self.max_value)
    }
}

/// Shows what counts against a user: each session, and each login that may become one.
#[derive(Debug, Args)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) whose: Whose,

    /// Print JSON, a line for each time.
    #[arg(long)]
    pub(crate) json: bool,

    /// Show it again and again, every 2 seconds, or every SECONDS.
    #[arg(
        long, value_name = "SECONDS", num_args = 0..=1, require_equals = true,
        default_missing_value = "2", value_parser = seconds
    )]
    pub(crate) watch: Option<Duration>,

    #[command(flatten)]
    pub(crate) store: StoreArguments,
}

/// Frees the slot of a session that is over although the log never said so, or of a login that
/// became none.
///
/// A session that is still open goes on, and no longer counts. What has expired by this machine's
/// clock is not found. All that is written goes by the times of the leases, whatever that clock
/// says.
#[derive(Debug, Args)]
pub(crate) struct Release {
    #[command(flatten)]
    pub(crate) whose: Whose,

    #[command(flatten)]
    pub(crate) what: What,

    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,

    #[command(flatten)]
    pub(crate) store: StoreArguments,
}

/// A user of a server.
#[derive(Debug, Args)]
pub(crate) struct Whose {
    /// The user.
    pub(crate) user: UserName,

    /// The server.
    #[arg(long, value_name = "ID")]
    pub(crate) server: ServerId,
}

/// The choice of leases to release.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct What {
    /// One session.
    #[arg(long, value_name = "ID")]
    pub(crate) session: Option<SessionId>,

    /// The reservation of one login.
    #[arg(long)]
    pub(crate) token: Option<Token>,

    /// All that counts against the user at this moment.
    #[arg(long)]
    pub(crate) all: bool,
}

/// The settings of the Lambda functions that say how sessions are kept. They come last in a
/// command, since all that follows would stand under their heading in its help.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings, as the Lambda functions have them")]
pub(crate) struct StoreArguments {
    #[arg(
        long, value_name = "URL", env = "SESSION_STORE", hide_env_values = true,
        help = format!("The address of the store that keeps sessions: {}", OpenStore::forms())
    )]
    session_store: OsString,

    /// The ledger by which sessions are counted: lease or counter.
    #[arg(long, env = "SESSION_LEDGER", hide_env_values = true)]
    ledger: Option<OsString>,

    /// The longest time of a login by password, up to the start of its session.
    #[arg(long, value_name = "SECONDS", env = "LOGIN_TIME_SECONDS", hide_env_values = true)]
    login_time: Option<OsString>,

    /// The longest time of a login by key, up to the start of its session.
    #[arg(long, value_name = "SECONDS", env = "KEY_LOGIN_TIME_SECONDS", hide_env_values = true)]
    key_login_time: Option<OsString>,

    /// The time for which a login holds its slot.
    #[arg(long, value_name = "SECONDS", env = "RESERVATION_TTL_SECONDS", hide_env_values = true)]
    reservation_ttl: Option<OsString>,

    /// The time for which a session holds its slot while the log says nothing of it.
    #[arg(long, value_name = "SECONDS", env = "SESSION_TTL_SECONDS", hide_env_values = true)]
    session_ttl: Option<OsString>,

    /// The login whose slot a session takes: address for one from its own address, user for any of
    /// the user.
    #[arg(long, value_name = "CLASS", env = "RESERVATION_CLASS", hide_env_values = true)]
    reservation_class: Option<OsString>,

    /// The longest time of one store operation, in milliseconds.
    #[arg(long, value_name = "MS", env = "STORE_TIMEOUT_MS", hide_env_values = true)]
    store_timeout: Option<OsString>,
}

impl StoreArguments {
    /// The value of a setting, by the name that the Lambda functions read it by.
    pub(crate) fn setting(&self, name: &str) -> Option<OsString> {
        match name {
            "SESSION_STORE" => Some(self.session_store.clone()),
            "SESSION_LEDGER" => self.ledger.clone(),
            "LOGIN_TIME_SECONDS" => self.login_time.clone(),
            "KEY_LOGIN_TIME_SECONDS" => self.key_login_time.clone(),
            "RESERVATION_TTL_SECONDS" => self.reservation_ttl.clone(),
            "SESSION_TTL_SECONDS" => self.session_ttl.clone(),
            "RESERVATION_CLASS" => self.reservation_class.clone(),
            "STORE_TIMEOUT_MS" => self.store_timeout.clone(),
            // Nobody is admitted here, so no store is too small for a limit.
            "DEFAULT_MAX_SESSION_LIMIT" => Some("0".into()),
            _ => None,
        }
    }
}

fn ledger() -> impl TypedValueParser<Value = LedgerKind> {
    PossibleValuesParser::new(LedgerKind::NAMES).try_map(|name| name.parse())
}

/// The longest value in a store whose largest item is `max_value`, as the store says. It is not
/// connected to, so any address will do. Only a number may get into that address.
fn max_value_len(max_value: &str) -> Result<usize, String> {
    let digits = if max_value.bytes().all(|b| b.is_ascii_digit()) { max_value } else { "" };
    let address = format!("memcached://localhost:11211?max_value={digits}");
    let store = OpenStore::at(&address, Settings::DEFAULT_STORE_TIMEOUT);
    store.map(|store| store.max_value_len()).map_err(|error| error.problem().to_owned())
}

fn seconds(text: &str) -> Result<Duration, &'static str> {
    let seconds = text.parse().ok().filter(|seconds| (1..=3_600).contains(seconds));
    seconds.map(Duration::from_secs).ok_or("expected a whole number from 1 to 3600")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Arguments::command().debug_assert();
    }
}
