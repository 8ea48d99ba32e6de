//! The slots that key-phase logins take, and the logins that they count against.

use pollster::block_on;
use session_limit_core::event::EventKind;
use session_limit_core::ledger::{Effect, KeyPhase, LeaseTimes, Ledger, Verdict};
use session_limit_core::login::Phase;
use session_limit_core::methods::AuthenticationMethods::{
    PublicKey, PublicKeyAndPassword, PublicKeyOrPassword,
};

use crate::desk::{Desk, HOME, START, connected, connected_in_old_log, seconds};

const STRANGER: [u8; 4] = [198, 51, 100, 7];

#[test]
fn a_strangers_probes_take_up_nobodys_slots() {
    let mut desk = Desk::new(KeyPhase::Auto, PublicKey);
    for _ in 0..50 {
        desk.admit(Phase::Key, STRANGER, 2, START);
    }
    assert!(desk.admit(Phase::Key, HOME, 2, START));
    assert!(desk.admit(Phase::Key, HOME, 2, START));
    assert!(!desk.admit(Phase::Key, HOME, 2, START), "a burst from one address is limited");
}

#[test]
fn under_strict_a_stranger_can_hold_slots_until_they_expire() {
    let mut desk = Desk::new(KeyPhase::Strict, PublicKey);
    for _ in 0..50 {
        desk.admit(Phase::Key, STRANGER, 2, START);
    }
    assert!(!desk.admit(Phase::Key, HOME, 2, START));
    assert!(desk.admit(Phase::Key, HOME, 2, START.after(LeaseTimes::DEFAULT_RESERVATION_TTL)));
}

#[test]
fn a_session_by_key_counts_against_everybody_once_connected() {
    let mut desk = Desk::new(KeyPhase::Auto, PublicKey);
    assert!(desk.admit(Phase::Key, STRANGER, 1, START));
    desk.observe("aaa", connected(true, STRANGER), START, START);
    assert!(!desk.admit(Phase::Key, HOME, 1, START));
    assert_eq!(desk.table(START).reservations().len(), 0);
}

#[test]
fn a_start_consumes_only_of_its_own_class() {
    let mut desk = Desk::new(KeyPhase::Strict, PublicKeyOrPassword);
    assert!(desk.admit(Phase::Password, HOME, 9, START));
    assert!(desk.admit(Phase::Key, STRANGER, 9, START));
    assert!(desk.admit(Phase::Key, HOME, 9, START));
    desk.observe("by-key", connected(true, HOME), START, START);
    assert_eq!(desk.open(START), ["token-1", "token-2"]);
    desk.observe("by-password-from-elsewhere", connected(false, STRANGER), START, START);
    assert_eq!(desk.open(START), ["token-1", "token-2"]);
    desk.observe("by-password", connected(false, HOME), START, START);
    assert_eq!(desk.open(START), ["token-2"]);
    desk.observe("one-more-by-password", connected(false, STRANGER), START, START);
    assert_eq!(desk.open(START), ["token-2"]);
    // In the old log, where there is no password login left, it can only have been a key.
    desk.observe("by-key-in-an-old-log", connected_in_old_log(STRANGER), START, START);
    assert_eq!(desk.open(START), [""; 0]);
}

#[test]
fn a_start_whose_slot_another_took_makes_that_one_take_another() {
    let mut desk = Desk::new(KeyPhase::Strict, PublicKeyOrPassword);
    let at = |n| START.after(seconds(n));
    assert!(desk.admit(Phase::Password, HOME, 9, START));
    assert!(desk.admit(Phase::Key, HOME, 9, START));
    assert!(desk.admit(Phase::Password, HOME, 9, at(20)));
    desk.observe("later", connected(false, HOME), at(21), at(22));
    assert_eq!(desk.open(at(22)), ["token-1", "token-2"], "its own: the first is too old for it");
    desk.observe("earlier", connected(false, HOME), at(10), at(22));
    assert_eq!(
        (desk.open(at(22)), desk.table(at(22)).sessions().len()),
        (vec!["token-2".into()], 2)
    );
}

