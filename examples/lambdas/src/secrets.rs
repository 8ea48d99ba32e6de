//! The user secrets, as the settings name them.

use session_limit_secrets_manager::{
    CacheSettings, NamePattern, NamePatternError, SecretsManager, Settings as SecretSettings,
};
use session_limit_settings::{SettingError, Settings};

/// The user secrets in Secrets Manager.
///
/// # Errors
/// The pattern of their names cannot be used.
pub fn user_secrets(settings: &Settings) -> Result<SecretsManager, SettingError> {
    Ok(SecretsManager::new(
        SecretSettings::default()
            .with_names(secret_names(settings)?)
            .with_region(settings.secrets_region.clone())
            .with_cache(CacheSettings::default().with_ttl(settings.secret_cache_ttl)),
    ))
}

/// The names of user secrets.
///
/// # Errors
/// The pattern of their names cannot be used.
pub fn secret_names(settings: &Settings) -> Result<NamePattern, SettingError> {
    let Some(pattern) = &settings.secret_name_pattern else { return Ok(NamePattern::default()) };
    pattern.parse().map_err(|problem: NamePatternError| {
        let accepted = "a pattern with {username}, such as {server_id}/{username}";
        SettingError::new("SECRET_NAME_PATTERN", problem.to_string(), accepted)
    })
}
