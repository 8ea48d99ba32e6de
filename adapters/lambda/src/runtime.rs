//! Starting a function, and running it behind the Lambda Runtime API.

use std::fmt::{self, Display};

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::value::RawValue;
use session_limit_settings::{SettingError, Settings, SettingsError};
use tracing::{error, warn};

use crate::invocation::Invocation;
use crate::logging;

/// The variables that Lambda sets in every function, and the runtime cannot do without.
const LAMBDA: [&str; 4] = [
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
];

/// Reads the settings from the environment, and starts logging. The crates that `own` names, as
/// `module_path!` spells them, may log at any level; all others may not log below INFO.
///
/// # Errors
/// All that is missing or wrong in the settings, one line each.
pub fn start(own: &'static [&'static str]) -> Result<Settings, StartError> {
    start_with(own, |_| Ok(())).map(|(settings, ())| settings)
}

/// Does the same as [`start`], and makes with `wire` what the settings ask for. All that is wrong
/// with either is reported at once: see [`Settings::read_with`].
///
/// # Errors
/// All that is missing or wrong in the settings, one line each.
pub fn start_with<T>(
    own: &'static [&'static str],
    wire: impl FnOnce(&Settings) -> Result<T, SettingsError>,
) -> Result<(Settings, T), StartError> {
    let (settings, wired) = Settings::read_with(|name| std::env::var_os(name), wire)?;
    logging::start(&settings.log, own);
    if let Some(doubt) = settings.doubt() {
        warn!("{doubt}");
    }
    Ok((settings, wired))
}

/// Answers invocations with `handler` until Lambda ends the process. `handler` gets the event as it
/// came: any JSON.
///
/// # Errors
/// The process does not run in Lambda, or the Lambda Runtime API cannot be reached.
pub async fn run<H, R>(handler: H) -> Result<(), StartError>
where
    H: AsyncFn(&[u8], Invocation) -> Result<R, Failure>,
    R: Serialize,
{
    for name in LAMBDA {
        if std::env::var_os(name).is_none() {
            return Err(StartError::new(format!(
                "{name}: missing; this program runs in Lambda, which sets it"
            )));
        }
    }
    let handler = &handler;
    let service = service_fn(move |event: LambdaEvent<Box<RawValue>>| async move {
        let invocation = Invocation::from(&event.context);
        let request = invocation.request_id.clone();
        let done = handler(event.payload.get().as_bytes(), invocation).await;
        done.inspect_err(|failure| error!(request, error = %failure, "the invocation failed"))
    });
    lambda_runtime::Runtime::new(service).run().await.map_err(StartError::new)
}

/// The failure of an invocation, which Lambda may try again. It must show no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(String);

impl Failure {
    /// A failure whose `reason` goes to the log.
    #[must_use]
    pub fn new(reason: impl Display) -> Self {
        Self(reason.to_string())
    }
}

impl From<Failure> for Diagnostic {
    fn from(failure: Failure) -> Self {
        Self { error_type: "SessionLimit.Failure".into(), error_message: failure.0 }
    }
}

/// The reason why a function cannot start. `Debug` shows it as text, since `main` prints errors so.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

impl StartError {
    /// An error whose `reason` goes to the log. It has a line for each thing that is wrong.
    #[must_use]
    pub fn new(reason: impl Display) -> Self {
        Self(reason.to_string())
    }
}

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<SettingsError> for StartError {
    fn from(error: SettingsError) -> Self {
        Self::new(error)
    }
}

impl From<SettingError> for StartError {
    fn from(error: SettingError) -> Self {
        Self::new(error)
    }
}
