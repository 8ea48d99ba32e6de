//! The report on one secret.

use std::fmt;
use std::io;

use serde::{Serialize, Serializer};
use session_limit_core::login::Protocol;
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::secret::{SecretError, UserSecret};

use super::finding::Finding;
use super::json_keys::JsonKeys;
use super::warnings;
use crate::arguments::CheckSecret;
use crate::count::count;

/// The report on one secret. Of the secret's values it holds only the limit, and fingerprints of
/// weak RSA keys.
#[derive(Serialize)]
pub(super) struct Report {
    file: String,
    pub(super) usable: bool,
    logins: Vec<For<Logins>>,
    problems: Vec<For<Finding>>,
    pub(super) warnings: Vec<For<Finding>>,
}

/// Something that holds for some protocols.
#[derive(Serialize)]
pub(super) struct For<T> {
    #[serde(serialize_with = "names")]
    protocols: Vec<Protocol>,
    #[serde(flatten)]
    what: T,
}

/// The logins that are let in.
#[derive(PartialEq, Eq, Serialize)]
struct Logins {
    password: bool,
    public_keys: usize,
    any_address: bool,
    /// `None` for the default of the identity provider.
    session_limit: Option<u32>,
}

impl Report {
    pub(super) fn of(file: String, json: &[u8], arguments: &CheckSecret) -> Self {
        let json_keys = JsonKeys::of(json);
        let most = arguments.largest_limit();
        let mut logins = Vec::new();
        let mut problems = Vec::new();
        let mut warnings = Vec::new();
        for protocol in Protocol::ALL {
            for problem in UserSecret::problems(json, protocol) {
                note(&mut problems, protocol, problem_of(problem, json));
            }
            if let Ok(secret) = UserSecret::parse(json, protocol) {
                let methods = arguments.sftp_authentication_methods;
                note(&mut logins, protocol, Logins::of(&secret, protocol, methods));
                if let Some(most) = most
                    && secret.session_limit().is_some_and(|limit| limit > most)
                {
                    let key = json_keys.name("MaxSessionLimit", protocol);
                    let what = "more than one item of the session store holds";
                    let fix = format!("give at most {most}, or the --max-value that the store has");
                    note(&mut problems, protocol, Finding::new(Some(&key), what, fix));
                }
                for warning in warnings::of(&secret, protocol, &json_keys) {
                    note(&mut warnings, protocol, warning);
                }
            }
        }
        for warning in warnings::misspelt_keys(&json_keys) {
            warnings.push(For { protocols: Protocol::ALL.into(), what: warning });
        }
        if problems.is_empty() && logins.iter().all(|logins| logins.what.are_none()) {
            let fix = "give a Password or a PublicKey, as the server wants it, and no \
                MaxSessionLimit of 0";
            let nobody = Finding::new(None, "nobody can log in", fix);
            problems.push(For { protocols: Protocol::ALL.into(), what: nobody });
        }
        Self { file, usable: problems.is_empty(), logins, problems, warnings }
    }

    pub(super) fn unreadable(file: String, error: &io::Error) -> Self {
        let what = format!("cannot be read: {error}");
        let problem = Finding::new(None, what, "give the name of a readable file");
        let problems = vec![For { protocols: Protocol::ALL.into(), what: problem }];
        Self { file, usable: false, logins: Vec::new(), problems, warnings: Vec::new() }
    }
}

impl Logins {
    fn of(secret: &UserSecret, protocol: Protocol, methods: AuthenticationMethods) -> Self {
        let password = secret.has_password();
        let public_keys = secret.public_keys().map_or(0, |keys| keys.as_slice().len());
        let (password, public_keys) = match methods {
            _ if protocol != Protocol::Sftp => (password, 0),
            AuthenticationMethods::PublicKeyOrPassword => (password, public_keys),
            AuthenticationMethods::PublicKey => (false, public_keys),
            AuthenticationMethods::Password => (password, 0),
            AuthenticationMethods::PublicKeyAndPassword if password && public_keys > 0 => {
                (password, public_keys)
            }
            AuthenticationMethods::PublicKeyAndPassword => (false, 0),
        };
        Self {
            password,
            public_keys,
            any_address: secret.accepts_any_address(),
            session_limit: secret.session_limit().map(|limit| limit.get()),
        }
    }

