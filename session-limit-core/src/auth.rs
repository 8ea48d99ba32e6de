//! The authentication of a login.

mod decoy;

use secrecy::ExposeSecret;

pub use decoy::{Decoy, DecoyError};

use crate::login::{Credential, Login, Phase, Protocol};
use crate::methods::AuthenticationMethods;
use crate::refusal::Refusal;
use crate::secret::UserSecret;

/// Checks `login` against the user's secret. `secret` may be a refusal that says why there is none.
///
/// The password is compared first, whatever else is the matter. Where there is none to compare
/// with, the `decoy` is compared. So the time of a refusal does not tell a wrong password from an
/// unknown user, a user without a password or a wrong address.
///
/// The time of a comparison still depends on the kind of hash. Where users have several kinds, a
/// refusal has to be answered no earlier than the costliest hash in use takes.
pub(crate) fn authenticate(
    login: &Login,
    secret: Result<UserSecret, Refusal>,
    methods: AuthenticationMethods,
    decoy: &Decoy,
) -> Result<UserSecret, Refusal> {
    let stored = secret.as_ref().ok().and_then(UserSecret::password);
    let right_password = match &login.credential {
        Credential::Password(given) => decoy.verify_or(stored, given.expose_secret()),
        Credential::Key => false,
    };
    let phase = login.phase();
    if !allows(methods, login.protocol, phase) {
        return Err(Refusal::MethodNotAllowed { protocol: login.protocol, phase });
    }
    let secret = secret?;
    match (&secret.networks, login.source) {
        (None, _) => {}
        (Some(_), None) => return Err(Refusal::AddressUnknown),
        (Some(networks), Some(source)) if networks.contain(source) => {}
        (Some(_), Some(_)) => return Err(Refusal::AddressNotAccepted),
    }
    match phase {
        Phase::Key if secret.keys.is_none() => Err(Refusal::NoPublicKey),
        Phase::Key => Ok(secret),
        Phase::Password => match secret.password {
            Err(problem) => Err(Refusal::Configuration(problem)),
            Ok(None) => Err(Refusal::NoPassword),
            Ok(Some(_)) if !right_password => Err(Refusal::WrongPassword),
            Ok(Some(_)) => Ok(secret),
        },
    }
}

/// True if a server with these methods takes such a login. FTP and FTPS know passwords only.
pub(crate) fn allows(methods: AuthenticationMethods, protocol: Protocol, phase: Phase) -> bool {
    match (protocol, phase) {
        (Protocol::Sftp, Phase::Key) => methods != AuthenticationMethods::Password,
        (Protocol::Sftp, Phase::Password) => methods != AuthenticationMethods::PublicKey,
        (Protocol::Ftp | Protocol::Ftps, phase) => phase == Phase::Password,
    }
}
