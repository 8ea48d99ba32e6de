mod home;
mod prefix;
mod problems;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{SecretError, UserSecret};
use crate::limit::SessionLimit;
use crate::login::{Credential, Protocol};
use crate::public_key::samples::{DSA, ED25519, P256, RSA_2048, RSA_4096};

const ROLE: &str = "arn:aws:iam::123456789012:role/transfer";

fn parse(secret: &Value) -> Result<UserSecret, SecretError> {
    UserSecret::parse(secret.to_string().as_bytes(), Protocol::Sftp)
}

/// A secret of a role and this.
fn with(key: &str, value: Value) -> Result<UserSecret, SecretError> {
    let mut secret = json!({"Role": ROLE});
    secret[key] = value;
    parse(&secret)
}

fn expected(result: Result<UserSecret, SecretError>) -> String {
    result.unwrap_err().to_string()
}

fn keys(secret: &UserSecret) -> &[String] {
    secret.public_keys().map_or(&[], |keys| keys.as_slice())
}

#[test]
fn a_secret_as_the_console_writes_it() {
    let secret = parse(&json!({
        "Password": "correct horse",
        "Role": ROLE,
        "HomeDirectoryDetails": "[{\"Entry\": \"/\", \"Target\": \"/bucket/bob\"}]",
        "PublicKey": format!("{ED25519} bob, {P256} alice"),
        "AcceptedIpNetwork": "192.168.1.5/16",
        "MaxSessionLimit": "5",
        "Policy": "{\"Version\": \"2012-10-17\", \"Statement\": []}",
        "PosixProfile": "{\"Uid\": \"1000\", \"Gid\": 1000}",
        "Remark": "of no meaning here",
    }))
    .unwrap();
    assert_eq!(secret.session_limit(), Some(SessionLimit::new(5)));
    assert!(secret.has_password());
    assert_eq!(keys(&secret), [ED25519, P256]);
    assert!(secret.networks.unwrap().contain([192, 168, 9, 9].into()));
    assert_eq!(
        serde_json::to_value(&secret.grant).unwrap(),
        json!({
            "Role": ROLE,
            "HomeDirectoryType": "LOGICAL",
            "HomeDirectoryDetails": "[{\"Entry\":\"/\",\"Target\":\"/bucket/bob\"}]",
            "Policy": "{\"Version\": \"2012-10-17\", \"Statement\": []}",
            "PosixProfile": {"Uid": 1000, "Gid": 1000},
        })
    );
}

#[test]
fn a_role_is_all_it_takes() {
    let secret = parse(&json!({"Role": ROLE})).unwrap();
    assert!(!secret.has_password() && secret.keys.is_none() && secret.networks.is_none());
    assert_eq!(secret.session_limit(), None);
    assert_eq!(serde_json::to_value(&secret.grant).unwrap(), json!({"Role": ROLE}));
}

#[test]
fn roles() {
    let longest = format!("arn:aws:iam::1:role/{}", "r".repeat(2048 - 20));
    for role in [ROLE, &format!(" {ROLE}\n"), "arn:aws-cn:iam::1:role/a/b", &longest] {
        assert_eq!(parse(&json!({"Role": role})).unwrap().grant.role, role.trim());
    }
    assert_eq!(expected(parse(&json!({}))), "the user secret has no Role");
    let too_long = format!("{longest}r");
    for role in [
        json!(""),
        json!(" "),
        json!(null),
        json!(5),
        json!([ROLE]),
        json!("arn:aws:role/short"),
        json!("arn:aws:iam::123456789012:role/"),
        json!("arn:aws:iam::123456789012:user/transfer"),
        json!("role/transfer/arn:aws:iam::123456789012"),
        json!(format!("{ROLE} x")),
        json!(format!("{ROLE}\nx")),
        json!(too_long),
    ] {
        let error = expected(parse(&json!({"Role": role})));
        assert!(
            error.starts_with("Role in the user secret: expected the ARN of a role"),
            "{error}"
        );
    }
}

