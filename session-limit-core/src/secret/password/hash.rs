//! Password hashes as text: PHC strings, and bcrypt's own format.

use argon2::{Algorithm, Argon2, Version};
use pbkdf2::pbkdf2_hmac;
use phc::PasswordHash;
use secrecy::{ExposeSecret, SecretString};
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

const MIB: u64 = 1024 * 1024;

/// The right form of a hash of each kind, in words. The bounds keep a login within the memory and
/// the time of a small function. They contain the parameters that OWASP recommends, except scrypt's
/// largest.
const ARGON2ID: &str = "an argon2id hash with a salt, v=16 or 19, m <= 65536, t <= 10, p <= 4";
const SCRYPT: &str = "an scrypt hash with a salt, 128 * 2^ln * r <= 64 MiB, times p <= 256 MiB, \
     and 128 * r * p <= 1 MiB";
const PBKDF2: &str = "a PBKDF2 hash with a salt, 1000 to 2000000 rounds";
const BCRYPT: &str = "a complete bcrypt hash of cost 4 to 13";
const UNSUPPORTED: &str = "a plaintext, or a hash by argon2id, scrypt, PBKDF2-SHA256/512 or bcrypt";

/// The schemes of LDAP's `userPassword`, without the numbers that may follow.
const LDAP_SCHEMES: [&str; 9] =
    ["SHA", "SSHA", "MD5", "SMD5", "CRYPT", "BCRYPT", "ARGON2", "PBKDF2", "SCRYPT"];
const DJANGO_IDS: [&str; 8] =
    ["pbkdf2_sha256", "pbkdf2_sha1", "argon2", "bcrypt_sha256", "bcrypt", "scrypt", "sha1", "md5"];

/// A hash whose cost is within bounds.
#[derive(Clone)]
pub(super) enum Hash {
    Phc { function: Function, salt: Vec<u8>, output: Zeroizing<Vec<u8>> },
    Bcrypt(SecretString),
}

#[derive(Clone)]
pub(super) enum Function {
    Argon2id { version: Version, params: argon2::Params },
    Scrypt(scrypt::Params),
    Pbkdf2Sha256 { rounds: u32 },
    Pbkdf2Sha512 { rounds: u32 },
}

impl Hash {
    /// Reads a hash. `None` if `text` does not look like one. The cost is checked here, before
    /// anything is ever computed with it.
    ///
    /// # Errors
    /// Words for what is right for a hash of this kind.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, &'static str> {
        let bare = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let is_padded_hash = bare.len() != text.len() && !matches!(Self::parse(bare), Ok(None));
        if is_padded_hash || is_foreign_hash(text) {
            return Err(UNSUPPORTED);
        }
        let id = text.strip_prefix('$').and_then(|rest| rest.split_once('$')).map(|(id, _)| id);
        match id {
            Some("argon2id") => phc(text, argon2id).ok_or(ARGON2ID).map(Some),
            Some("scrypt") => phc(text, scrypt_function).ok_or(SCRYPT).map(Some),
            Some("pbkdf2-sha256" | "pbkdf2-sha512") => {
                phc(&with_named_rounds(text), pbkdf2_function).ok_or(PBKDF2).map(Some)
            }
            Some("2a" | "2b" | "2y") => bcrypt_hash(text).ok_or(BCRYPT).map(Some),
            Some("argon2i" | "argon2d" | "pbkdf2" | "pbkdf2-sha1" | "2" | "2x") => Err(UNSUPPORTED),
            _ if is_some_hash(text) => Err(UNSUPPORTED),
            _ => Ok(None),
        }
    }

    pub(super) fn verify(&self, given: &str) -> bool {
        match self {
            Self::Phc { function, salt, output } => {
                let mut computed = Zeroizing::new(vec![0; output.len()]);
                let done = function.compute(given.as_bytes(), salt, &mut computed);
                done & bool::from(output.as_slice().ct_eq(&computed))
            }
            Self::Bcrypt(hash) => {
                // bcrypt ignores everything after 72 bytes: a password longer than the stored one
                // would be accepted too.
                let equal = bcrypt::verify(given, hash.expose_secret()).unwrap_or(false);
                equal & (given.len() <= 72)
            }
        }
    }
}

impl Function {
    fn compute(&self, password: &[u8], salt: &[u8], output: &mut [u8]) -> bool {
        match self {
            Self::Argon2id { version, params } => {
                Argon2::new(Algorithm::Argon2id, *version, params.clone())
                    .hash_password_into(password, salt, output)
                    .is_ok()
            }
            Self::Scrypt(params) => scrypt::scrypt(password, salt, params, output).is_ok(),
            Self::Pbkdf2Sha256 { rounds } => {
                pbkdf2_hmac::<Sha256>(password, salt, *rounds, output);
                true
            }
            Self::Pbkdf2Sha512 { rounds } => {
                pbkdf2_hmac::<Sha512>(password, salt, *rounds, output);
                true
            }
        }
    }
}

