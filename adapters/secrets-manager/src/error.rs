//! The failures of Secrets Manager.

use std::error::Error as StdError;
use std::time::Duration;

use aws_sdk_secretsmanager::config::http::HttpResponse;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use session_limit_core::secret::SecretSourceError;
use thiserror::Error;

/// The reason why Secrets Manager gave no answer. "No such secret" is an answer, and not among
/// these.
///
/// None of them holds anything of a secret.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The caller may not read the secret, or may not use the key that encrypts it, or is not who
    /// it says it is.
    #[error("Secrets Manager denied access ({code})")]
    Denied {
        /// The service's error code.
        code: String,
    },
    /// Too many requests.
    #[error("Secrets Manager throttled the request ({code})")]
    Throttled {
        /// The service's error code.
        code: String,
    },
    /// The service did not answer in time.
    #[error("Secrets Manager did not answer within {} ms", .0.as_millis())]
    TimedOut(Duration),
    /// The request did not reach the service: no connection, no credentials, no region.
    #[error("Secrets Manager could not be asked: {cause}")]
    Unreachable {
        /// The error on this side and its causes, in one line.
        cause: String,
    },
    /// The service failed.
    #[error("Secrets Manager failed with status {status} ({code})")]
    Failed {
        /// The HTTP status.
        status: u16,
        /// The service's error code.
        code: String,
    },
    /// The answer is not one of Secrets Manager, or has no secret.
    #[error("the answer is not one of Secrets Manager, or has no secret")]
    Invalid,
}

impl FetchError {
    /// True if the same request may succeed a little later.
    #[must_use]
    pub const fn is_retryable(&self) -> bool {
        match self {
            Self::Throttled { .. } | Self::TimedOut(_) | Self::Unreachable { .. } => true,
            Self::Failed { status, .. } => *status >= 500,
            Self::Denied { .. } | Self::Invalid => false,
        }
    }
}

impl From<FetchError> for SecretSourceError {
    fn from(error: FetchError) -> Self {
        Self::new(error.to_string())
    }
}

/// True if an error says that there is no such secret. A secret that is scheduled for deletion is
/// none either, and nothing else about reading one is an invalid request.
pub(crate) fn is_no_such_secret(error: &SdkError<GetSecretValueError, HttpResponse>) -> bool {
    error.as_service_error().is_some_and(|error| {
        error.is_resource_not_found_exception() || error.is_invalid_request_exception()
    })
}

/// The meaning of an error of the SDK; `timeout` is the bound that it kept.
pub(crate) fn classify(
    error: &SdkError<GetSecretValueError, HttpResponse>,
    timeout: Duration,
) -> FetchError {
    match error {
        SdkError::TimeoutError(_) => FetchError::TimedOut(timeout),
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(error) if error.is_timeout() => FetchError::TimedOut(timeout),
            Some(error) => FetchError::Unreachable { cause: chain(error) },
            None => FetchError::Unreachable { cause: chain(error) },
        },
        SdkError::ServiceError(context) => {
            service_error(context.raw().status().as_u16(), context.err().code())
        }
        // The text of the error may quote the response.
        SdkError::ResponseError(_) => FetchError::Invalid,
        error => FetchError::Unreachable { cause: chain(error) },
    }
}

fn service_error(status: u16, code: Option<&str>) -> FetchError {
    if status < 400 {
        return FetchError::Invalid;
    }
    let code = one_line(code.unwrap_or("no error code"), 64);
    if THROTTLED.contains(&code.as_str()) || status == 429 {
        FetchError::Throttled { code }
    } else if DENIED.contains(&code.as_str()) || matches!(status, 401 | 403) {
        FetchError::Denied { code }
    } else {
        FetchError::Failed { status, code }
    }
}

const THROTTLED: [&str; 7] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
];

const DENIED: [&str; 9] = [
    "AccessDenied",
    "AccessDeniedException",
    "DecryptionFailure",
    "ExpiredTokenException",
    "IncompleteSignature",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "MissingAuthenticationTokenException",
    "UnrecognizedClientException",
];

/// An error and its sources, in one line.
fn chain(error: &dyn StdError) -> String {
    let mut texts = vec![error.to_string()];
    let mut next = error.source();
    while let Some(source) = next {
        texts.push(source.to_string());
        next = source.source();
    }
    texts.dedup();
    one_line(&texts.join(": "), 400)
}

fn one_line(text: &str, longest: usize) -> String {
    text.chars().take(longest).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
