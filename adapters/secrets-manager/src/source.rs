//! User secrets from Secrets Manager.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;
use aws_smithy_async::future::timeout::Timeout;
use aws_smithy_async::rt::sleep::{AsyncSleep, TokioSleep};
use session_limit_core::names::{ServerId, UserName};
use session_limit_core::secret::{SecretBytes, SecretSourceError, UserSecrets};
use session_limit_core::time::Timestamp;

use crate::cache::{Answer, Cache, Refetch};
use crate::client::LazyClient;
use crate::error::{classify, is_no_such_secret};
use crate::{FetchError, NamePattern, Settings};

/// User secrets from Secrets Manager.
///
/// It needs a Tokio runtime with its timer and I/O enabled.
pub struct SecretsManager {
    client: LazyClient,
    names: NamePattern,
    timeout: Duration,
    cache: Mutex<Cache>,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
}

impl SecretsManager {
    /// A source that asks as the environment configures the AWS SDK: region, credentials, endpoint,
    /// attempts. Nothing is read before the first request.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self::of(LazyClient::new(&settings), settings)
    }

    /// A source that asks through `client` as it is, with its own region and its own attempts. The
    /// timeout of `settings` bounds a request all the same.
    #[must_use]
    pub fn with_client(client: Client, settings: Settings) -> Self {
        Self::of(LazyClient::ready(client), settings)
    }

    /// The same source with another clock than the system's, for tests.
    #[must_use]
    pub fn with_clock(self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { clock: Box::new(clock), ..self }
    }

    fn of(client: LazyClient, settings: Settings) -> Self {
        Self {
            client,
            names: settings.names,
            timeout: settings.timeout,
            cache: Mutex::new(Cache::new(settings.cache)),
            clock: Box::new(wall_clock),
        }
    }

    /// Fetches the secret of `user` as it is stored now; `None` if there is no such user. The cache
    /// is neither read nor changed.
    ///
    /// # Errors
    /// Secrets Manager gave no answer.
    pub async fn fetch(
        &self,
        server: &ServerId,
        user: &UserName,
    ) -> Result<Option<SecretBytes>, FetchError> {
        self.fetch_named(&self.names.name(server, user)).await
    }

    async fn fetch_named(&self, name: &str) -> Result<Answer, FetchError> {
        let bound = TokioSleep::new().sleep(self.timeout);
        match Timeout::new(Box::pin(self.ask(name)), bound).await {
            Ok(answer) => answer,
            Err(_) => Err(FetchError::TimedOut(self.timeout)),
        }
    }

    async fn ask(&self, name: &str) -> Result<Answer, FetchError> {
        let client = self.client.get().await;
        match client.get_secret_value().secret_id(name).send().await {
            Ok(output) => content(output).map(Some).ok_or(FetchError::Invalid),
            Err(error) if is_no_such_secret(&error) => Ok(None),
            Err(error) => Err(classify(&error, self.timeout)),
        }
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl UserSecrets for SecretsManager {
    async fn secret(
        &self,
        server: &ServerId,
        user: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        let name = self.names.name(server, user);
        // What is stored may change while it is asked for.
        let now = (self.clock)();
        let kept = self.cache().get(&name, now);
        if let Some(answer) = kept {
            return Ok(answer);
        }
        let answer = self.fetch_named(&name).await?;
        self.cache().put(&name, &answer, now);
        Ok(answer)
    }

    async fn newer_secret(
        &self,
        server: &ServerId,
        user: &UserName,
    ) -> Result<Option<SecretBytes>, SecretSourceError> {
        let name = self.names.name(server, user);
        let now = (self.clock)();
        let refetch = self.cache().refetch(&name, now);
        match refetch {
            Refetch::No => Ok(None),
            Refetch::Known(answer) => Ok(answer),
            Refetch::Ask => {
                let answer = self.fetch_named(&name).await?;
                let mut cache = self.cache();
                let is_newer = !cache.holds(&name, &answer);
                cache.put(&name, &answer, now);
                Ok(answer.filter(|_| is_newer))
            }
        }
    }
}

/// `Debug` shows no secret, and not even the users whose secrets are in the cache.
impl fmt::Debug for SecretsManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretsManager")
            .field("names", &self.names)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// The secret in an answer, be it stored as text or as bytes.
fn content(output: GetSecretValueOutput) -> Option<SecretBytes> {
    let binary = output.secret_binary.map(|blob| blob.into_inner());
    output.secret_string.map(SecretBytes::from).or(binary.map(SecretBytes::new))
}

/// The time of day: unlike a stopwatch it goes on while a Lambda function is frozen, so that a
/// replaced password does not live on in it.
fn wall_clock() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::EPOCH.after(since)
}