fn phc(text: &str, function: impl Fn(&PasswordHash) -> Option<Function>) -> Option<Hash> {
    let hash = PasswordHash::new(text).ok()?;
    Some(Hash::Phc {
        function: function(&hash)?,
        salt: hash.salt.as_ref()?.to_vec(),
        output: Zeroizing::new(hash.hash.as_ref()?.as_bytes().to_vec()),
    })
}

/// The parameters called `names`, each given exactly once and no other beside `optional`.
fn parameters<const N: usize>(
    hash: &PasswordHash,
    names: [&str; N],
    optional: &str,
) -> Option<[u32; N]> {
    let given = |name: &str| hash.params.iter().filter(|(given, _)| given.as_str() == name).count();
    let known = |name: &str| names.contains(&name) || (name == optional && given(name) == 1);
    let mut values = [0; N];
    for (name, value) in names.iter().zip(&mut values) {
        *value = hash.params.get_decimal(*name).filter(|_| given(name) == 1)?;
    }
    hash.params.iter().all(|(name, _)| known(name.as_str())).then_some(values)
}

fn argon2id(hash: &PasswordHash) -> Option<Function> {
    let version = match hash.version {
        Some(0x13) => Version::V0x13,
        // The version was not written before there were two.
        Some(0x10) | None => Version::V0x10,
        Some(_) => return None,
    };
    let [m, t, p] = parameters(hash, ["m", "t", "p"], "")?;
    if m > 65_536 || t > 10 || p > 4 {
        return None;
    }
    let length = hash.hash.as_ref()?.as_bytes().len();
    let params = argon2::Params::new(m, t, p, Some(length)).ok()?;
    Some(Function::Argon2id { version, params })
}

fn scrypt_function(hash: &PasswordHash) -> Option<Function> {
    let [ln, r, p] = parameters(hash, ["ln", "r", "p"], "")?;
    let n = 1_u64.checked_shl(ln)?;
    let memory = n.checked_mul(128)?.checked_mul(r.into())?;
    // The blocks that are mixed, held beside that memory.
    let blocks = 128_u64.checked_mul(r.into())?.checked_mul(p.into())?;
    if hash.version.is_some()
        || blocks > MIB
        || memory > 64 * MIB
        || memory.checked_mul(p.into())? > 256 * MIB
    {
        return None;
    }
    scrypt::Params::new(u8::try_from(ln).ok()?, r, p).ok().map(Function::Scrypt)
}

fn pbkdf2_function(hash: &PasswordHash) -> Option<Function> {
    let [rounds] = parameters(hash, ["i"], "l")?;
    let length = hash.hash.as_ref()?.as_bytes().len();
    let other_length = hash
        .params
        .get_decimal("l")
        .is_some_and(|named| usize::try_from(named).is_ok_and(|named| named != length));
    if hash.version.is_some() || other_length || !(1_000..=2_000_000).contains(&rounds) {
        return None;
    }
    Some(match hash.algorithm.as_str() {
        "pbkdf2-sha256" => Function::Pbkdf2Sha256 { rounds },
        _ => Function::Pbkdf2Sha512 { rounds },
    })
}

/// Python's passlib writes `$pbkdf2-sha256$29000$…`, the rounds without a name and `.` for `+`.
fn with_named_rounds(text: &str) -> Zeroizing<String> {
    let fields = text.split('$').collect::<Vec<_>>();
    Zeroizing::new(match fields.as_slice() {
        ["", id, rounds, salt, hash] if rounds.bytes().all(|byte| byte.is_ascii_digit()) => {
            let named = Zeroizing::new(format!("${id}$i={rounds}${salt}${hash}"));
            named.replace('.', "+")
        }
        _ => text.to_owned(),
    })
}

fn bcrypt_hash(text: &str) -> Option<Hash> {
    let cost = text.parse::<bcrypt::HashParts>().ok()?.get_cost();
    (4..=13).contains(&cost).then(|| Hash::Bcrypt(text.into()))
}

/// True if `text` is a hash in the form of LDAP (`{SSHA}…`) or Django (`pbkdf2_sha256$…`).
fn is_foreign_hash(text: &str) -> bool {
    let ldap = text.strip_prefix('{').and_then(|rest| rest.split_once('}'));
    let is_ldap = ldap.is_some_and(|(scheme, hash)| {
        let scheme = scheme.to_ascii_uppercase();
        !hash.is_empty() && LDAP_SCHEMES.iter().any(|known| scheme.starts_with(known))
    });
    let django = text.split_once('$');
    is_ldap || django.is_some_and(|(id, rest)| DJANGO_IDS.contains(&id) && rest.contains('$'))
}

/// True if `text` has the shape of some hash, such as `$6$salt$hash` of crypt(3) or `$P$hash`. That
/// is a short id, and a last field that is long and has the alphabet of hashes. A plaintext hardly
/// ever looks like that.
fn is_some_hash(text: &str) -> bool {
    let alphanumeric_or = |text: &str, others: &[u8]| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || others.contains(&byte))
    };
    let fields = text.split('$').collect::<Vec<_>>();
    matches!(
        fields.as_slice(),
        ["", id, .., hash]
            if (1..=16).contains(&id.len())
                && alphanumeric_or(id, b"-")
                && hash.len() >= 22
                && alphanumeric_or(hash, b"./+=")
    )
}
