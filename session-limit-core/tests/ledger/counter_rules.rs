//! The counter ledger's rules, one at a time.

use std::sync::Arc;

use pollster::block_on;
use session_limit_core::event::EventKind;
use session_limit_core::ledger::{
    Admission, AdmissionRequest, Admitted, CounterLedger, CounterSettings, Effect, KeyPhase,
    Ledger, Observation, Report, Verdict,
};
use session_limit_core::login::Phase;
use session_limit_core::methods::{AuthenticationMethods, ServerMethods};
use session_limit_core::store::{CounterStore, MemoryStore};

use crate::desk::{Desk, HOME, START, connected, seconds};
use crate::stepped::{Fault, Stepped, finish};

/// The report of an operation that went well.
fn quiet() -> Report {
    let mut report = Report::default();
    report.attempts = 1;
    report
}

/// An answer of an operation that went well.
fn told(verdict: Verdict, counted: u32) -> Admission {
    let mut admission = Admission::new(verdict, counted);
    admission.report = quiet();
    admission
}

/// The desk of a server whose users authenticate so, with its ledger.
fn desk(methods: AuthenticationMethods) -> (Desk, CounterLedger<Arc<MemoryStore>>) {
    let desk = Desk::new(KeyPhase::Auto, methods);
    let ledger = ledger(desk.store.clone(), methods);
    (desk, ledger)
}

/// A counter ledger over the desk's store, or over a view of it.
fn ledger<S: CounterStore>(store: S, methods: AuthenticationMethods) -> CounterLedger<S> {
    let settings = CounterSettings::new(seconds(3_600)).with_methods(ServerMethods::all(methods));
    CounterLedger::new(store, settings).unwrap()
}

/// A view of the desk's store, one operation of which never reaches it.
fn failing_at(desk: &Desk, operation: u32) -> Stepped {
    let fault = Some((operation, Fault::Unavailable));
    Stepped::new(desk.store.clone(), Arc::default(), fault)
}

fn admit(ledger: &CounterLedger<Arc<MemoryStore>>, request: &AdmissionRequest) -> Admission {
    block_on(ledger.admit(request, START)).unwrap()
}

fn count(ledger: &CounterLedger<Arc<MemoryStore>>, desk: &Desk) -> Option<u64> {
    block_on(ledger.count(&desk.server, &desk.user, START)).unwrap()
}

#[test]
fn only_a_slot_known_to_be_taken_is_given_back() {
    let (mut desk, ledger) = desk(AuthenticationMethods::Password);
    let request = desk.request(Phase::Password, HOME, 2);
    let roll_back = |admitted| block_on(ledger.roll_back(&request, admitted, START));
    assert_eq!((admit(&ledger, &request).counted, admit(&ledger, &request).counted), (1, 2));
    roll_back(Admitted::Unknown).unwrap_err();
    assert_eq!(count(&ledger, &desk), Some(2));
    roll_back(Admitted::Yes).unwrap();
    assert_eq!(count(&ledger, &desk), Some(1));
}

#[test]
fn a_key_that_the_password_must_follow_takes_nothing_and_gives_nothing_back() {
    let (mut desk, ledger) = desk(AuthenticationMethods::PublicKeyAndPassword);
    let (key, password) =
        (desk.request(Phase::Key, HOME, 1), desk.request(Phase::Password, HOME, 1));
    assert_eq!(admit(&ledger, &key), told(Verdict::Admitted, 0));
    assert_eq!(count(&ledger, &desk), None);
    assert_eq!(admit(&ledger, &password), told(Verdict::Admitted, 1));
    assert_eq!(admit(&ledger, &key), told(Verdict::Refused, 1));
    block_on(ledger.roll_back(&key, Admitted::Yes, START)).unwrap();
    assert_eq!(count(&ledger, &desk), Some(1));
}

#[test]
fn a_limit_of_nothing_writes_nothing() {
    let (mut desk, ledger) = desk(AuthenticationMethods::Password);
    let refused = admit(&ledger, &desk.request(Phase::Password, HOME, 0));
    assert_eq!(refused, told(Verdict::Refused, 0));
    assert_eq!(count(&ledger, &desk), None);
}

#[test]
fn it_is_told_whose_session_it_is_since_when_and_how_many_count() {
    let (mut desk, ledger) = desk(AuthenticationMethods::Password);
    for _ in 0..3 {
        admit(&ledger, &desk.request(Phase::Password, HOME, 3));
    }
    let tell = |kind, at| block_on(ledger.observe(&desk.event("aaa", kind, at), at)).unwrap();
    let told = |effect, counted, connected, report| {
        let mut told = Observation::new(effect);
        told.user = Some(desk.user.clone());
        (told.counted, told.connected, told.report) = (counted, connected, report);
        told
    };
    let started = told(Effect::Started, Some(3), Some(START), Report::default());
    assert_eq!(tell(connected(false, HOME), START), started);
    let ended = told(Effect::Ended, Some(2), Some(START), quiet());
    assert_eq!(tell(EventKind::Ended, START.after(seconds(90))), ended);
    let again = told(Effect::Unchanged, None, None, Report::default());
    assert_eq!(tell(EventKind::Ended, START.after(seconds(90))), again);
}

/// A decrement that failed is never tried again.
#[test]
fn a_slot_that_the_store_does_not_take_back_is_reported() {
    let methods = AuthenticationMethods::Password;
    let (mut desk, sound) = desk(methods);
    let mut leaked = quiet();
    leaked.leaked = true;
    assert_eq!(admit(&sound, &desk.request(Phase::Password, HOME, 1)).report, quiet());
    // Increment, decrement.
    let refused = ledger(failing_at(&desk, 1), methods);
    let refused = finish(refused.admit(&desk.request(Phase::Password, HOME, 1), START)).unwrap();
    assert_eq!((refused.verdict, refused.counted, refused.report), (Verdict::Refused, 1, leaked));
    assert_eq!(count(&sound, &desk), Some(2));
    block_on(sound.observe(&desk.event("aaa", connected(false, HOME), START), START)).unwrap();
    // The session record is added and, since there is one, read; the mark; decrement.
    let ended = ledger(failing_at(&desk, 3), methods);
    let ended = finish(ended.observe(&desk.event("aaa", EventKind::Ended, START), START)).unwrap();
    assert_eq!((ended.effect, ended.counted, ended.report), (Effect::Ended, None, leaked));
    assert_eq!(count(&sound, &desk), Some(2));
}
