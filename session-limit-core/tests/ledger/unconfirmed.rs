//! The answer of an operation that fails after a write of which nothing was heard.

use std::sync::Arc;

use session_limit_core::ledger::{
    Admitted, CounterLedger, CounterSettings, KeyPhase, LeaseLedger, LeaseSettings, Ledger,
    LedgerError,
};
use session_limit_core::login::Phase;
use session_limit_core::methods::{AuthenticationMethods, ServerMethods};
use session_limit_core::store::{Key, Store, StoreError, TableStore, Write};

use crate::desk::{Desk, HOME, START, seconds};
use crate::stepped::Fault::{self, ReplyLost, RequestLost, Unavailable};
use crate::stepped::{Stepped, finish};

fn desk(known: u32) -> Desk {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    for _ in 0..known {
        assert!(desk.admit(Phase::Password, HOME, 9, START));
    }
    desk
}

fn view(desk: &Desk, faults: &[(u32, Fault)]) -> Stepped {
    Stepped::new(desk.store.clone(), Arc::default(), faults.iter().copied())
}

fn leases(desk: &Desk, faults: &[(u32, Fault)]) -> LeaseLedger<Stepped> {
    LeaseLedger::new(view(desk, faults), LeaseSettings::default())
}

fn is_ambiguous(error: &LedgerError) -> bool {
    let is_it = matches!(error, LedgerError::Store(StoreError::Ambiguous(_)));
    assert_eq!(error.is_ambiguous(), is_it);
    is_it
}

/// Lets the operations of a login fail so, for a user with `known` leases. Returns the login's
/// error, and the number of leases afterwards.
fn login(known: u32, faults: &[(u32, Fault)]) -> (LedgerError, usize) {
    let mut desk = desk(known);
    let request = desk.request(Phase::Password, HOME, 9);
    let error = finish(leases(&desk, faults).admit(&request, START)).unwrap_err();
    (error, desk.table(START).reservations().len())
}

/// The operations are a load, a write, and those that follow because nothing was heard of the
/// write.
#[test]
fn a_login_whose_write_was_not_confirmed_may_hold_a_slot_whatever_fails_then() {
    for known in [0, 1] {
        let before = usize::try_from(known).unwrap();
        for (faults, taken) in [
            (&[(1, ReplyLost), (2, Unavailable)][..], 1),
            (&[(1, RequestLost), (2, Unavailable)], 0),
            // It is not there when it is looked for, and may still come.
            (&[(1, RequestLost), (3, Unavailable)], 0),
            (&[(1, RequestLost), (3, ReplyLost), (4, Unavailable)], 1),
            (&[(1, RequestLost), (3, RequestLost), (5, RequestLost)], 0),
        ] {
            let (error, after) = login(known, faults);
            assert!(is_ambiguous(&error), "{faults:?}: {error}");
            let is_followed = faults.last().is_some_and(|(_, fault)| *fault == Unavailable);
            assert_eq!(error.to_string().contains("; and then: "), is_followed, "{error}");
            assert_eq!(after, before + taken, "{faults:?}");
        }
    }
}

#[test]
fn a_login_that_never_sent_a_write_holds_no_slot() {
    for faults in [[(0, Unavailable)], [(1, Unavailable)]] {
        let (error, after) = login(1, &faults);
        assert!(!is_ambiguous(&error) && error.is_retryable(), "{faults:?}: {error}");
        assert_eq!(after, 1);
    }
}

#[test]
fn a_slot_may_have_been_given_back_whatever_fails_then() {
    let mut desk = desk(0);
    let request = desk.request(Phase::Password, HOME, 9);
    finish(desk.ledger.admit(&request, START)).unwrap();
    for (faults, left) in [
        (&[(0, Unavailable)][..], 1),
        (&[(1, RequestLost), (2, Unavailable)], 1),
        (&[(1, ReplyLost), (2, Unavailable)], 0),
    ] {
        let ledger = leases(&desk, faults);
        let error = finish(ledger.roll_back(&request, Admitted::Yes, START)).unwrap_err();
        assert_eq!(is_ambiguous(&error), faults.len() > 1, "{faults:?}: {error}");
        assert_eq!(desk.table(START).reservations().len(), left, "{faults:?}");
    }
}

