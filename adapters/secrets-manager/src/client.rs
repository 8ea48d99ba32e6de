//! The SDK's client, made when it is needed first.

use std::sync::OnceLock;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_smithy_http_client::Builder as HttpClient;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use crate::Settings;

/// A client that is made when it is needed first: reading certificates, profiles and credentials
/// must not delay the start of a process.
#[derive(Debug)]
pub(crate) struct LazyClient {
    region: Option<String>,
    attempt: Duration,
    client: OnceLock<Client>,
}

/// Attempts at one request, as far as its time allows; `AWS_MAX_ATTEMPTS` goes before it.
const ATTEMPTS: u32 = 3;
/// The SDK's own second is a long time to somebody who is logging in.
const FIRST_BACKOFF: Duration = Duration::from_millis(50);

impl LazyClient {
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            region: settings.region.clone(),
            attempt: settings.timeout / ATTEMPTS,
            client: OnceLock::new(),
        }
    }

    pub(crate) fn ready(client: Client) -> Self {
        Self { region: None, attempt: Duration::ZERO, client: client.into() }
    }

    pub(crate) async fn get(&self) -> &Client {
        match self.client.get() {
            Some(client) => client,
            // If two come at once, one of the clients is dropped.
            None => {
                let client = self.make().await;
                self.client.get_or_init(|| client)
            }
        }
    }

    async fn make(&self) -> Client {
        let http = HttpClient::new().tls_provider(Provider::Rustls(CryptoMode::Ring));
        let mut loader =
            aws_config::defaults(BehaviorVersion::latest()).http_client(http.build_https());
        if let Some(region) = &self.region {
            loader = loader.region(Region::new(region.clone()));
        }
        let config = loader.load().await;
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(self.attempt).build();
        let service = aws_sdk_secretsmanager::config::Builder::from(&config)
            .retry_config(retries(&config))
            .timeout_config(timeouts)
            .build();
        Client::from_conf(service)
    }
}

fn retries(config: &SdkConfig) -> RetryConfig {
    let standard = || RetryConfig::standard().with_max_attempts(ATTEMPTS);
    let retries = config.retry_config().cloned().unwrap_or_else(standard);
    retries.with_initial_backoff(FIRST_BACKOFF)
}
