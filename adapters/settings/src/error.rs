//! Errors of settings.

use std::fmt;

/// One setting that is missing or wrong. It never shows the value, which may hold a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {problem}; accepted: {accepted}")]
pub struct SettingError {
    name: &'static str,
    problem: String,
    accepted: String,
}

impl SettingError {
    /// An error of the setting `name`. `problem` says what is wrong with the value without showing
    /// it, and `accepted` what would be right.
    #[must_use]
    pub fn new(
        name: &'static str,
        problem: impl Into<String>,
        accepted: impl Into<String>,
    ) -> Self {
        Self { name, problem: problem.into(), accepted: accepted.into() }
    }

    /// The name of the setting, such as `SESSION_STORE`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The part that says what is wrong, for programs where the setting has another name.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

/// All that is wrong with the settings, one line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError(Vec<SettingError>);

impl SettingsError {
    /// `None` if nothing is wrong.
    pub(crate) fn of(errors: Vec<SettingError>) -> Option<Self> {
        (!errors.is_empty()).then_some(Self(errors))
    }

    /// The errors, at least one.
    #[must_use]
    pub fn errors(&self) -> &[SettingError] {
        &self.0
    }
}

/// Returns both values, or all that is wrong with either.
///
/// # Errors
/// The errors of `one`, and then those of `other`.
pub fn both<A, B>(
    one: Result<A, impl Into<SettingsError>>,
    other: Result<B, impl Into<SettingsError>>,
) -> Result<(A, B), SettingsError> {
    match (one.map_err(Into::into), other.map_err(Into::into)) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(SettingsError(one)), Err(SettingsError(other))) => {
            Err(SettingsError([one, other].concat()))
        }
        (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(error),
    }
}

impl From<SettingError> for SettingsError {
    fn from(error: SettingError) -> Self {
        Self(vec![error])
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for SettingsError {}
