//! A Lambda function in any language, behind the Invoke API of a local emulator.

mod provider;
mod tracker;

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow, bail};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::CONTENT_TYPE;
use hyper::{Request, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::de::IgnoredAny;

pub(crate) use provider::ProviderFunction;
pub(crate) use tracker::TrackerFunction;

const EXPECTED: &str = "write the http URL that invokes it, such as \
                        http://127.0.0.1:9000/2015-03-31/functions/NAME/invocations";

/// Marks the answer of a function that failed. The status is 200 then all the same.
const FUNCTION_ERROR: &str = "X-Amz-Function-Error";

/// The largest answer that Lambda lets a function give.
const LARGEST_ANSWER: usize = 6 * 1024 * 1024;

/// A function that is invoked by a POST to its URL.
pub(crate) struct Function {
    url: Uri,
    timeout: Duration,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Function {
    /// The function behind `url`, which has `timeout` for each answer.
    ///
    /// # Errors
    /// Nothing can be invoked there. The URL is not repeated: it may hold a password.
    pub(crate) fn new(url: &str, timeout: Duration) -> Result<Self> {
        let url: Uri = url.parse().map_err(|_| anyhow!("this is no URL; {EXPECTED}"))?;
        match url.scheme_str() {
            Some("http") => {}
            Some("https") => bail!(
                "a function on AWS wants its requests signed, and here nothing is signed or \
                 encrypted; {EXPECTED}"
            ),
            _ => bail!("this is no http URL; {EXPECTED}"),
        }
        if url.authority().is_some_and(|authority| authority.as_str().contains('@')) {
            bail!("an emulator takes no user name or password; {EXPECTED}");
        }
        // A connection that is kept may be closed at the moment at which it is used again.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
        Ok(Self { url, timeout, client })
    }

    /// Invokes the function and waits for its answer, which is JSON.
    ///
    /// # Errors
    /// The function failed, or gave no such answer in time. Nothing of the event or of the answer
    /// is shown: both may hold secrets.
    pub(crate) async fn invoke(&self, event: Vec<u8>) -> Result<Vec<u8>> {
        let answer = tokio::time::timeout(self.timeout, self.post(event)).await;
        answer.unwrap_or_else(|_| {
            bail!("no answer within {}", humantime::format_duration(self.timeout))
        })
    }

    async fn post(&self, event: Vec<u8>) -> Result<Vec<u8>> {
        let request = Request::post(&self.url).header(CONTENT_TYPE, "application/json");
        let request = request.body(Full::from(event))?;
        let response = self.client.request(request).await.context("it cannot be invoked")?;
        let status = response.status();
        if status != StatusCode::OK {
            bail!("its emulator answered with the status {status}, not with 200 OK");
        }
        let has_failed = response.headers().contains_key(FUNCTION_ERROR);
        let body = Limited::new(response.into_body(), LARGEST_ANSWER).collect().await;
        let body = body.map_err(Error::from_boxed).context("its answer cannot be read")?;
        let answer = Vec::from(body.to_bytes());
        if has_failed || tells_of_an_error(&answer) {
            bail!("the function reported an error, which its own log tells more about");
        }
        if serde_json::from_slice::<IgnoredAny>(&answer).is_err() {
            bail!("its answer is not JSON");
        }
        Ok(answer)
    }
}

/// True if an answer has the form that a runtime gives to errors: some emulators mark them in no
/// other way.
fn tells_of_an_error(answer: &[u8]) -> bool {
    serde_json::from_slice::<HashMap<String, IgnoredAny>>(answer).is_ok_and(|answer| {
        ["errorType", "errorMessage"].iter().all(|key| answer.contains_key(*key))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_can_be_invoked_is_accepted() {
        let new = |url| Function::new(url, Duration::from_secs(1));
        for good in ["http://127.0.0.1:9000/x", "http://localhost/", "http://[::1]:1/a?b=c"] {
            assert!(new(good).is_ok(), "{good} was refused");
        }
        for (bad, why) in [
            ("https://lambda.us-east-1.amazonaws.com/x", "signed"),
            ("ftp://127.0.0.1/hush", "no http URL"),
            ("127.0.0.1:9000", "no http URL"),
            ("/hush", "no http URL"),
            ("http://", "no URL"),
            ("http://a hush", "no URL"),
            ("http://me:hush@127.0.0.1:9000/", "no user name or password"),
        ] {
            let error = new(bad).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(
                error.contains(why) && error.contains("http://127.0.0.1:9000"),
                "{bad}: {error}"
            );
            assert!(!error.contains("hush"), "{error}");
        }
    }
}
