//! The user secret: what an operator stores for each user.

mod bytes;
mod error;
mod fields;
mod home;
mod networks;
mod password;
mod source;
mod value;

use secrecy::ExposeSecret;

pub use bytes::SecretBytes;
pub use error::SecretError;
pub(crate) use networks::Networks;
pub(crate) use password::StoredPassword;
#[cfg(test)]
pub(crate) use password::tests::VERIFICATIONS;
pub use source::{SecretSourceError, UserSecrets};

use crate::grant::{Grant, PublicKeys};
use crate::limit::SessionLimit;
use crate::login::Protocol;
use crate::public_key;
use fields::{Field, Fields, Value};

/// A user secret, as it applies to logins over one protocol.
///
/// `Debug` shows neither the password nor the keys.
///
/// ```
/// use session_limit_core::limit::SessionLimit;
/// use session_limit_core::login::Protocol;
/// use session_limit_core::secret::UserSecret;
///
/// let json = br#"{
///     "Password": "correct horse", "FTPPassword": "",
///     "Role": "arn:aws:iam::123456789012:role/transfer",
///     "MaxSessionLimit": "5"
/// }"#;
/// let secret = UserSecret::parse(json, Protocol::Sftp)?;
/// assert_eq!(secret.session_limit(), Some(SessionLimit::new(5)));
/// assert!(secret.has_password());
/// assert!(!UserSecret::parse(json, Protocol::Ftp)?.has_password());
/// # Ok::<(), session_limit_core::secret::SecretError>(())
/// ```
#[derive(Debug)]
pub struct UserSecret {
    /// An error says why there is a password that cannot be used.
    pub(crate) password: Result<Option<StoredPassword>, SecretError>,
    pub(crate) networks: Option<Networks>,
    pub(crate) keys: Option<PublicKeys>,
    /// The grant without the keys.
    pub(crate) grant: Grant,
    limit: Option<SessionLimit>,
    unusable_keys: usize,
    ignores_home_directory: bool,
}

impl UserSecret {
    /// The largest secret that Secrets Manager holds, in bytes.
    pub const MAX_LEN: usize = 65_536;