#[test]
fn session_limits() {
    for (value, limit) in [
        (json!(0), 0),
        (json!("0"), 0),
        (json!(5), 5),
        (json!("5"), 5),
        (json!(" 5\n"), 5),
        (json!("007"), 7),
        (json!(u32::MAX), u32::MAX),
        (json!("4294967295"), u32::MAX),
    ] {
        let secret = with("MaxSessionLimit", value).unwrap();
        assert_eq!(secret.session_limit(), Some(SessionLimit::new(limit)));
    }
    for value in [
        json!(""),
        json!(" "),
        json!(null),
        json!(-1),
        json!("-1"),
        json!("+5"),
        json!(1.5),
        json!(5.0),
        json!("5.0"),
        json!("1e3"),
        json!("0x5"),
        json!("five"),
        json!("1 000"),
        json!("٥"),
        json!(4_294_967_296_u64),
        json!("4294967296"),
        json!(u64::MAX),
        json!("99999999999999999999999999"),
        json!(1e300),
        json!(true),
        json!([5]),
        json!({"limit": 5}),
    ] {
        assert_eq!(
            with("MaxSessionLimit", value.clone()).unwrap_err(),
            SecretError::Invalid {
                key: "MaxSessionLimit".into(),
                expected: "a whole number from 0 to 4294967295"
            },
            "{value}"
        );
    }
}

#[test]
fn passwords() {
    for empty in [json!(""), json!(" "), json!(null)] {
        assert!(!with("Password", empty).unwrap().has_password());
    }
    for text in ["x", " x", "$", "$5$ a day"] {
        assert!(with("Password", json!(text)).unwrap().has_password(), "{text}");
    }
    let problem = |password| {
        let secret = with("Password", password).unwrap();
        assert!(!secret.has_password() && !secret.has_plaintext_password());
        secret.password_problem().unwrap().to_string()
    };
    assert_eq!(problem(json!(5)), "Password in the user secret: expected a string");
    assert_eq!(
        problem(json!("$2b$31$0123456789012345678901")),
        "Password in the user secret: expected a complete bcrypt hash of cost 4 to 13"
    );
    // In characters, not in bytes.
    let longest = "é".repeat(Credential::MAX_PASSWORD_CHARS);
    assert!(with("Password", json!(longest)).unwrap().has_password());
    let too_long = problem(json!(longest + "x"));
    assert!(too_long.contains("a password of at most 1024 characters"), "{too_long}");
}

#[test]
fn networks() {
    for (value, inside, outside) in [
        (json!("10.0.0.0/8, 192.168.1.5"), "192.168.1.5", "192.168.1.6"),
        (json!("10.0.0.0/8 192.168.1.5"), "10.255.0.1", "11.0.0.1"),
        (json!("10.0.0.0/8\n,2001:db8::/32,"), "2001:db8::1", "2001:db9::1"),
        (json!(["10.0.0.0/8", " 192.168.1.5/16 "]), "192.168.7.7", "192.169.0.0"),
        (json!("[\"10.0.0.0/8\", \"::1\"]"), "::1", "::2"),
    ] {
        let networks = with("AcceptedIpNetwork", value).unwrap().networks.unwrap();
        assert!(networks.contain(inside.parse().unwrap()), "{inside}");
        assert!(!networks.contain(outside.parse().unwrap()), "{outside}");
    }
    for empty in [json!(""), json!("  "), json!(null), json!([]), json!("[]")] {
        assert_eq!(with("AcceptedIpNetwork", empty).unwrap().networks, None);
    }
    for value in [
        json!("10.0.0.0/33"),
        json!("10.0.0.0/8; 10.0.0.1"),
        json!("everywhere"),
        json!(","),
        json!([""]),
        json!(["10.0.0.0/8", 5]),
        json!({"cidr": "10.0.0.0/8"}),
        json!(10),
        json!("[10.0.0.0/8]"),
    ] {
        let error = expected(with("AcceptedIpNetwork", value));
        assert!(
            error.starts_with("AcceptedIpNetwork in the user secret: expected CIDRs"),
            "{error}"
        );
    }
}

