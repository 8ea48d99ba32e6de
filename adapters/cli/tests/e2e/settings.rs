//! Settings, and stores that do not answer.

use session_limit_harness::ports;

use crate::desk::{ALICE, Desk, SERVER};
use crate::program::{MARKER, program, run};

fn show(store: &str, more: &[&str]) -> crate::program::Ran {
    let usual = ["show", ALICE, "--server", SERVER, "--session-store", store];
    run(&[&usual[..], more].concat())
}

#[test]
fn the_settings_of_the_lambda_functions_are_taken() {
    let desk = Desk::new();
    desk.login_counted(ALICE, "one");
    let mut command = program(&["show", ALICE, "--server", SERVER]);
    command.env("SESSION_STORE", desk.url()).env("SESSION_LEDGER", "counter");
    command.env("STORE_TIMEOUT_MS", "10000").env("SFTP_AUTHENTICATION_METHODS", "PASSWORD");
    let output = command.output().unwrap();
    assert!(String::from_utf8(output.stdout).unwrap().ends_with("\n1 counted\n"));
}

#[test]
fn settings_that_cannot_be_used_are_wrong_calls() {
    let url = "memcached://127.0.0.1:1";
    for (store, more, expected) in [
        ("none", &[][..], "SESSION_STORE: without a store"),
        ("", &[], "SESSION_STORE: missing"),
        ("redis://127.0.0.1:1", &[], "starts with memcached://"),
        ("memcached://localhost", &[], "has no port"),
        (
            "memcached://localhost:1?tls=true&ca=/none.pem",
            &[],
            "/none.pem: I/O error: No such file",
        ),
        (url, &["--ledger", "abacus"], "SESSION_LEDGER: no such value; accepted: lease, counter"),
        (url, &["--session-ttl", "0"], "SESSION_TTL_SECONDS: out of range"),
        (url, &["--login-time", "301"], "LOGIN_TIME_SECONDS: longer than RESERVATION_TTL_SECONDS"),
        (
            url,
            &["--key-login-time", "60", "--reservation-ttl", "59"],
            "KEY_LOGIN_TIME_SECONDS: longer than RESERVATION_TTL_SECONDS",
        ),
        (
            url,
            &["--reservation-class", "net"],
            "RESERVATION_CLASS: no such value; accepted: address, user",
        ),
        (url, &["--store-timeout", "soon"], "STORE_TIMEOUT_MS: not a whole number"),
        (url, &["--watch=0"], "expected a whole number from 1 to 3600"),
    ] {
        let complaint = show(store, more).complaint(2);
        assert!(complaint.contains(expected), "{complaint}");
    }
    run(&["show", ALICE, "--server", SERVER]).complaint(2);
    run(&["show", "no user", "--server", SERVER, "--session-store", url]).complaint(2);
}

/// All that say how sessions are kept are read, so that this ledger is the one of the functions.
#[test]
fn a_wrong_setting_in_the_environment_is_a_wrong_call() {
    for name in [
        "SESSION_LEDGER",
        "LOGIN_TIME_SECONDS",
        "KEY_LOGIN_TIME_SECONDS",
        "RESERVATION_TTL_SECONDS",
        "SESSION_TTL_SECONDS",
        "RESERVATION_CLASS",
        "STORE_TIMEOUT_MS",
    ] {
        let mut command = program(&["show", ALICE, "--server", SERVER]);
        command.env("SESSION_STORE", "memcached://127.0.0.1:1").env(name, "wrong");
        let output = command.output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{name}: {complaint}");
        assert!(complaint.contains(&format!("{name}: ")), "{complaint}");
    }
}

#[test]
fn the_status_is_the_same_if_nobody_reads_the_complaint() {
    let (reader, closed) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = program(&["show", ALICE, "--server", SERVER, "--session-store", "none"]);
    assert_eq!(command.stderr(closed).status().unwrap().code(), Some(2));
}

/// Each call looks for the marker.
#[test]
fn a_password_in_an_address_is_not_shown() {
    let store = format!("memcached://bob:{MARKER}@127.0.0.1:1");
    assert!(show(&store, &[]).complaint(2).contains("takes no user name or password"));
    let help = program(&["show", "--help"]).env("SESSION_STORE", store).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    assert!(!help.contains(MARKER));
    assert!(help.contains("max_value=BYTES"), "{help}");
}

#[test]
fn a_store_that_does_not_answer_is_told_from_a_wrong_call() {
    let complaint = show(&format!("memcached://{}", ports::nobody()), &[]).complaint(1);
    assert!(complaint.contains("the session store is unavailable"), "{complaint}");
}
