//! Public keys, and the choice of those that the service is told.

use ssh_key::public::KeyData;
use ssh_key::{HashAlg, PublicKey};

/// The longest key the service takes.
const MAX_LEN: usize = 2048;
const MIN_RSA_BITS: usize = 2048;

/// Reads keys from `lines`, in which commas separate several. Returns the usable ones as `algorithm
/// base64`, each once, and the number of the others.
///
/// A comma may also stand in the comment of a key, so only one that is followed by the start of a
/// key separates.
pub(crate) fn usable<'a>(lines: impl Iterator<Item = &'a str>) -> (Vec<String>, usize) {
    let mut keys = Vec::new();
    let mut unusable = 0_usize;
    for text in lines.filter(|line| !line.trim().is_empty()).flat_map(split_commas) {
        match canonical(&text) {
            Some(key) if keys.contains(&key) => {}
            Some(key) => keys.push(key),
            None => unusable = unusable.saturating_add(1),
        }
    }
    (keys, unusable)
}

/// The fingerprint of an RSA key, as `ssh-keygen -l` shows it, and its size in bits. `None` for a
/// key of another kind.
pub(crate) fn rsa(key: &str) -> Option<(String, usize)> {
    let key = PublicKey::from_openssh(key).ok()?;
    Some((key.fingerprint(HashAlg::Sha256).to_string(), rsa_bits(key.key_data())?))
}

fn split_commas(line: &str) -> Vec<String> {
    let mut keys: Vec<String> = Vec::new();
    for piece in line.split(',') {
        match keys.last_mut() {
            Some(key) if !starts_key(piece) => {
                key.push(',');
                key.push_str(piece);
            }
            _ => keys.push(piece.to_owned()),
        }
    }
    keys
}

/// True if a key starts here: two words, of which one shows it. The first is the name of an
/// algorithm, or the second is the base64 of a length below 256. Each key starts with such a
/// length.
fn starts_key(text: &str) -> bool {
    let mut words = text.split_whitespace();
    let (Some(first), Some(second)) = (words.next(), words.next()) else { return false };
    second.starts_with("AAAA")
        || ["ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-"].iter().any(|id| first.starts_with(id))
}

/// The key as `algorithm base64`, if the service takes it. The comment is left out: it is of no use
/// there, and the one place where a second key could hide.
fn canonical(text: &str) -> Option<String> {
    let text = text.trim();
    // A line break would count as a part of the comment.
    if text.contains(|c: char| c.is_control() && c != '\t') {
        return None;
    }
    let words = text.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let key = PublicKey::from_openssh(&words).ok()?;
    if !is_allowed(key.key_data()) {
        return None;
    }
    // The reader overlooks some damage. What it would not write itself is damaged.
    key.to_openssh().ok().filter(|key| *key == words && key.len() <= MAX_LEN)
}

/// True for RSA of 2,048 bits or more, ECDSA on the NIST curves, and Ed25519. The service refuses
/// DSA, hardware tokens (`sk-…`) and certificates.
fn is_allowed(key: &KeyData) -> bool {
    match key {
        KeyData::Rsa(_) => rsa_bits(key).is_some_and(|bits| bits >= MIN_RSA_BITS),
        KeyData::Ecdsa(_) | KeyData::Ed25519(_) => true,
        _ => false,
    }
}

fn rsa_bits(key: &KeyData) -> Option<usize> {
    let modulus = key.rsa()?.n.as_positive_bytes()?;
    let zeros = modulus.first().map_or(0, |byte| byte.leading_zeros());
    Some(modulus.len().saturating_mul(8).saturating_sub(zeros.try_into().unwrap_or(0)))
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
