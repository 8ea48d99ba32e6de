//! The ways in which a server lets its SFTP users authenticate: its `SftpAuthenticationMethods`.

use std::collections::BTreeMap;

use crate::names::ServerId;

/// A server's `SftpAuthenticationMethods`. FTP and FTPS know passwords only, whatever it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthenticationMethods {
    /// Either a valid key or a valid password; the service's default.
    #[default]
    PublicKeyOrPassword,
    /// A valid key only.
    PublicKey,
    /// A valid password only.
    Password,
    /// Both a valid key and a valid password; the identity provider is asked twice.
    PublicKeyAndPassword,
}

impl AuthenticationMethods {
    const ALL: [(Self, &'static str); 4] = [
        (Self::PublicKeyOrPassword, "PUBLIC_KEY_OR_PASSWORD"),
        (Self::PublicKey, "PUBLIC_KEY"),
        (Self::Password, "PASSWORD"),
        (Self::PublicKeyAndPassword, "PUBLIC_KEY_AND_PASSWORD"),
    ];

    /// The service's own name for it, such as `PUBLIC_KEY_OR_PASSWORD`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(methods, _)| *methods == self).map_or("", |(_, name)| name)
    }
}

impl std::str::FromStr for AuthenticationMethods {
    type Err = MethodsError;

    fn from_str(text: &str) -> Result<Self, MethodsError> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(m, _)| *m).ok_or(MethodsError)
    }
}

/// A text that names no authentication methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected PUBLIC_KEY_OR_PASSWORD, PUBLIC_KEY, PASSWORD or PUBLIC_KEY_AND_PASSWORD")]
pub struct MethodsError;

/// The authentication methods of every server that shares one identity provider.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerMethods {
    others: AuthenticationMethods,
    named: BTreeMap<ServerId, AuthenticationMethods>,
}

impl ServerMethods {
    /// Every server has `methods`.
    #[must_use]
    pub fn all(methods: AuthenticationMethods) -> Self {
        Self { others: methods, named: BTreeMap::new() }
    }

    /// The same, except that `server` has `methods`.
    #[must_use]
    pub fn with(mut self, server: ServerId, methods: AuthenticationMethods) -> Self {
        self.named.insert(server, methods);
        self
    }

    /// The methods of `server`.
    #[must_use]
    pub fn of(&self, server: &ServerId) -> AuthenticationMethods {
        self.named.get(server).copied().unwrap_or(self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip() {
        for (methods, name) in AuthenticationMethods::ALL {
            assert_eq!(methods.as_str(), name);
            assert_eq!(name.parse(), Ok(methods));
        }
        assert_eq!("password".parse::<AuthenticationMethods>(), Err(MethodsError));
    }

    #[test]
    fn a_named_server_has_its_own_methods() {
        let server = ServerId::new("s-1").unwrap();
        let methods = ServerMethods::all(AuthenticationMethods::Password)
            .with(server.clone(), AuthenticationMethods::PublicKey);
        assert_eq!(methods.of(&server), AuthenticationMethods::PublicKey);
        assert_eq!(methods.of(&ServerId::new("s-2").unwrap()), AuthenticationMethods::Password);
    }
}
