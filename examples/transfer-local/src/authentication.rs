//! The authentication of one client: the methods that the server offers, its questions to the
//! identity provider, and the meaning of the answers.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::{HashAlg, PublicKey};
use session_limit_core::login::Credential;
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::names::{ServerId, UserName};
use tokio::time::Instant;

use crate::grant::Grant;
use crate::identity::{IdentityFunction, LoginEvent};
use crate::log::{KeyUsed, ServerLog};
use crate::stderr;

/// The most questions to the identity provider that one connection may cause.
const MOST_CALLS: u32 = 10;
/// The most characters that are shown of a name that no user can have.
const LONGEST_SHOWN: usize = 100;
/// The text of the log about every failed login.
const FAILURE: &str = "Invalid user name or password";

/// The longest times of logins, from the question to the identity provider to the session. The ledger
/// behind the server takes them for granted: a slower session would find no slot of its login.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoginTimes {
    /// The longest login by password, which is there when the question is asked.
    pub password: Duration,
    /// The longest login by key. It is proved after the question, and a person may type a
    /// passphrase in between.
    pub key: Duration,
}

/// The authentication of one connection.
pub struct Authentication {
    /// The methods by which the server lets its clients authenticate.
    methods: AuthenticationMethods,
    login_times: LoginTimes,
    server: ServerId,
    source: IpAddr,
    identity: Arc<dyn IdentityFunction>,
    log: ServerLog,
    calls: u32,
    /// The identity provider's answer to the first key that this connection offered, and the user
    /// it is about. **It is asked once per connection and user, whatever number of keys the client
    /// offers**, and not again when the signature has been verified.
    key_answer: Option<KeyAnswer>,
    /// The key that the user of this name has proved to hold, where a password must follow.
    key_proved: Option<(String, KeyUsed)>,
    /// The user whose keys have been named, and who has offered none of them so far.
    wrong_key: Option<String>,
}

/// The identity provider's answer about a user's keys.
struct KeyAnswer {
    user: String,
    /// `None` for every refusal.
    grant: Option<Grant>,
    asked: Instant,
}

/// An authenticated client.
#[derive(Debug)]
pub struct Login {
    /// The user.
    pub user: UserName,
    /// The identity provider's answer.
    pub grant: Grant,
    /// The key that the client has proved to hold, if it did.
    pub key: Option<KeyUsed>,
}

/// The result of an attempt to log in.
#[derive(Debug)]
pub enum Step {
    /// The session begins.
    Done(Box<Login>),
    /// The key was right, and a password must follow.
    PasswordNext,
    /// The attempt is refused.
    Refused,
}

impl Authentication {
    /// The authentication of a client of `server` at the address `source`.
    #[must_use]
    pub fn new(
        methods: AuthenticationMethods,
        login_times: LoginTimes,
        server: ServerId,
        source: IpAddr,
        identity: Arc<dyn IdentityFunction>,
        log: ServerLog,
    ) -> Self {
        Self {
            methods,
            login_times,
            server,
            source,
            identity,
            log,
            calls: 0,
            key_answer: None,
            key_proved: None,
            wrong_key: None,
        }
    }

    /// True if the client may offer a key now.
    #[must_use]
    pub fn takes_keys(&self) -> bool {
        match self.methods {
            AuthenticationMethods::Password => false,
            AuthenticationMethods::PublicKeyAndPassword => self.key_proved.is_none(),
            AuthenticationMethods::PublicKey | AuthenticationMethods::PublicKeyOrPassword => true,
        }
    }

    /// True if the client may send a password now.
    #[must_use]
    pub fn takes_passwords(&self) -> bool {
        match self.methods {
            AuthenticationMethods::PublicKey => false,
            AuthenticationMethods::PublicKeyAndPassword => self.key_proved.is_some(),
            AuthenticationMethods::Password | AuthenticationMethods::PublicKeyOrPassword => true,
        }
    }

    /// Takes a key that the client offers, and has not proved to hold. Returns true if a proof
    /// would be worth while.
    pub async fn key_offered(&mut self, user: &str, key: &PublicKey) -> bool {
        self.forget_other_users(user);
        if !self.takes_keys() {
            return false;
        }
        if self.key_answer.is_none() {
            let asked = Instant::now();
            let grant = self.ask(user, None).await;
            self.key_answer = Some(KeyAnswer { user: user.to_owned(), grant, asked });
        }
        let grant = self.key_grant(user);
        let (is_granted, known) =
            (grant.is_some(), grant.is_some_and(|grant| holds(&grant.public_keys, key)));
        if !known {
            self.failed("publickey", user);
        }
        self.wrong_key = (is_granted && !known).then(|| user.to_owned());
        known
    }

