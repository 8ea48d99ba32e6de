//! `check-secret`.

use serde_json::{Value, json};
use session_limit_core::ledger::lease::Capacity;
use session_limit_memcached::Config;
use tempfile::TempDir;

use crate::program::{MARKER, Ran, run, run_with};

const ROLE: &str = "arn:aws:iam::123456789012:role/transfer";
const HASH: &str = "$2b$10$abcdefghijklmnopqrstuuBEPrP6yJ2dGmtrn0RUVJQHVNqvKzZxe";
const ED25519: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGm/xYY7cRcnKC/ew3TJQgc9tx5C1664ZlPyxmq8aLnw";
const RSA_2048: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQDxrU17CmoGDcqYlBpFvI7bxcqhl0OZnqK8FsMVvn1ERfoc1xhP3ObpWg3kySTBz+29hUty0188kvT8iRZTPmTyf7dqlu5jn+srUMcuyM8NJltYPGWv3sVAakqut3VX4eAbFVfcJ9d2YNyUWaUqkLL8557G58PLPLpURMqZPxNIEv+WwFGA4Jyb0dKrjubTD7a10HMoDF3TVXgRLlIX8142Q57vGht0GctMeMWzIAJM1VamSQBhPm28HlCXiOGng+68SaWXlZYoHLX3w+rFcz6iFLHeFxZUL98yCjrWqGQDWpFGrF6rVt8vy/2ZzRhOsnvOyURC+pYtpWY8nqIvmEzt";
const SK_ED25519: &str = "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fAAAABHNzaDo=";

fn check(secret: &Value) -> Ran {
    run_with(&["check-secret", "-"], secret.to_string().as_bytes())
}

/// The one report of it as JSON.
#[track_caller]
fn report(secret: &Value, status: i32) -> Value {
    let ran = run_with(&["check-secret", "--json", "-"], secret.to_string().as_bytes());
    let mut all = ran.json(status);
    assert_eq!(all["summary"]["usable"], json!(u8::from(status == 0)));
    assert_eq!(all["summary"]["unusable"], json!(u8::from(status != 0)));
    assert_eq!(all["secrets"].as_array().unwrap().len(), 1);
    all["secrets"][0].take()
}

/// The keys of what was found, with the protocols that it is so for.
fn found(findings: &Value) -> Vec<String> {
    let findings = findings.as_array().unwrap().iter();
    let line = |finding: &Value| {
        assert!(!finding["fix"].as_str().unwrap().is_empty(), "{finding}");
        let protocols = finding["protocols"].as_array().unwrap();
        let protocols: Vec<_> = protocols.iter().map(|name| name.as_str().unwrap()).collect();
        format!("{} {}", finding["key"].as_str().unwrap_or("–"), protocols.join(" "))
    };
    findings.map(line).collect()
}

#[test]
fn a_secret_that_leaves_nothing_to_say() {
    let secret = json!({
        "Role": ROLE, "Password": HASH, "AcceptedIpNetwork": "192.0.2.0/24",
        "PublicKey": ED25519, "MaxSessionLimit": "3",
    });
    let text = "-: usable
  SFTP: password, 1 public key; from some addresses; at most 3 at once
  FTPS, FTP: password; from some addresses; at most 3 at once
";
    assert_eq!(check(&secret).out(0), text);
    let login = |protocols: &[&str], public_keys| {
        json!({
            "protocols": protocols, "password": true, "public_keys": public_keys,
            "any_address": false, "session_limit": 3,
        })
    };
    let expected = json!({
        "file": "-", "usable": true, "problems": [], "warnings": [],
        "logins": [login(&["SFTP"], 1), login(&["FTPS", "FTP"], 0)],
    });
    assert_eq!(report(&secret, 0), expected);
}