/// A login by password that is too old to cover any that starts now has failed.
#[test]
fn a_failed_login_keeps_no_start_of_another_class_from_its_slot() {
    let mut desk = Desk::new(KeyPhase::Strict, PublicKeyOrPassword);
    let at = |n| START.after(seconds(n));
    assert!(desk.admit(Phase::Password, HOME, 9, START));
    assert!(desk.admit(Phase::Key, HOME, 9, at(200)));
    desk.observe("by-key-in-an-old-log", connected_in_old_log(HOME), at(210), at(212));
    assert_eq!(
        (desk.open(at(212)), desk.table(at(212)).sessions().len()),
        (vec!["token-1".into()], 1)
    );
}

#[test]
fn key_and_password_takes_one_slot_for_two_questions() {
    for key_phase in [KeyPhase::Auto, KeyPhase::Strict, KeyPhase::Check] {
        let mut desk = Desk::new(key_phase, PublicKeyAndPassword);
        assert!(desk.admit(Phase::Key, HOME, 1, START));
        assert!(desk.admit(Phase::Password, HOME, 1, START));
        assert!(!desk.admit(Phase::Key, HOME, 1, START));
        desk.observe("aaa", connected(true, HOME), START, START);
        assert_eq!(desk.table(START).reservations().len(), 0);
        assert_eq!(desk.observe("aaa", EventKind::Ended, START, START), Effect::Ended);
        assert!(desk.admit(Phase::Key, HOME, 1, START));
    }
}

#[test]
fn under_check_a_burst_gets_in_and_is_reported() {
    let mut desk = Desk::new(KeyPhase::Check, PublicKey);
    for _ in 0..3 {
        assert!(desk.admit(Phase::Key, HOME, 1, START));
    }
    for number in 0..3 {
        desk.observe(&format!("session-{number}"), connected(true, HOME), START, START);
    }
    let refused = desk.try_admit(Phase::Key, HOME, 1, START).unwrap();
    assert_eq!(refused.report.overdraft, 2);
}

#[test]
fn a_v6_network_is_one_address() {
    let mut desk = Desk::new(KeyPhase::Auto, PublicKey);
    let mut admit = |ip: &str| {
        let mut request = desk.request(Phase::Key, HOME, 1);
        request.source = Some(ip.parse().unwrap());
        let admission = block_on(desk.ledger.admit(&request, START)).unwrap();
        admission.verdict == Verdict::Admitted
    };
    assert!(admit("2001:db8::1"));
    assert!(!admit("2001:db8::2"));
    assert!(admit("2001:db8:0:1::2"));
    assert!(admit("10.1.1.1"));
    assert!(!admit("::ffff:10.1.1.1"));
}

#[test]
fn a_wrong_clock_makes_nothing_last() {
    let mut desk = Desk::new(KeyPhase::Auto, PublicKeyOrPassword);
    assert!(desk.admit(Phase::Password, HOME, 1, START));
    let far = START.after(seconds(1_000_000));
    desk.observe("aaa", connected(false, HOME), far, START);
    let end = START.after(LeaseTimes::DEFAULT_SESSION_TTL).after(seconds(6));
    assert!(desk.admit(Phase::Password, HOME, 1, end));
}

#[test]
fn probes_beyond_the_cap_are_only_looked_at_and_reported() {
    let mut desk = Desk::new(KeyPhase::Auto, PublicKey);
    for number in 0..64 {
        let admission = desk.try_admit(Phase::Key, [10, 0, 0, number], 2, START).unwrap();
        assert!(!admission.report.unreserved);
    }
    let admission = desk.try_admit(Phase::Key, [10, 0, 1, 0], 2, START).unwrap();
    assert!(admission.report.unreserved && admission.verdict == Verdict::Admitted);
    assert_eq!(desk.table(START).reservations().len(), 64);
}
