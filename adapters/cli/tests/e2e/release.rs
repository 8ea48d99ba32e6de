//! `release`.

use std::time::Duration;

use session_limit_core::event::EventKind;
use session_limit_core::ledger::Effect;
use session_limit_core::login::Phase;

use crate::desk::{ALICE, BELLA, Desk, connected};
use crate::program::run_at_terminal;

/// A session and a login of alice's, and a session of bella's.
fn desk() -> Desk {
    let desk = Desk::new();
    for (user, session) in [(ALICE, "aaa"), (BELLA, "bbb")] {
        desk.login(user, &format!("login-{session}"), Phase::Password);
        desk.observe(user, session, connected());
    }
    desk.login(ALICE, "login-ccc", Phase::Password);
    desk
}

/// The names of all that counts.
fn held(desk: &Desk, user: &str) -> Vec<String> {
    let view = desk.run("show", user, &["--json"]).json(0);
    let leases = view["leases"].as_array().unwrap().iter();
    leases.map(|lease| lease["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_session_is_released_for_good() {
    let desk = desk();
    let released = desk.run("release", ALICE, &["--session", "aaa", "--yes"]).out(0);
    assert_eq!(released, "released session aaa\n");
    assert_eq!(held(&desk, ALICE), ["login-ccc"]);
    for late in [connected(), EventKind::Activity, EventKind::Ended] {
        assert_eq!(desk.observe(ALICE, "aaa", late).effect, Effect::Unchanged, "{late:?}");
    }
    assert_eq!(held(&desk, ALICE), ["login-ccc"]);
    assert_eq!(held(&desk, BELLA), ["bbb"]);
}

#[test]
fn a_reservation_is_released_by_its_token() {
    let desk = desk();
    let released = desk.run("release", ALICE, &["--token", "login-ccc", "--yes"]).out(0);
    assert_eq!(released, "released password reservation login-ccc\n");
    assert_eq!(held(&desk, ALICE), ["aaa"]);
    assert_eq!(desk.observe(ALICE, "ccc", connected()).effect, Effect::Started);
    assert_eq!(held(&desk, ALICE), ["aaa", "ccc"]);
}

#[test]
fn all_of_a_user_and_of_nobody_else_is_released() {
    let desk = desk();
    let released = desk.run("release", ALICE, &["--all", "--yes"]).out(0);
    assert_eq!(released, "released session aaa\nreleased password reservation login-ccc\n");
    assert!(held(&desk, ALICE).is_empty());
    assert_eq!(held(&desk, BELLA), ["bbb"]);
    let again = desk.run("release", ALICE, &["--all", "--yes"]).out(0);
    assert!(again.starts_with("nothing counts against alice"), "{again}");
}

#[test]
fn what_the_user_does_not_hold_is_not_released() {
    let desk = desk();
    for what in [["--session", "bbb"], ["--session", "login-ccc"], ["--token", "aaa"]] {
        let complaint = desk.run("release", ALICE, &[&what[..], &["--yes"]].concat()).complaint(1);
        assert!(complaint.contains("alice holds no"), "{complaint}");
    }
    assert_eq!(held(&desk, ALICE), ["aaa", "login-ccc"]);
    assert_eq!(held(&desk, BELLA), ["bbb"]);
}

#[test]
fn nothing_is_released_unasked() {
    let desk = desk();
    assert!(desk.run("release", ALICE, &["--all"]).complaint(2).contains("say --yes"));
    let arguments = desk.arguments("release", ALICE, &["--session", "aaa"]);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    for answer in ["n", "", "yesterday"] {
        let complaint = run_at_terminal(&arguments, || {}, answer).complaint(1);
        assert!(complaint.contains("session  aaa") && complaint.contains("Release this? [y/N]"));
        assert!(complaint.ends_with("nothing has been released\n"), "{complaint}");
    }
    assert_eq!(held(&desk, ALICE), ["aaa", "login-ccc"]);
    assert_eq!(run_at_terminal(&arguments, || {}, "y").out, "released session aaa\n");
    assert_eq!(held(&desk, ALICE), ["login-ccc"]);
}

#[test]
fn what_was_gone_before_the_answer_is_not_said_to_be_released() {
    let desk = desk();
    let arguments = desk.arguments("release", ALICE, &["--all"]);
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let meanwhile = || {
        desk.observe(ALICE, "aaa", EventKind::Ended);
        desk.observe(ALICE, "ccc", connected());
    };
    assert_eq!(
        run_at_terminal(&arguments, meanwhile, "y").out,
        "session aaa was gone already\npassword reservation login-ccc was gone already\n"
    );
    assert_eq!(held(&desk, ALICE), ["ccc"]);
}

/// Both users' tables hold the session; its record names the user who was first.
#[test]
fn a_session_known_as_another_users_is_left_alone() {
    let desk = desk();
    desk.observe(BELLA, "aaa", connected());
    let complaint = desk.run("release", BELLA, &["--session", "aaa", "--yes"]).complaint(1);
    assert!(complaint.contains("session aaa: the store knows it as a session of another user"));
    assert_eq!(held(&desk, ALICE), ["aaa", "login-ccc"]);
}

/// The machine of the tool is six minutes fast, longer than a reservation lives.
#[test]
fn a_fast_clock_frees_nobody_elses_slots() {
    let desk = Desk::behind(Duration::from_secs(6 * 60));
    desk.login(ALICE, "login-aaa", Phase::Password);
    desk.observe(ALICE, "aaa", connected());
    desk.login(ALICE, "login-ccc", Phase::Password);
    let released = desk.run("release", ALICE, &["--session", "aaa", "--yes"]).out(0);
    assert_eq!(released, "released session aaa\n");
    let table = desk.table(ALICE);
    let tokens: Vec<_> = table.reservations().iter().map(|r| r.token.to_string()).collect();
    assert_eq!((tokens, table.sessions().len()), (vec!["login-ccc".to_owned()], 0));
}

#[test]
fn what_to_release_has_to_be_said() {
    let desk = desk();
    for what in [&["--yes"][..], &["--all", "--session", "aaa", "--yes"]] {
        desk.run("release", ALICE, what).complaint(2);
    }
    assert_eq!(held(&desk, ALICE), ["aaa", "login-ccc"]);
}

/// Two logins of alice's that count, of which one is known to be a session.
fn counted() -> Desk {
    let desk = Desk::new();
    for (user, session) in [(ALICE, "aaa"), (BELLA, "bbb")] {
        desk.login_counted(user, session);
        desk.observe_counted(user, session, connected());
    }
    desk.login_counted(ALICE, "ccc");
    desk
}

fn count(desk: &Desk, user: &str) -> u64 {
    let view = desk.run("show", user, &["--ledger", "counter", "--json"]).json(0);
    view["count"].as_u64().unwrap()
}

#[test]
fn a_counted_session_is_taken_from_the_number_once() {
    let desk = counted();
    let release = || {
        let what = ["--ledger", "counter", "--session", "aaa", "--yes"];
        desk.run("release", ALICE, &what).out(0)
    };
    assert_eq!(release(), "released session aaa\n");
    assert_eq!(count(&desk, ALICE), 1);
    assert_eq!(release(), "session aaa was counted as ended before\n");
    desk.observe_counted(ALICE, "aaa", EventKind::Ended);
    assert_eq!((count(&desk, ALICE), count(&desk, BELLA)), (1, 1));
}

#[test]
fn nothing_else_is_taken_from_a_number() {
    let desk = counted();
    for (what, expected) in [
        (&["--all"][..], "keeps one number"),
        (&["--token", "ccc"], "keeps one number"),
        (&["--session", "ccc"], "does not know ccc as a session of alice"),
        (&["--session", "bbb"], "does not know bbb as a session of alice"),
    ] {
        let more = [what, &["--ledger", "counter", "--yes"]].concat();
        let complaint = desk.run("release", ALICE, &more).complaint(1);
        assert!(complaint.contains(expected), "{complaint}");
    }
    assert_eq!((count(&desk, ALICE), count(&desk, BELLA)), (2, 1));
}