#[test]
fn what_differs_by_protocol_is_said_by_protocol() {
    let secret = json!({
        "Role": ROLE, "Password": MARKER, "FTPPassword": "", "FTPSPassword": HASH,
        "AcceptedIpNetwork": "192.0.2.1",
    });
    let report = report(&secret, 0);
    let passwords = report["logins"].as_array().unwrap().iter().map(|l| l["password"].clone());
    assert_eq!(passwords.collect::<Vec<_>>(), [true, false]);
    assert_eq!(report["logins"][0]["protocols"], json!(["SFTP", "FTPS"]));
    assert_eq!(found(&report["warnings"]), ["Password SFTP"]);
    assert!(check(&secret).out(0).contains("\n  FTP: no logins\n"));
}

#[test]
fn every_problem_is_said_with_its_key_and_a_fix() {
    let secret = json!({
        "Password": "$6$salt$0123456789012345678901", "FTPMaxSessionLimit": -1,
        "PublicKey": SK_ED25519, "HomeDirectoryType": "LOGICAL", "PosixProfile": {"Uid": 0},
    });
    let report = report(&secret, 1);
    assert_eq!(
        found(&report["problems"]),
        [
            "Role SFTP FTPS FTP",
            "PublicKey SFTP",
            "HomeDirectoryType SFTP FTPS FTP",
            "PosixProfile SFTP FTPS FTP",
            "Password SFTP FTPS FTP",
            "FTPMaxSessionLimit FTP",
        ]
    );
    assert_eq!((&report["usable"], &report["logins"]), (&json!(false), &json!([])));
    let text = check(&secret).out(1);
    assert!(text.starts_with("-: has problems\n  problem: Role: missing; "), "{text}");
    assert!(
        text.contains("problem (FTP): FTPMaxSessionLimit: cannot be used; give a whole number")
    );
}