/// The write of the login was on its way when the answer was given up.
#[test]
fn a_slot_that_was_given_back_cannot_be_taken_by_a_write_that_comes_later() {
    for (known, is_followed) in [(0, false), (0, true), (1, false), (1, true)] {
        let mut desk = desk(known);
        let table = Key::table(&desk.server, &desk.user);
        let load = |desk: &Desk| {
            let items = finish(desk.store.load(std::slice::from_ref(&table), START)).unwrap();
            items.into_iter().next().flatten()
        };
        let before = load(&desk);
        let request = desk.request(Phase::Password, HOME, 9);
        finish(desk.ledger.admit(&request, START)).unwrap();
        let on_the_way = load(&desk).unwrap().value;
        desk.store.evict(&table);
        if let Some(before) = &before {
            finish(desk.store.add(&table, &before.value, seconds(300), START)).unwrap();
        }
        let version = load(&desk).map(|there| there.version);
        finish(desk.ledger.roll_back(&request, Admitted::Unknown, START)).unwrap();
        if is_followed {
            // What others give back makes no room for it either.
            let other = desk.request(Phase::Password, HOME, 9);
            finish(desk.ledger.admit(&other, START)).unwrap();
            finish(desk.ledger.roll_back(&other, Admitted::Yes, START)).unwrap();
        }
        let late = START.after(seconds(59));
        let arrives = match version {
            None => finish(desk.store.add(&table, &on_the_way, seconds(300), late)),
            Some(version) => {
                finish(desk.store.replace(&table, &version, &on_the_way, seconds(300), late))
            }
        };
        assert_eq!(arrives, Ok(Write::Conflict));
        assert_eq!(desk.table(late).reservations().len(), usize::try_from(known).unwrap());
    }
}

#[test]
fn whether_a_slot_was_given_back_in_a_damaged_table_is_not_known() {
    let mut desk = desk(0);
    let request = desk.request(Phase::Password, HOME, 9);
    for admitted in [Admitted::Yes, Admitted::Unknown] {
        let table = Key::table(&desk.server, &desk.user);
        desk.store.evict(&table);
        finish(desk.store.add(&table, b"\x01damaged", seconds(300), START)).unwrap();
        let error = finish(desk.ledger.roll_back(&request, admitted, START)).unwrap_err();
        assert!(matches!(error, LedgerError::Store(StoreError::Corrupt(_))), "{error}");
    }
}

/// A counter cannot look for a login in its number, nor take back what may not be there: the slot
/// may stay taken, and that is said.
#[test]
fn a_counter_says_of_a_login_that_it_may_hold_a_slot() {
    let mut desk = desk(0);
    let request = desk.request(Phase::Password, HOME, 9);
    let key = desk.request(Phase::Key, HOME, 9);
    let settings =
        |methods| CounterSettings::new(seconds(3_600)).with_methods(ServerMethods::all(methods));
    let counter = |methods, faults: &[(u32, Fault)]| {
        CounterLedger::new(view(&desk, faults), settings(methods)).unwrap()
    };
    let (password, both) =
        (AuthenticationMethods::Password, AuthenticationMethods::PublicKeyAndPassword);
    for (fault, counted) in [(RequestLost, None), (ReplyLost, Some(1))] {
        let error = finish(counter(password, &[(0, fault)]).admit(&request, START)).unwrap_err();
        assert!(is_ambiguous(&error), "{error}");
        let ledger = counter(password, &[]);
        let error = finish(ledger.roll_back(&request, Admitted::Unknown, START)).unwrap_err();
        assert!(is_ambiguous(&error), "{error}");
        let count = finish(ledger.count(&desk.server, &desk.user, START)).unwrap();
        assert_eq!(count, counted);
    }
    let takes_nothing = counter(both, &[]);
    finish(takes_nothing.roll_back(&key, Admitted::Unknown, START)).unwrap();
}
