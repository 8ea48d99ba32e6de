use serde_json::{Value, json};

use super::{ROLE, expected, parse, with};

/// The grant of this secret, without the role, or the error.
fn home(secret: Value) -> Result<Value, String> {
    let mut secret = secret;
    secret["Role"] = json!(ROLE);
    let grant = parse(&secret).map_err(|error| error.to_string())?.grant;
    let mut grant = serde_json::to_value(grant).unwrap();
    grant.as_object_mut().unwrap().remove("Role");
    Ok(grant)
}

#[test]
fn a_path() {
    assert_eq!(home(json!({"HomeDirectory": "/b/bob"})), Ok(json!({"HomeDirectory": "/b/bob"})));
    assert_eq!(home(json!({"HomeDirectory": "/"})), Ok(json!({"HomeDirectory": "/"})));
    for empty in [json!(""), json!(null)] {
        assert_eq!(home(json!({"HomeDirectory": empty})), Ok(json!({})));
    }
    let longest = format!("/{}", "d".repeat(1023));
    assert!(home(json!({"HomeDirectory": longest})).is_ok());
    for bad in [json!("b/bob"), json!("/a\nb"), json!(format!("{longest}d")), json!(5)] {
        let error = home(json!({"HomeDirectory": bad})).unwrap_err();
        assert!(error.starts_with("HomeDirectory in the user secret: expected an absolute path"));
    }
}

#[test]
fn mappings() {
    let text = "[{\"Entry\":\"/\",\"Target\":\"/b/${transfer:UserName}\",\"Type\":\"DIRECTORY\"}]";
    let logical = json!({"HomeDirectoryType": "LOGICAL", "HomeDirectoryDetails": text});
    let array: Value = serde_json::from_str(text).unwrap();
    assert_eq!(home(json!({"HomeDirectoryDetails": text})), Ok(logical.clone()));
    assert_eq!(home(json!({"HomeDirectoryDetails": array})), Ok(logical.clone()));
    // As in the solution this one extends, they go before a path, even before a bad one.
    let both = json!({"HomeDirectoryDetails": text, "HomeDirectory": "no path"});
    assert_eq!(home(both), Ok(logical));
    for empty in [json!(""), json!(null)] {
        assert_eq!(home(json!({"HomeDirectoryDetails": empty})), Ok(json!({})));
    }
    let long = format!("/{}", "d".repeat(1024));
    for bad in [
        json!("["),
        json!([]),
        json!("[]"),
        json!("/b"),
        json!({"Entry": "/", "Target": "/b"}),
        json!([{"Entry": "/"}]),
        json!([{"Target": "/"}]),
        json!([{"Entry": "x", "Target": "/b"}]),
        json!([{"Entry": "/", "Target": "b"}]),
        json!([{"Entry": "/", "Target": long}]),
        json!([{"Entry": "/", "Target": "/b", "Type": "directory"}]),
        json!([{"Entry": "/", "Target": "/b"}, 5]),
    ] {
        let error = home(json!({"HomeDirectoryDetails": bad})).unwrap_err();
        assert!(
            error.starts_with("HomeDirectoryDetails in the user secret: expected a JSON array")
        );
    }
}

#[test]
fn an_indirect_path_is_granted_as_it_is_and_told() {
    let told = |home: Value| {
        let mut secret = home;
        secret["Role"] = json!(ROLE);
        parse(&secret).unwrap().indirect_home_directory()
    };
    let details = |entry, target| {
        json!({"HomeDirectoryDetails": [
            {"Entry": "/a", "Target": "/b"}, {"Entry": entry, "Target": target},
        ]})
    };
    for path in ["/..", "/b/../c", "/./b", "/b/.", "//", "/b//c"] {
        let secret = json!({"HomeDirectory": path});
        assert_eq!(home(secret.clone()), Ok(secret.clone()));
        assert_eq!(told(secret), Some("HomeDirectory"), "{path}");
        for secret in [details("/x", path), details(path, "/b")] {
            assert_eq!(told(secret), Some("HomeDirectoryDetails"), "{path}");
        }
    }
    for path in ["/", "/b/", "/.b/c..", "/..."] {
        for secret in [json!({"HomeDirectory": path}), details("/x", path), details(path, "/b")] {
            assert_eq!(told(secret), None, "{path}");
        }
    }
}

#[test]
fn the_type_may_be_said_but_not_wrongly() {
    let details = json!([{"Entry": "/", "Target": "/b"}]);
    let home = |kind: &str, details: &Value| {
        home(json!({
            "HomeDirectoryType": kind, "HomeDirectoryDetails": details, "HomeDirectory": "/x",
        }))
    };
    assert_eq!(
        home("PATH", &json!("")),
        Ok(json!({"HomeDirectoryType": "PATH", "HomeDirectory": "/x"}))
    );
    assert_eq!(home("LOGICAL", &details), home("", &details));
    assert_eq!(
        home("LOGICAL", &json!("")).unwrap_err(),
        "HomeDirectoryType in the user secret contradicts the home directory: \
         expected HomeDirectoryDetails with LOGICAL"
    );
    assert_eq!(
        home("PATH", &details).unwrap_err(),
        "HomeDirectoryType in the user secret contradicts the home directory: \
         expected no HomeDirectoryDetails with PATH"
    );
    assert_eq!(
        home("logical", &details).unwrap_err(),
        "HomeDirectoryType in the user secret: expected PATH or LOGICAL"
    );
}

#[test]
fn posix_profiles() {
    let full = json!({"Uid": 0, "Gid": u32::MAX, "SecondaryGids": [1, "2"]});
    for value in [full.clone(), json!(full.to_string())] {
        let profile = with("PosixProfile", value).unwrap().grant.posix_profile.unwrap();
        assert_eq!((profile.uid, profile.gid), (0, u32::MAX));
        assert_eq!(profile.secondary_gids, [1, 2]);
    }
    for empty in [json!(""), json!(null)] {
        assert_eq!(with("PosixProfile", empty).unwrap().grant.posix_profile, None);
    }
    let gids = |number: usize| json!({"Uid": 1, "Gid": 1, "SecondaryGids": vec![1; number]});
    assert!(with("PosixProfile", gids(16)).is_ok());
    for bad in [
        gids(17),
        json!({}),
        json!({"Uid": 1}),
        json!({"Gid": 1}),
        json!({"Uid": -1, "Gid": 1}),
        json!({"Uid": 1, "Gid": 4_294_967_296_u64}),
        json!({"Uid": 1.5, "Gid": 1}),
        json!({"Uid": 1, "Gid": 1, "SecondaryGids": 5}),
        json!({"Uid": 1, "Gid": 1, "SecondaryGids": [null]}),
        json!("1000:1000"),
        json!(1000),
        json!([]),
    ] {
        let error = expected(with("PosixProfile", bad));
        assert!(error.starts_with("PosixProfile in the user secret: expected a JSON object"));
    }
}