#[test]
fn what_is_accepted_and_could_be_better_is_warned_of() {
    let secret = json!({
        "Role": ROLE, "Password": MARKER, "SFTPPassword": MARKER, "maxsessionlimit": 3,
        "PublicKey": [ED25519, RSA_2048, SK_ED25519], "FTPMaxSessionLimit": 0,
        format!("Unknown-{MARKER}"): 1,
    });
    let report = report(&secret, 0);
    assert_eq!(
        found(&report["warnings"]),
        [
            "SFTPPassword SFTP",
            "AcceptedIpNetwork SFTP FTPS FTP",
            "PublicKey SFTP",
            "PublicKey SFTP",
            "Password FTPS FTP",
            "FTPMaxSessionLimit FTP",
            "maxsessionlimit SFTP FTPS FTP",
        ]
    );
    let text = check(&secret).out(0);
    for expected in [
        "Password: is stored in plaintext; store a hash",
        "PublicKey: 1 public key left out",
        "PublicKey: SHA256:5fqZArvP+Xi2Jh/rVd/ZGMCGudq+zf3YNQSl1NZdDe8 is an rsa key of only 2048 \
         bits; give an ed25519 key",
        "maxsessionlimit: is ignored; was MaxSessionLimit meant?",
    ] {
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn a_home_directory_that_means_nothing_is_warned_of() {
    let secret = json!({
        "Role": ROLE, "Password": HASH, "AcceptedIpNetwork": "192.0.2.1", "HomeDirectory": "/x",
        "SFTPHomeDirectory": "/y", "HomeDirectoryDetails": [{"Entry": "/", "Target": "/b"}],
    });
    let report = report(&secret, 0);
    assert_eq!(found(&report["warnings"]), ["SFTPHomeDirectory SFTP", "HomeDirectory FTPS FTP"]);
}

#[test]
fn a_home_directory_by_a_roundabout_path_is_warned_of() {
    let warnings = |home: Value| {
        let mut secret = json!({"Role": ROLE, "Password": HASH, "AcceptedIpNetwork": "192.0.2.1"});
        secret.as_object_mut().unwrap().extend(home.as_object().unwrap().clone());
        found(&report(&secret, 0)["warnings"])
    };
    let details = |entry, target| {
        json!({"HomeDirectoryDetails": [
            {"Entry": "/a", "Target": "/b/a"}, {"Entry": entry, "Target": target},
        ]})
    };
    for path in ["/..", "/b/../c", "/b/..", "/./b", "/b/.", "//", "//b", "/b//c", "/b//"] {
        assert_eq!(warnings(json!({"FTPHomeDirectory": path})), ["FTPHomeDirectory FTP"], "{path}");
        for home in [details("/x", path), details(path, "/b")] {
            assert_eq!(warnings(home), ["HomeDirectoryDetails SFTP FTPS FTP"], "{path}");
        }
    }
    for path in ["/", "/b", "/b/", "/b/c", "/.b", "/b..", "/...", "/${transfer:UserName}"] {
        for home in [json!({"HomeDirectory": path}), details("/x", path), details(path, "/b")] {
            assert_eq!(warnings(home), [""; 0], "{path}");
        }
    }
}

#[test]
fn options_before_a_key_are_a_reason_to_leave_it_out() {
    let keys = format!("{ED25519}\nfrom=\"192.0.2.1\",no-pty {ED25519}");
    let secret = json!({"Role": ROLE, "PublicKey": keys});
    let text = check(&secret).out(0);
    assert!(text.contains("PublicKey: 1 public key left out: "), "{text}");
    assert!(text.contains("or with options before it"), "{text}");
}

#[test]
fn a_limit_that_does_not_fit_the_store_is_a_problem() {
    let largest = |max_value| {
        let store: Config = format!("memcached://x:1?max_value={max_value}").parse().unwrap();
        Capacity::of(store.max_value_len()).largest_limit().get()
    };
    let (small, usual) = (largest(16_384), largest(1 << 20));
    let secret = json!({"Role": ROLE, "Password": HASH, "FTPMaxSessionLimit": small + 1});
    let secret = secret.to_string();
    let check =
        |more: &[&str]| run_with(&[&["check-secret", "-"], more].concat(), secret.as_bytes());
    check(&[]).out(0);
    let text = check(&["--max-value", "16384"]).out(1);
    let problem = format!(
        "problem (FTP): FTPMaxSessionLimit: more than one item of the session store holds; give at \
         most {small}, "
    );
    assert!(text.contains(&problem), "{text}");
    for wrong in ["16k", "16384&tls=true", "4095", ""] {
        let complaint = check(&["--max-value", wrong]).complaint(2);
        assert!(complaint.contains("a number of bytes from 4096 to 1073741824"), "{complaint}");
    }
    let secret = |limit| json!({"Role": ROLE, "Password": HASH, "MaxSessionLimit": limit});
    report(&secret(usual), 0);
    let report = report(&secret(usual + 1), 1);
    assert_eq!(found(&report["problems"]), ["MaxSessionLimit SFTP FTPS FTP"]);
}

#[test]
fn a_number_fits_any_store_whatever_the_limit() {
    let secret = json!({"Role": ROLE, "Password": HASH, "MaxSessionLimit": u32::MAX}).to_string();
    let check =
        |more: &[&str]| run_with(&[&["check-secret", "-"], more].concat(), secret.as_bytes());
    check(&["--ledger", "counter"]).out(0);
    check(&["--ledger", "counter", "--max-value", "16384"]).out(0);
    check(&["--ledger", "lease"]).out(1);
    assert!(check(&["--ledger", "abacus"]).complaint(2).contains("lease, counter"));
}

#[test]
fn a_password_that_no_login_can_bring_is_a_problem() {
    let secret = json!({"Role": ROLE, "Password": "x".repeat(1025)});
    let text = check(&secret).out(1);
    assert!(text.contains("Password: cannot be used; give a password of at most 1024"), "{text}");
    assert!(text.contains("SFTP, FTPS, FTP: no logins"), "{text}");
    let secret = json!({"Role": ROLE, "Password": "x".repeat(1025), "PublicKey": ED25519});
    let report = report(&secret, 1);
    assert_eq!(found(&report["problems"]), ["Password SFTP FTPS FTP"]);
    assert_eq!(
        (&report["logins"][0]["password"], &report["logins"][0]["public_keys"]),
        (&json!(false), &json!(1))
    );
}

#[test]
fn who_gets_in_follows_from_the_methods_of_the_server() {
    let key = json!({"Role": ROLE, "PublicKey": ED25519});
    let both = json!({"Role": ROLE, "PublicKey": ED25519, "SFTPPassword": HASH});
    for (methods, secret, logins) in [
        ("PUBLIC_KEY_OR_PASSWORD", &both, "password, 1 public key; "),
        ("PUBLIC_KEY_AND_PASSWORD", &both, "password, 1 public key; "),
        ("PASSWORD", &both, "password; "),
        ("PUBLIC_KEY", &both, "1 public key; "),
        ("PUBLIC_KEY", &key, "1 public key; "),
        ("PUBLIC_KEY_AND_PASSWORD", &key, "no logins"),
        ("PASSWORD", &key, "no logins"),
    ] {
        let arguments = ["check-secret", "-", "--sftp-authentication-methods", methods];
        let ran = run_with(&arguments, secret.to_string().as_bytes());
        assert_eq!(ran.status, i32::from(logins == "no logins"), "{}", ran.out);
        let protocols = if logins == "no logins" { "SFTP, FTPS, FTP" } else { "SFTP" };
        assert!(ran.out.contains(&format!("\n  {protocols}: {logins}")), "{methods}: {}", ran.out);
    }
}

#[test]
fn the_name_of_a_file_cannot_steer_a_terminal() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("it's \u{1b}[2J\r\u{202e}é.json");
    std::fs::write(&path, json!({"Role": ROLE, "Password": HASH}).to_string()).unwrap();
    let text = run(&["check-secret", path.to_str().unwrap()]).out(0);
    assert!(text.contains("it's \\u{1b}[2J\\r\\u{202e}é.json: usable\n"), "{text}");
}

#[test]
fn a_secret_that_lets_nobody_in_is_not_usable() {
    for secret in [
        json!({"Role": ROLE}),
        json!({"Role": ROLE, "Password": " "}),
        json!({"Role": ROLE, "Password": HASH, "MaxSessionLimit": 0}),
        json!({"Role": ROLE, "FTPPassword": HASH, "FTPMaxSessionLimit": "0"}),
    ] {
        let report = report(&secret, 1);
        assert_eq!(found(&report["problems"]), ["– SFTP FTPS FTP"]);
        assert!(report["problems"][0]["what"].as_str().unwrap().contains("nobody can log in"));
    }
    report(&json!({"Role": ROLE, "FTPSPassword": HASH}), 0);
    let secret = json!({"Role": ROLE, "Password": HASH, "FTPMaxSessionLimit": 0});
    assert!(check(&secret).out(0).contains("\n  FTP: no logins\n"));
}

#[test]
fn what_is_no_secret_at_all_is_said() {
    for (input, expected) in [
        (&b"[]"[..], "not a JSON object"),
        (b"{\"Role\":1,\"Role\":2}", "Role: there more than once"),
    ] {
        let text = run_with(&["check-secret", "-"], input).out(1);
        assert!(text.contains(expected), "{text}");
    }
    let large = json!({"Role": ROLE, "Remark": "x".repeat(65_536)});
    assert!(check(&large).out(1).contains("larger than 64 KiB"));
}

/// Whatever stands at the fault: each call looks for the marker.
#[test]
fn what_cannot_be_read_as_json_is_told_why_and_where() {
    let deep = ["[".repeat(200), format!("\"{MARKER}\""), "]".repeat(200)].concat();
    for (value, fault) in [
        (MARKER, "expected value at line 2 column 1"),
        (&format!("\"{MARKER}"), "EOF while parsing a string at line 2 column "),
        (&format!("\"\\{MARKER}\""), "invalid escape at line 2 column 3"),
        (&format!("\"{MARKER}\n\""), "control character (\\u0000-\\u001F) found"),
        (&format!("{{{MARKER}:1}}"), "key must be a string at line 2 column 2"),
        (&format!("\"\" {MARKER}"), "expected `,` or `}` at line 2 column 4"),
        (&format!("\"{MARKER}\"}}{MARKER}"), "trailing characters at line 2 column "),
        (&format!("\"{MARKER}\\ud800\""), "unexpected end of hex escape at line 2 column "),
        (&format!("\"\\ud800{MARKER}\""), "unexpected end of hex escape at line 2 column 8"),
        (&format!("\"\\udc00{MARKER}\""), "lone leading surrogate in hex escape at line 2"),
        (&deep, "recursion limit exceeded at line 2 column 127"),
        ("1e999", "number out of range at line 2 column 5"),
        ("\u{feff}1", "expected value at line 2 column 1"),
    ] {
        let secret = format!("{{\"Role\":\"{ROLE}\",\"Password\":\n{value}}}");
        is_told_to_be_unreadable(secret.as_bytes(), fault);
    }
    is_told_to_be_unreadable(b"\xef\xbb\xbf{}", "a byte-order mark first; ");
    is_told_to_be_unreadable(b"\xff\xfe{\0}\0", "not UTF-8 from byte 1 on; ");
    is_told_to_be_unreadable(b"{\"Role\":\"\xff\"}", "not UTF-8 from byte 10 on; ");
}

#[track_caller]
fn is_told_to_be_unreadable(secret: &[u8], fault: &str) {
    let text = run_with(&["check-secret", "-"], secret).out(1);
    let expected = format!("problem: cannot be read as JSON: {fault}");
    assert!(text.contains(&expected), "{expected}: {text}");
}

#[test]
fn no_value_is_ever_shown() {
    let keys = session_limit_core::secret::UserSecret::KEYS;
    let values = [
        json!(MARKER),
        json!([MARKER]),
        json!({MARKER: MARKER}),
        json!(format!("$argon2id${MARKER}")),
        json!(format!("ssh-ed25519 {MARKER}")),
        json!(format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{MARKER}")),
        json!(format!("{{\"{MARKER}")),
    ];
    for value in &values {
        for prefix in ["", "FTP"] {
            let mut secret = json!({"Role": ROLE, "Password": MARKER});
            for key in keys {
                secret[format!("{prefix}{key}")] = value.clone();
            }
            let secret = secret.to_string();
            for arguments in [&["check-secret", "-"][..], &["check-secret", "--json", "-"]] {
                // Each call looks for the marker.
                let ran = run_with(arguments, secret.as_bytes());
                assert_eq!(ran.status, 1, "{}", ran.out);
            }
        }
    }
    check(&json!({"Role": ROLE, "Password": MARKER})).out(0);
    run_with(&["check-secret", "-"], MARKER.as_bytes()).out(1);
}

#[test]
fn many_files_are_summed_up() {
    let folder = TempDir::new().unwrap();
    let file = |name: &str, secret: &Value| {
        let path = folder.path().join(name);
        std::fs::write(&path, secret.to_string()).unwrap();
        path.into_os_string().into_string().unwrap()
    };
    let hash = json!({"Role": ROLE, "Password": HASH, "AcceptedIpNetwork": "192.0.2.1"});
    let good = file("good.json", &hash);
    let warned = file("warned.json", &json!({"Role": ROLE, "Password": MARKER}));
    let bad = file("bad.json", &json!({"Password": MARKER}));
    let missing = folder.path().join("missing.json").into_os_string().into_string().unwrap();
    let text = run(&["check-secret", &good, &warned, &bad, &missing]).out(1);
    assert_eq!(text.lines().last(), Some("2 usable, 2 with problems; 1 with warnings"));
    assert!(text.contains("missing.json: has problems\n  problem: cannot be read: "), "{text}");
    let text = run(&["check-secret", &good, &warned]).out(0);
    assert_eq!(text.lines().last(), Some("2 usable, 0 with problems; 1 with warnings"));
    let all = run(&["check-secret", "--json", &good, &bad]).json(1);
    assert_eq!(all["summary"], json!({"usable": 1, "unusable": 1, "with_warnings": 0}));
    assert_eq!(all["secrets"][1]["file"], json!(bad));
}

#[test]
fn without_a_file_there_is_nothing_to_check() {
    assert!(run(&["check-secret"]).complaint(2).contains("<FILE>"));
}
