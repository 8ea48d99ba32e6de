//! The login: one call of the identity provider.

mod error;
mod event;

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};

pub use error::LoginError;

use crate::names::{ServerId, UserName};

/// The phase of authentication that a login belongs to. Where a server wants a key and a password,
/// a client goes through both phases. Where it wants either, a client may try [`Key`](Self::Key)
/// before [`Password`](Self::Password).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Phase {
    /// No password came with the login: the service wants the user's public keys and checks the
    /// signature itself, afterwards.
    Key,
    /// A password came with the login.
    Password,
}

/// The protocol that the client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Protocol {
    /// SFTP, over SSH; the only protocol that knows public keys.
    Sftp,
    /// FTP over TLS.
    Ftps,
    /// FTP.
    Ftp,
}

impl Protocol {
    /// Every protocol.
    pub const ALL: [Self; 3] = [Self::Sftp, Self::Ftps, Self::Ftp];

    /// The service's own name for it: `SFTP`, `FTPS` or `FTP`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sftp => "SFTP",
            Self::Ftps => "FTPS",
            Self::Ftp => "FTP",
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Protocol {
    type Err = ProtocolError;

    fn from_str(text: &str) -> Result<Self, ProtocolError> {
        Self::ALL.into_iter().find(|protocol| protocol.as_str() == text).ok_or(ProtocolError)
    }
}

/// A text that names no protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected SFTP, FTPS or FTP")]
pub struct ProtocolError;

/// The credential that a login brings. The password is wiped when it is dropped, and `Debug` does
/// not show it.
#[derive(Clone, Debug)]
pub enum Credential {
    /// A password, of 1 to 1,024 characters and not blank.
    Password(SecretString),
    /// No credential: the service asks for the user's public keys.
    Key,
}

impl Credential {
    /// The longest password the service sends, in characters.
    pub const MAX_PASSWORD_CHARS: usize = 1024;
}

/// One call of the identity provider.
///
/// ```
/// use session_limit_core::login::{Login, Phase, Protocol};
///
/// let login = Login::parse(
///     br#"{"username":"bobusa","password":"mysecretpassword","protocol":"SFTP",
///          "serverId":"s-1234567890abcdef0","sourceIp":"192.168.0.100"}"#,
/// )?;
/// assert_eq!(login.user.as_str(), "bobusa");
/// assert_eq!(login.protocol, Protocol::Sftp);
/// assert_eq!(login.phase(), Phase::Password);
/// assert!(!format!("{login:?}").contains("mysecretpassword"));
/// # Ok::<(), session_limit_core::login::LoginError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Login {
    /// The server.
    pub server: ServerId,
    /// The user who wants to log in.
    pub user: UserName,
    /// The protocol that the client speaks.
    pub protocol: Protocol,
    /// The client's address, if the service told it. An IPv4-mapped IPv6 address is the IPv4
    /// address that it stands for.
    pub source: Option<IpAddr>,
    /// The password, or none.
    pub credential: Credential,
}

impl Login {
    /// Reads the event of an identity-provider Lambda, a JSON object:
    ///
    /// | field | |
    /// |---|---|
    /// | `serverId`, `username` | required |
    /// | `protocol` | required: `SFTP`, `FTPS` or `FTP` |
    /// | `password` | at most 1,024 characters; absent, empty or blank: the [key phase](Phase::Key) |
    /// | `sourceIp` | IPv4 or IPv6; may be absent or empty |
    ///
    /// `null` is the same as absent. Unknown fields are ignored. A known field that comes twice is
    /// an error, since two readers of the event could disagree on which counts.
    ///
    /// # Errors
    /// A [`LoginError`] that names the field and what was expected. It shows no value.
    pub fn parse(event: &[u8]) -> Result<Self, LoginError> {
        let event = event::Event::parse(event)?;
        Ok(Self {
            server: event::name("serverId", event.server, ServerId::new)?,
            user: event::name("username", event.user, UserName::new)?,
            protocol: protocol(event.protocol)?,
            source: source(event.source)?,
            credential: credential(event.password)?,
        })
    }

    /// The phase of authentication: by password or by key.
    #[must_use]
    pub const fn phase(&self) -> Phase {
        match self.credential {
            Credential::Password(_) => Phase::Password,
            Credential::Key => Phase::Key,
        }
    }
}

fn protocol(field: event::Field) -> Result<Protocol, LoginError> {
    let text = field.required("protocol")?;
    text.expose_secret().parse().map_err(|ProtocolError| LoginError::Invalid {
        field: "protocol",
        expected: "SFTP, FTPS or FTP",
    })
}

/// Reads the client's address. A login without one is not refused here; one of a user with ranges
/// of addresses is refused later. An address that cannot be read is an error: nobody could say
/// where the login comes from.
fn source(field: event::Field) -> Result<Option<IpAddr>, LoginError> {
    let Some(text) = field.optional("sourceIp")? else { return Ok(None) };
    if text.expose_secret().is_empty() {
        return Ok(None);
    }
    let source = text.expose_secret().parse::<IpAddr>().map_err(|_| LoginError::Invalid {
        field: "sourceIp",
        expected: "an IPv4 or IPv6 address",
    })?;
    Ok(Some(source.to_canonical()))
}

fn credential(field: event::Field) -> Result<Credential, LoginError> {
    let Some(password) = field.optional("password")? else { return Ok(Credential::Key) };
    if password.expose_secret().trim().is_empty() {
        return Ok(Credential::Key);
    }
    if password.expose_secret().chars().count() > Credential::MAX_PASSWORD_CHARS {
        return Err(LoginError::Invalid { field: "password", expected: "at most 1024 characters" });
    }
    Ok(Credential::Password(password))
}

#[cfg(test)]
mod tests;
