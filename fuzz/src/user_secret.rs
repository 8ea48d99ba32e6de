use serde_json::{Map, Value};
use session_limit_core::login::Protocol;
use session_limit_core::secret::{SecretError, UserSecret};

/// Checks a user secret, read for every protocol.
///
/// It is accepted if and only if nothing is wrong with it, the password apart. Written again, with
/// other blanks and with its keys in another order, it says the same. Its `Debug` does not depend
/// on the password.
pub fn user_secret(json: &[u8]) {
    for protocol in Protocol::ALL {
        let secret = UserSecret::parse(json, protocol);
        let problems = UserSecret::problems(json, protocol);
        let first = secret.as_ref().map_or_else(Some, UserSecret::password_problem);
        assert_eq!(first, problems.first());
        if matches!(problems.first(), Some(SecretError::Repeated { .. })) {
            continue; // which of the two counts is not for anybody to say
        }
        let Ok(mut fields) = serde_json::from_slice::<Map<String, Value>>(json) else { continue };
        let shown = |fields: &Map<String, Value>| {
            let json = serde_json::to_vec_pretty(fields).expect("JSON is written");
            // Written with blanks it may be too large.
            (json.len() <= UserSecret::MAX_LEN)
                .then(|| format!("{:?}", UserSecret::parse(&json, protocol)))
        };
        let before = format!("{secret:?}");
        assert!(shown(&fields).is_none_or(|after| after == before), "{before}");
        if secret.is_ok_and(|secret| secret.has_password()) {
            for key in ["Password".to_owned(), format!("{protocol}Password")] {
                if let Some(password) = fields.get_mut(&key) {
                    *password = "another password".into();
                }
            }
            assert!(shown(&fields).is_none_or(|after| after == before), "{before}");
        }
    }
}