#[test]
fn public_keys() {
    for value in [
        json!(format!("{ED25519},{P256}")),
        json!(format!("{ED25519} a\r\n{P256} b\r\n")),
        json!([ED25519, format!("{P256} b, c\n")]),
        json!(json!([ED25519, P256]).to_string()),
    ] {
        let secret = with("PublicKey", value).unwrap();
        assert_eq!(keys(&secret), [ED25519, P256]);
        assert_eq!(secret.unusable_keys(), 0);
    }
    let secret = with("PublicKey", json!([ED25519, RSA_2048, RSA_4096])).unwrap();
    let sizes = secret.public_keys().unwrap().rsa_sizes();
    assert_eq!(
        sizes.collect::<Vec<_>>(),
        [
            ("SHA256:5fqZArvP+Xi2Jh/rVd/ZGMCGudq+zf3YNQSl1NZdDe8".to_owned(), 2048),
            ("SHA256:gCl3+8zp/mRVo+kMDatWrT1IF1KEtbmxsPUkJBe8cxs".to_owned(), 4096)
        ]
    );
    for empty in [json!(""), json!("\n"), json!(null), json!([]), json!([""])] {
        assert!(with("PublicKey", empty).unwrap().keys.is_none());
    }
    let secret = with("PublicKey", json!(format!("{DSA} old\n{ED25519} new"))).unwrap();
    assert_eq!((keys(&secret), secret.unusable_keys()), (&[ED25519.to_owned()][..], 1));
    let hidden = format!("{ED25519}\n{P256}");
    for value in [json!(DSA), json!("nonsense"), json!([5]), json!({}), json!([hidden])] {
        let error = expected(with("PublicKey", value));
        assert!(error.starts_with("PublicKey in the user secret: expected OpenSSH"), "{error}");
    }
}

#[test]
fn policies() {
    let text = "{ \"Version\": \"2012-10-17\" }";
    assert_eq!(with("Policy", json!(text)).unwrap().grant.policy.unwrap(), text);
    let object = with("Policy", json!({"Version": "2012-10-17"})).unwrap();
    assert_eq!(object.grant.policy.unwrap(), "{\"Version\":\"2012-10-17\"}");
    for empty in [json!(""), json!(null)] {
        assert_eq!(with("Policy", empty).unwrap().grant.policy, None);
    }
    for value in [json!("{"), json!("[]"), json!([]), json!(5), json!("a policy")] {
        let error = expected(with("Policy", value));
        assert!(
            error.starts_with("Policy in the user secret: expected a session policy"),
            "{error}"
        );
    }
}

#[test]
fn what_is_no_secret_at_all() {
    let parse = |json: &[u8]| UserSecret::parse(json, Protocol::Ftp).unwrap_err();
    for json in ["", "hunter2", "{", "{}}", "{\"MaxSessionLimit\":1e999}"] {
        assert_eq!(parse(json.as_bytes()), SecretError::NotJson, "{json}");
    }
    for json in ["null", "[]", "\"hunter2\"", "5"] {
        assert_eq!(parse(json.as_bytes()), SecretError::NotAnObject, "{json}");
    }
    assert_eq!(parse(b"\xff"), SecretError::NotJson);
    let mut largest = json!({"Role": ROLE, "Remark": ""}).to_string();
    largest = largest.replace("\"\"", &format!("\"{}\"", "x".repeat(65_536 - largest.len())));
    assert!(UserSecret::parse(largest.as_bytes(), Protocol::Ftp).is_ok());
    assert_eq!(parse(format!("{largest} ").as_bytes()), SecretError::TooLarge);
    for deep in ["[".repeat(60_000), format!("{{\"Policy\":{}", "[".repeat(60_000))] {
        let _ = parse(deep.as_bytes());
    }
}

