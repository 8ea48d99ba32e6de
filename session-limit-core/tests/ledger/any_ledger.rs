//! A ledger chosen at run time, and one that is shared, are the ledger that they stand for.

use std::sync::Arc;

use pollster::block_on;
use session_limit_core::event::EventKind;
use session_limit_core::ledger::{
    Admission, Admitted, AnyLedger, CounterLedger, CounterSettings, Effect, KeyPhase, LeaseLedger,
    LeaseSettings, Ledger, Observation, Untracked, Verdict,
};
use session_limit_core::login::Phase;
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::store::MemoryStore;

use crate::desk::{Desk, HOME, START, connected, seconds};

/// Returns a ledger's answers to two logins with a limit of 1, the first of which is given back in
/// between, and to a session.
fn told(ledger: &impl Ledger) -> (Vec<Admission>, Vec<Observation>) {
    let mut desk = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password);
    let (first, second) =
        (desk.request(Phase::Password, HOME, 1), desk.request(Phase::Password, HOME, 1));
    let admit = |request| block_on(ledger.admit(request, START)).unwrap();
    let mut admissions = vec![admit(&first), admit(&second)];
    block_on(ledger.roll_back(&first, Admitted::Yes, START)).unwrap();
    admissions.push(admit(&second));
    let observe = |kind| block_on(ledger.observe(&desk.event("aaa", kind, START), START)).unwrap();
    (admissions, vec![observe(connected(false, HOME)), observe(EventKind::Ended)])
}

fn leases() -> LeaseLedger<MemoryStore> {
    LeaseLedger::new(MemoryStore::new(), LeaseSettings::default())
}

fn counter() -> CounterLedger<MemoryStore> {
    let settings = CounterSettings::new(seconds(3_600));
    CounterLedger::new(MemoryStore::new(), settings).unwrap()
}

fn verdicts(told: &(Vec<Admission>, Vec<Observation>)) -> Vec<Verdict> {
    told.0.iter().map(|admission| admission.verdict).collect()
}

#[test]
fn whichever_is_chosen_does_what_it_would_alone() {
    use Verdict::{Admitted, Refused};
    assert_eq!(told(&AnyLedger::Lease(leases())), told(&leases()));
    assert_eq!(told(&AnyLedger::Counter(counter())), told(&counter()));
    assert_eq!(told(&AnyLedger::<MemoryStore>::Untracked(Untracked)), told(&Untracked));
    for limited in [told(&leases()), told(&counter())] {
        assert_eq!(verdicts(&limited), [Admitted, Refused, Admitted]);
    }
}

#[test]
fn a_shared_ledger_is_the_one_that_is_shared() {
    assert_eq!(told(&Arc::new(leases())), told(&leases()));
}

#[test]
fn without_tracking_everybody_gets_in_and_nothing_is_remembered() {
    let (admissions, observations) = told(&Untracked);
    let admitted = Admission::new(Verdict::Admitted, 0);
    assert_eq!(admissions, [admitted.clone(), admitted.clone(), admitted]);
    let user = Desk::new(KeyPhase::Auto, AuthenticationMethods::Password).user;
    // The end of a session names no user.
    let expected = [Some(user), None].map(|user| {
        let mut nothing = Observation::new(Effect::Unchanged);
        nothing.user = user;
        nothing
    });
    assert_eq!(observations, expected);
}