    /// Takes a key that the client has proved to hold.
    pub async fn key_proved(&mut self, user: &str, key: &PublicKey) -> Step {
        // Asks nobody: the offer of this key has been answered already.
        if !self.key_offered(user, key).await {
            return Step::Refused;
        }
        let Some(KeyAnswer { grant: Some(grant), asked, .. }) = &self.key_answer else {
            return Step::Refused;
        };
        let (Ok(name), grant, asked) = (UserName::new(user), grant.clone(), *asked) else {
            return Step::Refused;
        };
        let key = KeyUsed {
            fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
            kind: key.algorithm().as_str().to_owned(),
        };
        if self.methods == AuthenticationMethods::PublicKeyAndPassword {
            self.key_proved = Some((user.to_owned(), key));
            return Step::PasswordNext;
        }
        if is_too_late(user, asked, self.login_times.key) {
            self.failed("publickey", user);
            return Step::Refused;
        }
        Step::Done(Box::new(Login { user: name, grant, key: Some(key) }))
    }

    /// Takes a password that the client has sent.
    pub async fn password(&mut self, user: &str, password: &str) -> Step {
        self.forget_other_users(user);
        if !self.takes_passwords() {
            return Step::Refused;
        }
        let asked = Instant::now();
        // To an identity provider an empty password means that there is none.
        let grant = if password.trim().is_empty() {
            refused(user, "the password is empty");
            None
        } else if password.chars().count() > Credential::MAX_PASSWORD_CHARS {
            let most = Credential::MAX_PASSWORD_CHARS;
            refused(user, format_args!("the password has more than {most} characters"));
            None
        } else {
            self.ask(user, Some(password)).await
        };
        // Transfer Family takes an answer with keys for the answer to another question.
        let grant = grant.filter(|grant| {
            let has_keys = !grant.public_keys.is_empty();
            if has_keys {
                refused(user, "the answer to a password has PublicKeys");
            }
            !has_keys
        });
        let grant = grant.filter(|_| !is_too_late(user, asked, self.login_times.password));
        let (Ok(name), Some(grant)) = (UserName::new(user), grant) else {
            self.failed("password", user);
            return Step::Refused;
        };
        self.wrong_key = None;
        let key = self.key_proved.take().map(|(_, key)| key);
        Step::Done(Box::new(Login { user: name, grant, key }))
    }

    /// Forgets the proofs of other users: they must not help this one.
    fn forget_other_users(&mut self, user: &str) {
        self.key_answer.take_if(|answer| answer.user != user);
        self.key_proved.take_if(|(name, _)| name != user);
        if self.wrong_key.as_deref().is_some_and(|name| name != user) {
            self.report_wrong_key();
        }
    }

    /// Reports wrong keys once for all that were tried: a right one may follow a wrong one.
    fn report_wrong_key(&mut self) {
        if let Some(user) = self.wrong_key.take() {
            refused(&user, "the key is not one of the user's");
        }
    }

    fn key_grant(&self, user: &str) -> Option<&Grant> {
        self.key_answer.as_ref().filter(|answer| answer.user == user)?.grant.as_ref()
    }

    /// Asks the identity provider; `None` for every refusal.
    async fn ask(&mut self, user: &str, password: Option<&str>) -> Option<Grant> {
        self.calls = self.calls.saturating_add(1);
        if let Err(error) = UserName::new(user) {
            refused(user, error);
            return None;
        }
        if self.calls > MOST_CALLS {
            refused(user, "too many attempts on one connection");
            return None;
        }
        let event = LoginEvent {
            username: user,
            password,
            protocol: "SFTP",
            server_id: self.server.as_str(),
            source_ip: &self.source.to_string(),
        };
        let event = serde_json::to_vec(&event).ok()?;
        match self.identity.invoke(event).await {
            Ok(answer) => Grant::read(&answer).unwrap_or_else(|error| {
                let about = "the answer of the identity provider cannot be used";
                refused(user, format_args!("{about}: {error}"));
                None
            }),
            Err(error) => {
                refused(user, format_args!("the identity provider failed: {error:#}"));
                None
            }
        }
    }

    fn failed(&self, method: &str, user: &str) {
        self.log.auth_failure(method, user, self.source, FAILURE);
    }
}

impl Drop for Authentication {
    fn drop(&mut self) {
        self.report_wrong_key();
    }
}

/// Says why nobody has asked the identity provider, or why its answer is no help.
fn refused(user: &str, reason: impl fmt::Display) {
    if UserName::new(user).is_ok() {
        return stderr::line(format_args!("refused {user}: {reason}"));
    }
    // Anything can stand in the place of a name, even what a terminal obeys.
    let start: String = user.chars().take(LONGEST_SHOWN).flat_map(char::escape_default).collect();
    let more = if user.chars().nth(LONGEST_SHOWN).is_some() { "…" } else { "" };
    stderr::line(format_args!("refused \"{start}{more}\": {reason}"));
}

/// Tells whether a session that starts now comes too late after its login, and if so says it.
fn is_too_late(user: &str, asked: Instant, login_time: Duration) -> bool {
    let is_too_late = asked.elapsed() >= login_time;
    if is_too_late {
        let longest = humantime::format_duration(login_time);
        refused(user, format_args!("the login took {longest} or longer, and its slot may be gone"));
    }
    is_too_late
}

/// True if `key` is one of the keys that the identity provider has named.
fn holds(named: &[String], key: &PublicKey) -> bool {
    named
        .iter()
        .filter_map(|text| PublicKey::from_openssh(text).ok())
        .any(|known| known.key_data() == key.key_data())
}
