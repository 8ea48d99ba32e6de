//! Keys that are almost those of a user secret.

use session_limit_core::login::Protocol;
use session_limit_core::secret::UserSecret;

/// The key that was probably meant by one that is not known.
pub(super) fn meant_by(key: &str) -> Option<String> {
    let known: Vec<_> = known().collect();
    if known.iter().any(|known| known == key) {
        return None;
    }
    let key = key.to_ascii_lowercase();
    let distance = |known: &str| strsim::osa_distance(&key, &known.to_ascii_lowercase());
    // A short word is soon another one.
    let is_close = |known: &String| distance(known) <= (known.len() / 4).min(2);
    known.into_iter().filter(is_close).min_by_key(|known| distance(known))
}

/// Every key that is read, with and without a protocol.
fn known() -> impl Iterator<Item = String> {
    let with_protocols =
        |key| Protocol::ALL.into_iter().map(move |protocol| format!("{protocol}{key}"));
    UserSecret::KEYS
        .iter()
        .flat_map(move |&key| std::iter::once(key.into()).chain(with_protocols(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_another_word() {
        for (key, meant) in [
            ("password", Some("Password")),
            ("Pasword", Some("Password")),
            ("FPTPassword", Some("FTPPassword")),
            ("Public_Key", Some("PublicKey")),
            ("AcceptedIPNetworks", Some("AcceptedIpNetwork")),
            ("MaxSessionsLimit", Some("MaxSessionLimit")),
            ("Roles", Some("Role")),
            ("Password", None),
            ("FTPSPassword", None),
            ("Note", None),
            ("Remark", None),
            ("Secret", None),
            ("", None),
        ] {
            assert_eq!(meant_by(key).as_deref(), meant, "{key}");
        }
    }
}
