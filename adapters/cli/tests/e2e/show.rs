//! `show`.

use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStderr, ChildStdout, Stdio};

use serde_json::{Value, json};
use session_limit_core::event::EventKind;
use session_limit_core::ledger::ReservationClass;
use session_limit_core::login::Phase;
use session_limit_core::store::Key;

use crate::desk::{ALICE, BELLA, Desk, SERVER, connected};
use crate::program::{program, run};

/// Two sessions, one of which has ended, and two logins that have not become sessions.
fn desk() -> Desk {
    let desk = Desk::new();
    for session in ["aaa", "bbb"] {
        desk.login(ALICE, &format!("login-{session}"), Phase::Password);
        desk.observe(ALICE, session, connected());
    }
    desk.observe(ALICE, "bbb", EventKind::Ended);
    desk.login(ALICE, "login-ccc", Phase::Password);
    desk.login(ALICE, "login-ddd", Phase::Key);
    desk
}

#[test]
fn each_lease_is_shown_with_what_is_known_of_it() {
    let desk = desk();
    let view = desk.run("show", ALICE, &["--json"]).json(0);
    let lease = |kind, id, more: Value, place: usize| {
        let shown = &view["leases"][place];
        let (since, until) = (&shown["since"], &shown["until"]);
        assert!(since.as_str() < until.as_str() && since.as_str() <= view["at"].as_str());
        let mut lease = json!({"kind": kind, "id": id, "address": "192.0.2.1"});
        let more = [more, json!({"since": since, "until": until})];
        more.iter().for_each(|more| lease.as_object_mut().unwrap().extend(object(more)));
        lease
    };
    let by_address = json!({"class": "address"});
    assert_eq!(
        view,
        json!({
            "user": ALICE, "server": SERVER, "at": view["at"], "known": true, "ledger": "lease",
            "limit": 5, "ended": 1,
            "leases": [
                lease("session", "aaa", json!({}), 0),
                lease("password reservation", "login-ccc", by_address.clone(), 1),
                lease("key reservation", "login-ddd", by_address, 2),
            ],
        })
    );
}

fn object(value: &Value) -> serde_json::Map<String, Value> {
    value.as_object().unwrap().clone()
}

/// A start from any address may take it.
#[test]
fn a_reservation_that_is_for_any_address_is_told_from_one_that_is_not() {
    let desk = Desk::with_reservations_by(ReservationClass::User);
    desk.login(ALICE, "login-aaa", Phase::Password);
    let lease = &desk.run("show", ALICE, &["--json"]).json(0)["leases"][0];
    assert_eq!((&lease["address"], &lease["class"]), (&json!("192.0.2.1"), &json!("user")));
    let text = desk.run("show", ALICE, &[]).out(0);
    assert!(text.contains(" 192.0.2.1, or any "), "{text}");
}

#[test]
fn people_are_told_how_long_ago_it_was() {
    let text = desk().run("show", ALICE, &[]).out(0);
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].starts_with(&format!("{ALICE} on {SERVER}, 20")), "{text}");
    let summary = "1 session, 2 reservations; the limit of the latest login was 5; \
        1 ended not long ago";
    assert_eq!(lines[1], summary);
    let words: Vec<_> = lines[4].split_whitespace().collect();
    assert_eq!(words[..3], ["session", "aaa", "192.0.2.1"], "{text}");
    let words: Vec<_> = lines[5].split_whitespace().collect();
    assert_eq!(words[..4], ["password", "reservation", "login-ccc", "192.0.2.1"], "{text}");
    assert!(lines[4..7].iter().all(|line| line.contains("Z (in ")), "{text}");
    assert_eq!(lines.len(), 7, "{text}");
}

#[test]
fn a_user_who_was_never_seen_is_told_from_one_who_holds_nothing() {
    let desk = Desk::new();
    desk.observe(ALICE, "aaa", EventKind::Ended);
    let view = desk.run("show", ALICE, &["--json"]).json(0);
    assert_eq!((&view["leases"], &view["known"]), (&json!([]), &json!(true)));
    let text = desk.run("show", ALICE, &[]).out(0);
    assert!(text.ends_with("\n0 sessions, 0 reservations; 1 ended not long ago\n"), "{text}");
    for ledger in ["lease", "counter"] {
        let view = desk.run("show", BELLA, &["--json", "--ledger", ledger]).json(0);
        assert_eq!((&view["known"], &view["hint"]), (&json!(false), &Value::Null));
        let text = desk.run("show", BELLA, &["--ledger", ledger]).out(0);
        assert!(text.contains("\nnever seen here, or so long ago"), "{text}");
    }
}

