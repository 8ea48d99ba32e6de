//! Users with every kind of password, and those who try to log in as them.

use lambda_emulator::Stub;
use serde_json::{Value, json};

use crate::deployment::login_event;
use crate::stub::{error, secret};
use crate::users::{PASSWORD, ROLE};

/// An attempt to log in that is refused.
#[derive(Clone, Copy)]
pub(crate) struct Attempt {
    pub(crate) what: &'static str,
    pub(crate) kind: Kind,
    pub(crate) user: &'static str,
}

/// The reason why it is refused.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Unknown,
    Wrong,
    /// The right password, from outside the user's networks.
    Away,
}

/// The unknown user first.
pub(crate) const ATTEMPTS: &[Attempt] = &[
    Attempt { what: "unknown user", kind: Kind::Unknown, user: "nobody" },
    Attempt { what: "wrong password, plaintext", kind: Kind::Wrong, user: "plaintext" },
    Attempt { what: "wrong password, argon2id", kind: Kind::Wrong, user: "argon2id" },
    Attempt { what: "wrong password, scrypt", kind: Kind::Wrong, user: "scrypt" },
    Attempt { what: "wrong password, PBKDF2-SHA256", kind: Kind::Wrong, user: "pbkdf2" },
    Attempt { what: "wrong password, PBKDF2-SHA512", kind: Kind::Wrong, user: "pbkdf2-512" },
    Attempt { what: "wrong password, bcrypt", kind: Kind::Wrong, user: "bcrypt" },
    Attempt { what: "wrong address, plaintext", kind: Kind::Away, user: "plaintext.away" },
    Attempt { what: "wrong address, argon2id", kind: Kind::Away, user: "argon2id.away" },
    Attempt { what: "wrong address, scrypt", kind: Kind::Away, user: "scrypt.away" },
    Attempt { what: "wrong address, PBKDF2-SHA256", kind: Kind::Away, user: "pbkdf2.away" },
    Attempt { what: "wrong address, PBKDF2-SHA512", kind: Kind::Away, user: "pbkdf2-512.away" },
    Attempt { what: "wrong address, bcrypt", kind: Kind::Away, user: "bcrypt.away" },
];

/// Hashes of each kind, as dear as they may be.
pub(crate) const DEAREST: &[Attempt] = &[
    Attempt {
        what: "argon2id, 64 MiB, 10 passes, 4 lanes",
        kind: Kind::Wrong,
        user: "argon2id.dear",
    },
    Attempt { what: "scrypt, 64 MiB, 4 times", kind: Kind::Wrong, user: "scrypt.dear" },
    Attempt { what: "PBKDF2-SHA256, 2,000,000 rounds", kind: Kind::Wrong, user: "pbkdf2.dear" },
    Attempt { what: "PBKDF2-SHA512, 2,000,000 rounds", kind: Kind::Wrong, user: "pbkdf2-512.dear" },
    Attempt { what: "bcrypt, cost 13", kind: Kind::Wrong, user: "bcrypt.dear" },
];

impl Attempt {
    pub(crate) fn event(&self) -> String {
        let mut event = login_event(self.user);
        if self.kind != Kind::Away {
            event["password"] = json!("a wrong one");
        }
        event.to_string()
    }
}

/// Secrets Manager with the secrets of all these users.
pub(crate) async fn secrets() -> Stub {
    let answer = |body: &[u8]| {
        let asked: Value = serde_json::from_slice(body).unwrap_or_default();
        let name = asked["SecretId"].as_str().unwrap_or_default();
        let user = name.rsplit('/').next().unwrap_or_default();
        match user_secret(user) {
            Some(found) => secret(name, &found.to_string()),
            None => error("400 Bad Request", "ResourceNotFoundException"),
        }
    };
    Stub::start(move |request| Some(answer(&request.body))).await.unwrap()
}

fn user_secret(user: &str) -> Option<Value> {
    let (kind, more) = user.split_once('.').unwrap_or((user, ""));
    let salt_and_hash = "$MDEyMzQ1Njc4OWFiY2RlZg$6g3umF+uVrJsObaTZhIbbTlgrvOEFcCItdwSjtPF67M";
    let password = match (kind, more) {
        ("argon2id", "dear") => format!("$argon2id$v=19$m=65536,t=10,p=4{salt_and_hash}"),
        ("scrypt", "dear") => format!("$scrypt$ln=16,r=8,p=4{salt_and_hash}"),
        ("pbkdf2", "dear") => format!("$pbkdf2-sha256$i=2000000{salt_and_hash}"),
        ("pbkdf2-512", "dear") => format!("$pbkdf2-sha512$i=2000000{salt_and_hash}"),
        ("bcrypt", "dear") => {
            "$2b$13$abcdefghijklmnopqrstuuyH7ULmgY4o1Uv2aBQgBMSdApLnrb3gK".to_owned()
        }
        _ => hashed(kind)?.to_owned(),
    };
    let networks = if more == "away" { "10.0.0.0/8" } else { "" };
    Some(json!({"Role": ROLE, "Password": password, "AcceptedIpNetwork": networks}))
}

/// The password of all of them. What their hashes cost is what is recommended, or a little less.
fn hashed(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "plaintext" => PASSWORD,
        "argon2id" => {
            "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg\
             $mdrUpaapAfV3wiu+S3uix49z0yWvcHkmuNOn8SN8LZA"
        }
        "scrypt" => {
            "$scrypt$ln=14,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg\
             $qI3xx/pj2Cf1YikkXmWXXvRzAftu2w/XrCAnqLDwedU"
        }
        "pbkdf2" => {
            "$pbkdf2-sha256$i=210000$MDEyMzQ1Njc4OWFiY2RlZg\
             $aNX4BzbjKesxyf8H1Imo7fT2gJVzJBDLfmK6M+fi7Ko"
        }
        "pbkdf2-512" => {
            "$pbkdf2-sha512$i=210000$MDEyMzQ1Njc4OWFiY2RlZg\
             $Leu0STixxpNPFx2SUd2hwwmaKfe0sDpKTAVOnn4ezlmNmmOgLscD5ahpYu4f40bHHnpC3labOGRL1NPu23fJZQ"
        }
        "bcrypt" => "$2b$10$abcdefghijklmnopqrstuuyH7ULmgY4o1Uv2aBQgBMSdApLnrb3gK",
        _ => return None,
    })
}
