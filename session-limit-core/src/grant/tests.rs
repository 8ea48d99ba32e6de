use serde_json::{from_value, json, to_value};

use super::*;

fn bare() -> Grant {
    Grant {
        role: "arn:aws:iam::123456789012:role/transfer".into(),
        home_directory_type: None,
        home_directory: None,
        home_directory_details: None,
        policy: None,
        posix_profile: None,
        public_keys: None,
    }
}

#[test]
fn a_refusal_is_an_empty_object() {
    assert_eq!(to_value(Response::Refused).unwrap(), json!({}));
    for refusal in [json!({}), json!({"Role": ""}), json!({"Role": " "}), json!({"Role": null})] {
        assert_eq!(from_value::<Response>(refusal).unwrap(), Response::Refused);
    }
    assert!(from_value::<Response>(json!("no object")).is_err());
}

#[test]
fn a_bare_grant_is_a_role() {
    let answer = Response::Granted(Box::new(bare()));
    let expected = json!({"Role": "arn:aws:iam::123456789012:role/transfer"});
    assert_eq!(to_value(&answer).unwrap(), expected);
    assert_eq!(from_value::<Response>(expected).unwrap(), answer);
}

#[test]
fn a_full_grant_is_what_the_service_takes() {
    let answer = Response::Granted(Box::new(Grant {
        home_directory_type: Some(HomeDirectoryType::Logical),
        home_directory_details: Some(vec![
            HomeMapping { entry: "/".into(), target: "/bucket/bob".into(), kind: None },
            HomeMapping {
                entry: "/readme".into(),
                target: "/bucket/readme.txt".into(),
                kind: Some(MappingType::File),
            },
        ]),
        policy: Some("{\"Version\":\"2012-10-17\"}".into()),
        posix_profile: Some(PosixProfile { uid: 0, gid: u32::MAX, secondary_gids: vec![7] }),
        public_keys: PublicKeys::new(vec!["ssh-ed25519 AAAA".into()]),
        ..bare()
    }));
    let expected = json!({
        "Role": "arn:aws:iam::123456789012:role/transfer",
        "HomeDirectoryType": "LOGICAL",
        "HomeDirectoryDetails": "[{\"Entry\":\"/\",\"Target\":\"/bucket/bob\"},\
            {\"Entry\":\"/readme\",\"Target\":\"/bucket/readme.txt\",\"Type\":\"FILE\"}]",
        "Policy": "{\"Version\":\"2012-10-17\"}",
        "PosixProfile": {"Uid": 0, "Gid": 4_294_967_295_u32, "SecondaryGids": [7]},
        "PublicKeys": ["ssh-ed25519 AAAA"],
    });
    assert_eq!(to_value(&answer).unwrap(), expected);
    assert_eq!(from_value::<Response>(expected).unwrap(), answer);
}

#[test]
fn keys_do_not_show() {
    let keys = PublicKeys::new(vec!["ssh-ed25519 AAAA".into()]).unwrap();
    assert_eq!(format!("{keys:?}"), "[1 public keys]");
    assert_eq!(PublicKeys::new(vec![]), None);
}