#[test]
fn a_user_of_the_other_ledger_is_recognised() {
    let desk = Desk::new();
    desk.login(ALICE, "one", Phase::Password);
    desk.login_counted(BELLA, "two");
    for (user, asked, right) in [(ALICE, "counter", "lease"), (BELLA, "lease", "counter")] {
        let hint = format!(
            "this user's sessions may be counted by the other ledger: try --ledger {right}"
        );
        let text = desk.run("show", user, &["--ledger", asked]).out(0);
        assert!(text.ends_with(&format!("\n{hint}\n")), "{text}");
        let view = desk.run("show", user, &["--ledger", asked, "--json"]).json(0);
        assert_eq!(view["hint"], json!(hint));
    }
    let complaint = desk.run("release", BELLA, &["--all", "--yes"]).complaint(1);
    assert!(complaint.contains("try --ledger counter"), "{complaint}");
}

#[test]
fn what_the_other_ledger_cannot_read_is_a_hint_as_well() {
    let desk = Desk::new();
    desk.damage(Key::counter, ALICE);
    desk.damage(Key::table, BELLA);
    for (user, asked, other) in [(ALICE, "lease", "counter"), (BELLA, "counter", "lease")] {
        let text = desk.run("show", user, &["--ledger", asked]).out(0);
        assert!(
            text.contains(&format!("may be counted by the other ledger: try --ledger {other}"))
        );
        desk.run("show", user, &["--ledger", other]).complaint(1);
    }
}

#[test]
fn a_counter_is_shown_as_the_number_it_is() {
    let desk = Desk::new();
    for token in ["one", "two"] {
        desk.login_counted(ALICE, token);
    }
    let view = desk.run("show", ALICE, &["--ledger", "counter", "--json"]).json(0);
    assert_eq!((&view["ledger"], &view["count"]), (&json!("counter"), &json!(2)));
    let text = desk.run("show", ALICE, &["--ledger", "counter"]).out(0);
    assert!(text.ends_with("\n2 counted\n"), "{text}");
}

#[test]
fn a_store_of_small_items_is_none_too_small_to_look_at() {
    let desk = Desk::new();
    desk.login(ALICE, "one", Phase::Password);
    desk.login_counted(BELLA, "two");
    let url = format!("{}?max_value=4096", desk.url());
    for (user, ledger) in [(ALICE, "lease"), (BELLA, "counter")] {
        let arguments =
            ["show", user, "--server", SERVER, "--session-store", &url, "--ledger", ledger];
        let view = run(&[&arguments[..], &["--store-timeout", "10000", "--json"]].concat()).json(0);
        assert_eq!(view["known"], json!(true), "{view}");
    }
}

/// A program that watches. Ends with the value.
struct Watch {
    child: Child,
    views: Lines<BufReader<ChildStdout>>,
    complaints: Lines<BufReader<ChildStderr>>,
}

impl Watch {
    fn start(desk: &Desk) -> Self {
        let arguments = desk.arguments("show", ALICE, &["--json", "--watch=1"]);
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let mut command = program(&arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let views = BufReader::new(child.stdout.take().unwrap()).lines();
        let complaints = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, views, complaints }
    }

    /// Waits until so many leases count.
    fn wait_for(&mut self, leases: usize) {
        let count = |line: std::io::Result<String>| {
            let view: Value = serde_json::from_str(&line.unwrap()).unwrap();
            view["leases"].as_array().unwrap().len()
        };
        assert!(self.views.any(|line| count(line) == leases), "it has ended");
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn who_watches_sees_what_changes() {
    let desk = desk();
    let mut watch = Watch::start(&desk);
    watch.wait_for(3);
    desk.observe(ALICE, "aaa", EventKind::Ended);
    watch.wait_for(2);
}

#[test]
fn who_watches_sees_the_store_go_and_come_back() {
    let mut desk = desk();
    let mut watch = Watch::start(&desk);
    watch.wait_for(3);
    desk.server.kill();
    let complaint = watch.complaints.next().unwrap().unwrap();
    assert!(complaint.contains("the session store is unavailable"), "{complaint}");
    desk.server.restart();
    watch.wait_for(0);
}
