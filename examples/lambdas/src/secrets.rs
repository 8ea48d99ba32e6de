//! The user secrets, as the settings say.

use session_limit_lambda::Settings;
use session_limit_lambda::settings::SettingError;
use session_limit_secrets_manager::{
    CacheSettings, NamePattern, SecretsManager, Settings as SecretSettings,
};

/// The user secrets in Secrets Manager.
///
/// # Errors
/// The pattern of their names cannot be used.
pub fn user_secrets(settings: &Settings) -> Result<SecretsManager, SettingError> {
    let names = match &settings.secret_name_pattern {
        None => NamePattern::default(),
        Some(pattern) => pattern.parse().map_err(
            |problem: session_limit_secrets_manager::NamePatternError| {
                let accepted = "a pattern with {username}, such as {server_id}/{username}";
                SettingError::new("SECRET_NAME_PATTERN", problem.to_string(), accepted)
            },
        )?,
    };
    Ok(SecretsManager::new(SecretSettings {
        names,
        region: settings.secrets_region.clone(),
        cache: CacheSettings::default().with_ttl(settings.secret_cache_ttl),
        ..SecretSettings::default()
    }))
}