    /// The keys that are read; each may have a protocol in front of it.
    pub const KEYS: &'static [&'static str] = &fields::KEYS;

    /// Reads a user secret, a JSON object, for logins over `protocol`.
    ///
    /// | key | value | empty means |
    /// |---|---|---|
    /// | `Role` | `arn:…role/…`, 20 to 2,048 characters; required | refused |
    /// | `Password` | plaintext, or a hash by argon2id, scrypt, PBKDF2-SHA256/512 or bcrypt | no password |
    /// | `PublicKey` | OpenSSH keys: separated by commas or line breaks, or a JSON array | no keys |
    /// | `AcceptedIpNetwork` | CIDRs or addresses, separated by commas or blanks, or a JSON array | any |
    /// | `MaxSessionLimit` | a whole number from 0 to 4,294,967,295 | refused |
    /// | `HomeDirectory` | an absolute path, up to 1,024 characters | none |
    /// | `HomeDirectoryDetails` | `[{"Entry":"/…","Target":"/…","Type":"FILE" or "DIRECTORY"}]` | none |
    /// | `HomeDirectoryType` | `PATH` or `LOGICAL`; may be left out | left out |
    /// | `Policy` | a session policy: a JSON object | none |
    /// | `PosixProfile` | `{"Uid":0,"Gid":0,"SecondaryGids":[0]}` | none |
    ///
    /// Numbers and JSON may also be written as strings: the console writes nothing else. `null` is
    /// empty. Blanks around a value do not matter, except around the password. Other keys are
    /// ignored.
    ///
    /// **A key with the protocol in front of it**, such as `FTPPassword`, goes before the bare one,
    /// even if it is empty. So an empty `FTPPassword` means that the user has no password over FTP.
    /// Keys of other protocols are not looked at.
    ///
    /// **Passwords** are hashes if they start as in this table. Anything else is the password
    /// itself, taken to the letter.
    ///
    /// | starts with | is | bounds |
    /// |---|---|---|
    /// | `$argon2id$` | argon2id | m ≤ 65536 (64 MiB), t ≤ 10, p ≤ 4 |
    /// | `$scrypt$` | scrypt | 128·2^ln·r ≤ 64 MiB, that times p ≤ 256 MiB, 128·r·p ≤ 1 MiB |
    /// | `$pbkdf2-sha256$`, `$pbkdf2-sha512$` | PBKDF2 | 1,000 to 2,000,000 rounds |
    /// | `$2a$`, `$2b$`, `$2y$` | bcrypt | cost 4 to 13; passwords of at most 72 bytes |
    ///
    /// Some passwords cannot be used:
    ///
    /// - A hash that is malformed or outside its bounds, and a text with the shape of another kind
    ///   of hash (`$6$salt$…`). Taken for a plaintext, the hash would be the password.
    /// - A plaintext of more than 1,024 characters. No login can bring it.
    ///
    /// Such a [problem](Self::password_problem) refuses logins by password, whatever password they
    /// bring. The user's keys are still good.
    ///
    /// **Home directories.** `HomeDirectoryDetails` means `LOGICAL` and goes before
    /// `HomeDirectory`, as in the solution that this one extends. A `HomeDirectoryType` that says
    /// otherwise is an error: guessing could show a user a whole bucket. Paths are granted as they
    /// are written, [even those with `..`](Self::indirect_home_directory).
    ///
    /// **Public keys** matter to SFTP only. A key of a kind that the service refuses is left out
    /// and [counted](Self::unusable_keys). If that leaves none, it is an error.
    ///
    /// # Errors
    /// A [`SecretError`]. It names the key as it is written in the secret, says what is right and
    /// shows no value. A password that cannot be used is no error here.
    pub fn parse(json: &[u8], protocol: Protocol) -> Result<Self, SecretError> {
        let mut problems = Problems::default();
        let secret = Self::read(json, protocol, &mut problems)?;
        problems.0.into_iter().next().map_or(Ok(secret), Err)
    }

    /// Returns all that is wrong with a user secret for logins over `protocol`. First come the
    /// errors of [`parse`](Self::parse), which itself returns only the first of them. The error of
    /// the password comes last. Where one key decides what another has to be, only the former is
    /// found fault with.
    #[must_use]
    pub fn problems(json: &[u8], protocol: Protocol) -> Vec<SecretError> {
        let mut problems = Problems::default();
        match Self::read(json, protocol, &mut problems) {
            Ok(secret) => problems.0.into_iter().chain(secret.password.err()).collect(),
            Err(unreadable) => vec![unreadable],
        }
    }

    /// Reads what can be read, and notes what cannot.
    fn read(json: &[u8], protocol: Protocol, problems: &mut Problems) -> Result<Self, SecretError> {
        if json.len() > Self::MAX_LEN {
            return Err(SecretError::TooLarge);
        }
        let mut fields = Fields::parse(json, protocol)?;
        let role = problems.note(role(fields.take("Role")));
        let (keys, unusable_keys) = match (protocol, fields.take("PublicKey")) {
            (Protocol::Sftp, Some(field)) => problems.note(public_keys(&field)),
            _ => (None, 0),
        };
        let home = problems.note(home::parse(&mut fields));
        let policy = fields.take("Policy").and_then(|field| problems.note(policy(&field)));
        let posix_profile =
            fields.take("PosixProfile").and_then(|field| problems.note(home::posix(&field)));
        Ok(Self {
            password: fields.take("Password").map_or(Ok(None), |field| password(&field)),
            networks: fields.take("AcceptedIpNetwork").and_then(|f| problems.note(networks(&f))),
            limit: fields.take("MaxSessionLimit").and_then(|f| problems.note(limit(&f).map(Some))),
            keys,
            unusable_keys,
            ignores_home_directory: home.ignores_path,
            grant: Grant {
                role,
                home_directory_type: home.kind,
                home_directory: home.path,
                home_directory_details: home.details,
                policy,
                posix_profile,
                public_keys: None,
            },
        })
    }

    /// The user's `MaxSessionLimit`, if there is one.
    #[must_use]
    pub fn session_limit(&self) -> Option<SessionLimit> {
        self.limit
    }

    /// True if there is a password for this protocol that can be used.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.password().is_some()
    }

    /// The reason why the password for this protocol cannot be used, if there is one that cannot.
    /// The operator should be told.
    #[must_use]
    pub fn password_problem(&self) -> Option<&SecretError> {
        self.password.as_ref().err()
    }

    /// True if the password for this protocol is stored as it is, rather than as a hash.
    #[must_use]
    pub fn has_plaintext_password(&self) -> bool {
        self.password().is_some_and(StoredPassword::is_plaintext)
    }

    /// The password for this protocol, if there is one that can be used.
    pub(crate) fn password(&self) -> Option<&StoredPassword> {
        self.password.as_ref().ok()?.as_ref()
    }

    /// True if the ranges of addresses keep nobody out. Either there are none, or together they are
    /// all of IPv4 or all of IPv6. Anybody can come by either.
    #[must_use]
    pub fn accepts_any_address(&self) -> bool {
        self.networks.as_ref().is_none_or(Networks::keep_nobody_out)
    }

    /// The public keys that the service takes; always `None` where the protocol is not SFTP.
    #[must_use]
    pub fn public_keys(&self) -> Option<&PublicKeys> {
        self.keys.as_ref()
    }

    /// True if there is a `HomeDirectory` that means nothing, because of `HomeDirectoryDetails`.
    #[must_use]
    pub fn ignores_home_directory(&self) -> bool {
        self.ignores_home_directory
    }

    /// The key of a home directory whose path has `//`, or a segment `.` or `..`, if there is one.
    /// The path is granted as it is written. The service does not say where it leads, so the
    /// operator should be told.
    #[must_use]
    pub fn indirect_home_directory(&self) -> Option<&'static str> {
        home::indirect(&self.grant)
    }

    /// The number of public keys that were left out, since they are malformed or of a kind that the
    /// service refuses. The operator should be told.
    #[must_use]
    pub fn unusable_keys(&self) -> usize {
        self.unusable_keys
    }
}