#[test]
fn how_deep_a_value_may_be_nested() {
    let policy = |depth: usize| {
        let (start, end) = ("{\"a\":".repeat(depth), "}".repeat(depth));
        let json = format!("{{\"Role\":\"{ROLE}\",\"Policy\":{start}1{end}}}");
        UserSecret::parse(json.as_bytes(), Protocol::Ftp).map(drop)
    };
    assert_eq!(policy(126), Ok(()));
    assert_eq!(policy(127), Err(SecretError::NotJson));
}

#[test]
fn a_value_that_cannot_be_read_goes_before_one_that_is_wrong() {
    for value in [r#""\ud800""#, r#"["\udc00x"]"#, r#"{"\ud800":1}"#, "[-1e999]"] {
        for json in [
            format!("{{\"Password\":{value}}}"),
            format!("{{\"Password\":\"x\",\"Password\":{value}}}"),
            format!("{{\"Password\":{value},\"Password\":\"x\"}}"),
        ] {
            let error = UserSecret::parse(json.as_bytes(), Protocol::Ftp).unwrap_err();
            assert_eq!(error, SecretError::NotJson, "{json}");
        }
    }
}

#[test]
fn a_key_that_comes_twice_is_refused() {
    for key in ["Role", "SFTPRole", "MaxSessionLimit", "Password"] {
        let json =
            format!("{{\"Role\":\"{ROLE}\",\"SFTPRole\":\"{ROLE}\",\"{key}\":1,\"{key}\":1}}");
        let error = UserSecret::parse(json.as_bytes(), Protocol::Sftp).unwrap_err();
        assert_eq!(error, SecretError::Repeated { key: key.into() });
    }
    let json =
        format!("{{\"Role\":\"{ROLE}\",\"Remark\":1,\"Remark\":2,\"FTPRole\":1,\"FTPRole\":2}}");
    assert!(UserSecret::parse(json.as_bytes(), Protocol::Sftp).is_ok());
}

#[test]
fn debug_shows_neither_password_nor_keys() {
    let secret =
        parse(&json!({"Role": ROLE, "Password": "hunter2", "PublicKey": ED25519})).unwrap();
    let debug = format!("{secret:?}");
    assert!(!debug.contains("hunter2") && !debug.contains("AAAA"), "{debug}");
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!(null)),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "MARKER\\PC{0,20}|\\PC{0,10}MARKER".prop_map(Value::from),
        "[\\[{\" ]MARKER[\\]}\"]|\\$(argon2id|scrypt|2b|5)\\$MARKER\\PC{0,20}"
            .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("Entry|Target|Uid|Gid|\\PC{0,5}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_survived(json in prop::collection::vec(any::<u8>(), 0..256)) {
        for protocol in Protocol::ALL {
            let _ = UserSecret::parse(&json, protocol);
        }
    }

    #[test]
    fn no_value_shows_in_an_error(
        key in prop::sample::select(super::fields::KEYS.to_vec()),
        prefix in "(SFTP|FTPS|FTP)?",
        value in any_json(),
    ) {
        let mut secret = json!({"Role": ROLE});
        secret[format!("{prefix}{key}")] = value;
        for protocol in Protocol::ALL {
            match UserSecret::parse(secret.to_string().as_bytes(), protocol) {
                Err(error) => {
                    let shown = format!("{error} {error:?}");
                    prop_assert!(!shown.contains("MARKER"));
                }
                Ok(secret) => {
                    let shown = format!("{:?} {:?} {:?}", secret.password, secret.keys, secret.networks);
                    prop_assert!(!shown.contains("MARKER"));
                }
            }
        }
    }

    #[test]
    fn every_limit_is_read_from_a_number_and_from_a_string(limit: u32) {
        for value in [json!(limit), json!(limit.to_string())] {
            let read = with("MaxSessionLimit", value).unwrap().session_limit();
            prop_assert_eq!(read, Some(SessionLimit::new(limit)));
        }
    }
}
