use std::cell::Cell;

use argon2::{Algorithm, Argon2, Version};
use phc::{Output, Salt};
use proptest::prelude::*;

use super::{Stored, StoredPassword};

thread_local! {
    /// The number of passwords that this thread has compared with a plaintext, and the number with
    /// a hash.
    pub(crate) static VERIFICATIONS: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

pub(super) fn count(verified: &StoredPassword) {
    let (plain, hashed) = VERIFICATIONS.get();
    VERIFICATIONS.set(match verified.0 {
        Stored::Plain(_) => (plain + 1, hashed),
        Stored::Hash(_) => (plain, hashed + 1),
    });
}

/// The password of every hash below that was made elsewhere (by Python's hashlib).
const PASSWORD: &str = "correct horse";
const SCRYPT: &str =
    "$scrypt$ln=10,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$6g3umF+uVrJsObaTZhIbbTlgrvOEFcCItdwSjtPF67M";
const SCRYPT_64_MIB: &str =
    "$scrypt$ln=16,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$nsM3ZndIutMwX+ymEFtmzzt3HCdhe+tBvJUhmMNb0vU";
const PBKDF2_SHA256: &str =
    "$pbkdf2-sha256$i=1000,l=32$MDEyMzQ1Njc4OWFiY2RlZg$cBg8D2DungRB9k76szThf5ehfyBz991ay6PT8Srwk4M";
const PBKDF2_SHA512: &str = "$pbkdf2-sha512$i=1000$MDEyMzQ1Njc4OWFiY2RlZg$OM0FAoIqCVK1sWtxDiffVlBejtLa+ks4TP71JiecwuSZCG8iLbnlIEPOMoVX+i2B2wkSxjQ8CRGR9OkNGuIPMQ";
const PASSLIB_SHA512: &str = "$pbkdf2-sha512$1000$MDEyMzQ1Njc4OWFiY2RlZg$OM0FAoIqCVK1sWtxDiffVlBejtLa.ks4TP71JiecwuSZCG8iLbnlIEPOMoVX.i2B2wkSxjQ8CRGR9OkNGuIPMQ";
/// A published test vector of passlib, of the password "password".
const PASSLIB_SCRYPT: &str =
    "$scrypt$ln=16,r=8,p=1$aM15713r3Xsvxbi31lqr1Q$nFNh2CVHVjNldFVKDHDlm4CbdRSCdEBsjjJxD+iCs5E";
/// Published test vectors of the argon2 and bcrypt reference implementations.
const ARGON2ID: (&str, &str) = (
    "password",
    "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
);
const BCRYPT: (&str, &str) =
    ("abc", "$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i");

fn is(stored: &str, given: &str) -> bool {
    StoredPassword::parse(stored).unwrap().verify(given)
}

fn bcrypt_of(password: &str, cost: u32) -> String {
    bcrypt::hash_with_salt(password, cost, *b"0123456789abcdef")
        .unwrap()
        .format_for_version(bcrypt::Version::TwoB)
}

fn argon2id_of(password: &str, version: Version, m: u32, t: u32, p: u32) -> String {
    let salt = b"0123456789abcdef";
    let mut output = [0; 32];
    let params = argon2::Params::new(m, t, p, Some(32)).unwrap();
    Argon2::new(Algorithm::Argon2id, version, params)
        .hash_password_into(password.as_bytes(), salt, &mut output)
        .unwrap();
    let (salt, output) = (Salt::new(salt).unwrap(), Output::new(&output).unwrap());
    format!("$argon2id$v={}$m={m},t={t},p={p}${salt}${output}", u32::from(version))
}

#[test]
fn a_plaintext_is_itself_and_nothing_else() {
    for text in ["secret", " secret ", "$", "$$", "$5$bill", "$2", "$2a", "$money$", "päss", "\0"]
    {
        assert!(is(text, text), "{text}");
        for other in [format!("{text} "), text.to_uppercase() + "x", String::new()] {
            assert!(!is(text, &other), "{text} is not {other}");
        }
    }
}

#[test]
fn every_kind_of_hash_right_and_wrong() {
    for (password, hash) in [
        (PASSWORD, SCRYPT),
        (PASSWORD, SCRYPT_64_MIB),
        (PASSWORD, PBKDF2_SHA256),
        (PASSWORD, PBKDF2_SHA512),
        (PASSWORD, PASSLIB_SHA512),
        ("password", PASSLIB_SCRYPT),
        ARGON2ID,
        BCRYPT,
        (PASSWORD, &argon2id_of(PASSWORD, Version::V0x13, 64, 10, 4)),
        (PASSWORD, &argon2id_of(PASSWORD, Version::V0x10, 64, 1, 1)),
        (PASSWORD, &argon2id_of(PASSWORD, Version::V0x10, 64, 1, 1).replace("v=16$", "")),
        (PASSWORD, &bcrypt_of(PASSWORD, 4)),
        (PASSWORD, &bcrypt_of(PASSWORD, 4).replace("$2b$", "$2y$")),
    ] {
        assert!(is(hash, password), "{hash}");
        assert!(!is(hash, "Correct horse"), "{hash}");
    }
}

#[test]
fn neither_nothing_nor_a_hash_is_the_password_of_a_hash() {
    for hash in [
        SCRYPT,
        PBKDF2_SHA256,
        PBKDF2_SHA512,
        PASSLIB_SHA512,
        &argon2id_of(PASSWORD, Version::V0x13, 64, 1, 1),
        &bcrypt_of(PASSWORD, 4),
    ] {
        assert!(!is(hash, ""), "{hash}");
        assert!(!is(hash, hash), "{hash}");
    }
}

#[test]
fn bcrypt_refuses_what_it_would_not_look_at() {
    let longest = "x".repeat(72);
    let hash = bcrypt_of(&longest, 4);
    assert!(is(&hash, &longest));
    assert!(!is(&hash, &"x".repeat(73)));
    assert!(!is(&hash, &"x".repeat(71)));
}

#[test]
fn the_bounds_of_each_kind() {
    let salt_and_hash = "$MDEyMzQ1Njc4OWFiY2RlZg$6g3umF+uVrJsObaTZhIbbTlgrvOEFcCItdwSjtPF67M";
    for (parameters, fits) in [
        ("$argon2id$v=19$m=65536,t=10,p=4", true),
        ("$argon2id$v=19$m=65537,t=3,p=4", false),
        ("$argon2id$v=19$m=4194304,t=3,p=4", false),
        ("$argon2id$v=19$m=65536,t=11,p=4", false),
        ("$argon2id$v=19$m=65536,t=3,p=5", false),
        ("$argon2id$v=19$m=65536,t=0,p=1", false),
        ("$argon2id$v=19$m=1,t=1,p=1", false),
        ("$argon2id$v=19$m=65536,t=3", false),
        ("$argon2id$v=19$m=64,t=1,p=1,m=4194304", false),
        ("$argon2id$v=19$m=64,t=1,p=1,x=1", false),
        ("$argon2id$v=20$m=64,t=1,p=1", false),
        ("$scrypt$ln=16,r=8,p=1", true),
        ("$scrypt$ln=16,r=8,p=4", true),
        ("$scrypt$ln=16,r=8,p=5", false),
        ("$scrypt$ln=13,r=8,p=10", true),
        ("$scrypt$ln=16,r=9,p=1", false),
        ("$scrypt$ln=17,r=8,p=1", false),
        ("$scrypt$ln=1,r=2048,p=4", true),
        ("$scrypt$ln=1,r=2049,p=4", false),
        ("$scrypt$ln=63,r=8,p=1", false),
        ("$scrypt$ln=64,r=8,p=1", false),
        ("$scrypt$ln=4294967295,r=1,p=1", false),
        ("$scrypt$ln=1,r=4294967295,p=4294967295", false),
        ("$scrypt$ln=10,r=0,p=1", false),
        ("$scrypt$ln=10,r=8,p=0", false),
        ("$scrypt$ln=10,r=8", false),
        ("$scrypt$v=1$ln=10,r=8,p=1", false),
        ("$pbkdf2-sha256$i=2000000", true),
        ("$pbkdf2-sha256$i=2000001", false),
        ("$pbkdf2-sha256$i=999", false),
        ("$pbkdf2-sha256$i=1000,l=32", true),
        ("$pbkdf2-sha256$i=1000,l=64", false),
        ("$pbkdf2-sha512$i=2000000", true),
        ("$pbkdf2-sha512$4294967296", false),
        ("$pbkdf2-sha512$2000000", true),
        ("$pbkdf2-sha512", false),
    ] {
        let hash = format!("{parameters}{salt_and_hash}");
        assert_eq!(StoredPassword::parse(&hash).is_ok(), fits, "{hash}");
    }
    for (cost, fits) in [("03", false), ("04", true), ("13", true), ("14", false), ("31", false)] {
        let hash = bcrypt_of("x", 4).replace("$04$", &format!("${cost}$"));
        assert_eq!(StoredPassword::parse(&hash).is_ok(), fits, "{hash}");
    }
}

#[test]
fn what_looks_like_a_hash_and_is_none_is_refused() {
    for text in [
        "$argon2id$",
        "$argon2id$rest of it",
        "$argon2id$v=19$m=64,t=1,p=1$c29tZXNhbHQ",
        "$argon2i$v=19$m=64,t=1,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
        "$argon2d$x",
        "$scrypt$x",
        "$pbkdf2-sha256$29000",
        "$pbkdf2-sha1$x",
        "$2a$",
        "$2b$06$short",
        "$2x$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i",
        "$1$deadbeef$0Huu6KHrKLVWfqa4WljDE0",
        "$P$9IQRaTwmfeRo7ud9Fh4E2PdI0S3r.L0",
        "$s0$e0801$epIxT/h6HbbwHaehFnh/bw==$7H0vsXlY8UxxyW/BWx/9GuY7jEvGjT71GFd6O4SZND0=",
        "$6$rounds=5000$usesomesillystri$D4IrlXatmP7rx3P3InaxBeoomnAihCKREY4mkDVkLKKtcNqwDkdZjhCdHNJRMvzpgYkYZgH3bUWPzeM7PQp/V0",
    ] {
        let expected = StoredPassword::parse(text).unwrap_err();
        assert!(!expected.is_empty() && expected.is_ascii(), "{expected}");
    }
}

#[test]
fn a_hash_in_disguise_is_refused() {
    let bcrypt = bcrypt_of("secret", 4);
    for text in [
        format!(" {bcrypt}"),
        format!("\u{feff}{bcrypt}"),
        "{SSHA}0123456789abcdef".to_owned(),
        "{ssha512}0123456789abcdef".to_owned(),
        "pbkdf2_sha256$600000$salt$hash".to_owned(),
    ] {
        assert!(StoredPassword::parse(&text).is_err(), "{text}");
    }
    for text in [" $5 in my pocket", "{}", "{SSHA}", "{smile}", "md5$", "cash$in$hand"] {
        assert!(is(text, text), "{text}");
    }
}

#[test]
fn the_blocks_of_scrypt_are_bounded_too() {
    assert!(
        StoredPassword::parse("$scrypt$ln=1,r=262144,p=4$c2FsdHNhbHQ$aGFzaGhhc2hoYXNoaGFzaA")
            .is_err()
    );
}

#[test]
fn debug_shows_nothing() {
    for text in ["secret", SCRYPT, BCRYPT.1] {
        assert_eq!(format!("{:?}", StoredPassword::parse(text).unwrap()), "[REDACTED]");
    }
}

proptest! {
    #[test]
    fn any_text_is_a_password_or_a_misformed_hash(text in "\\PC{0,200}|\\$((argon2id|scrypt|pbkdf2-sha512|2b)\\$)?([a-z]=[0-9]{0,12}|[a-zA-Z0-9$=,./+]){0,60}") {
        let _ = StoredPassword::parse(&text);
    }

    #[test]
    fn plaintexts_match_only_themselves(stored in "[^$]\\PC{0,20}", given in "\\PC{0,20}") {
        prop_assert!(is(&stored, &stored));
        prop_assert_eq!(is(&stored, &given), stored == given);
    }
}