/// The problems of a secret, in the order in which it is read.
#[derive(Default)]
struct Problems(Vec<SecretError>);

impl Problems {
    /// Returns what has been read. Notes a problem, and returns the default in its place.
    fn note<T: Default>(&mut self, read: Result<T, SecretError>) -> T {
        read.unwrap_or_else(|problem| {
            self.0.push(problem);
            T::default()
        })
    }
}

fn role(field: Option<Field>) -> Result<String, SecretError> {
    let field = field.ok_or(SecretError::Missing { key: "Role".into() })?;
    let role = field.text().filter(|role| is_role(role));
    role.map(str::to_owned)
        .ok_or_else(|| field.invalid("the ARN of a role, \"arn:…role/…\", 20 to 2048 characters"))
}

/// True for `arn:.*role/\S+` without a blank anywhere.
fn is_role(role: &str) -> bool {
    (20..=2048).contains(&role.chars().count())
        && !role.contains(|c: char| c.is_whitespace() || c.is_control())
        && role
            .strip_prefix("arn:")
            .and_then(|rest| rest.split_once("role/"))
            .is_some_and(|(_, name)| !name.is_empty())
}

/// Reads a password to the letter. A blank one is none, since a blank one at a login is none
/// either.
fn password(field: &Field) -> Result<Option<StoredPassword>, SecretError> {
    match &field.value {
        _ if field.is_empty() => Ok(None),
        Value::Text(text) => StoredPassword::parse(text.expose_secret())
            .map(Some)
            .map_err(|expected| field.invalid(expected)),
        Value::Json(_) => Err(field.invalid("a string")),
    }
}

fn public_keys(field: &Field) -> Result<(Option<PublicKeys>, usize), SecretError> {
    let expected = "OpenSSH public keys, rsa of 2048 bits or more, ecdsa or ed25519, \
        each up to 2048 characters and without options before it, separated by commas or line \
        breaks or in a JSON array";
    let (keys, unusable) = match field.texts() {
        _ if field.is_empty() => return Ok((None, 0)),
        Some(value::Texts::One(text)) => public_key::usable(text.split(['\n', '\r'])),
        Some(value::Texts::Many(texts)) => public_key::usable(texts.iter().map(|text| text.trim())),
        None => return Err(field.invalid(expected)),
    };
    match PublicKeys::new(keys) {
        None if unusable > 0 => Err(field.invalid(expected)),
        keys => Ok((keys, unusable)),
    }
}

fn networks(field: &Field) -> Result<Option<Networks>, SecretError> {
    let separator = |c: char| c == ',' || c.is_whitespace();
    let networks = match field.texts() {
        _ if field.is_empty() => return Ok(None),
        Some(value::Texts::One(text)) => {
            Networks::parse(text.split(separator).filter(|range| !range.is_empty()))
        }
        Some(value::Texts::Many(ranges)) if ranges.is_empty() => return Ok(None),
        Some(value::Texts::Many(ranges)) => Networks::parse(ranges.iter().map(|r| r.trim())),
        None => None,
    };
    networks.map(Some).ok_or_else(|| {
        field.invalid("CIDRs or addresses, separated by commas or blanks or in a JSON array")
    })
}

fn limit(field: &Field) -> Result<SessionLimit, SecretError> {
    field
        .number()
        .map(SessionLimit::new)
        .ok_or_else(|| field.invalid("a whole number from 0 to 4294967295"))
}

/// Reads a session policy and takes it as it is: only IAM knows what it means.
fn policy(field: &Field) -> Result<Option<String>, SecretError> {
    if field.is_empty() {
        return Ok(None);
    }
    let object = field.json().filter(serde_json::Value::is_object);
    let object = object.ok_or_else(|| field.invalid("a session policy, a JSON object"))?;
    Ok(Some(field.text().map_or_else(|| object.to_string(), str::to_owned)))
}

#[cfg(test)]
mod tests;