    fn are_none(&self) -> bool {
        !self.password && self.public_keys == 0 || self.session_limit == Some(0)
    }
}

/// Notes `what` for a protocol, together with others for which the same is noted.
fn note<T: PartialEq>(noted: &mut Vec<For<T>>, protocol: Protocol, what: T) {
    match noted.iter_mut().find(|noted| noted.what == what) {
        Some(same) => same.protocols.push(protocol),
        None => noted.push(For { protocols: vec![protocol], what }),
    }
}

fn problem_of(problem: SecretError, json: &[u8]) -> Finding {
    match &problem {
        SecretError::TooLarge => {
            Finding::new(None, "larger than 64 KiB", "Secrets Manager takes no more; shorten it")
        }
        SecretError::NotJson => {
            let what = format!("cannot be read as JSON: {}", fault_of(json));
            let fix = "write JSON in UTF-8 without a byte-order mark, deep nesting or very large \
                numbers";
            Finding::new(None, what, fix)
        }
        SecretError::NotAnObject => {
            Finding::new(None, "not a JSON object", "write {\"Role\": \"arn:…\", …}")
        }
        SecretError::Missing { key } => Finding::new(Some(key), "missing", "add it"),
        SecretError::Repeated { key } => {
            Finding::new(Some(key), "there more than once", "keep one of them")
        }
        SecretError::Invalid { key, expected } => {
            Finding::new(Some(key), "cannot be used", format!("give {expected}"))
        }
        SecretError::Contradiction { key, expected } => {
            let what = "contradicts the home directory";
            Finding::new(Some(key), what, format!("give {expected}"))
        }
        other => Finding::new(None, other.to_string(), "correct it"),
    }
}

/// The fault in a text that cannot be read as JSON, and its place.
fn fault_of(json: &[u8]) -> String {
    let text = match str::from_utf8(json) {
        Err(error) => return format!("not UTF-8 from byte {} on", error.valid_up_to() + 1),
        Ok(text) if text.starts_with('\u{feff}') => return "a byte-order mark first".into(),
        Ok(text) => text,
    };
    match serde_json::from_str::<serde_json::Value>(text) {
        // These say one of a few fixed texts and the place. Others may quote what is written.
        Err(error) if error.is_syntax() || error.is_eof() => error.to_string(),
        _ => "the place is not known".into(),
    }
}

fn names<S: Serializer>(protocols: &[Protocol], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(protocols.iter().map(|protocol| protocol.as_str()))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usable = if self.usable { "usable" } else { "has problems" };
        write!(f, "{}: {usable}", printable(&self.file))?;
        for logins in &self.logins {
            write!(f, "\n  {}: {}", logins.protocols(), logins.what)?;
        }
        let problems = self.problems.iter().map(|problem| ("problem", problem));
        let warnings = self.warnings.iter().map(|warning| ("warning", warning));
        for (kind, found) in problems.chain(warnings) {
            let protocols = match found.protocols.len() {
                all if all == Protocol::ALL.len() => String::new(),
                _ => format!(" ({})", found.protocols()),
            };
            write!(f, "\n  {kind}{protocols}: {}", found.what)?;
        }
        Ok(())
    }
}

/// A name of a file that cannot steer a terminal.
fn printable(name: &str) -> String {
    let escaped = |c: char| match c {
        '\'' | '"' | '\\' => c.to_string(),
        _ => c.escape_debug().to_string(),
    };
    name.chars().map(escaped).collect()
}

impl<T> For<T> {
    fn protocols(&self) -> String {
        self.protocols.iter().map(|protocol| protocol.as_str()).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Logins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.are_none() {
            return f.write_str("no logins");
        }
        match (self.password, self.public_keys) {
            (true, 0) => f.write_str("password")?,
            (false, keys) => write!(f, "{}", count(keys, "public key"))?,
            (true, keys) => write!(f, "password, {}", count(keys, "public key"))?,
        }
        f.write_str(if self.any_address { "; from anywhere" } else { "; from some addresses" })?;
        match self.session_limit {
            Some(limit) => write!(f, "; at most {limit} at once"),
            None => f.write_str("; at most as many at once as the default says"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(key) = &self.key {
            write!(f, "{key}: ")?;
        }
        write!(f, "{}; {}", self.what, self.fix)
    }
}
