//! The lease ledger's invariants, S1 to S6, L1 and L2, with up to four handlers at once.

use std::time::Duration;

use proptest::prelude::*;
use session_limit_core::ledger::{KeyPhase, KeyScope, LeaseLedger, LeaseSettings, LeaseTimes};
use session_limit_core::store::TableStore;

use crate::interleaving::Interleaving;
use crate::stepped::Stepped;
use crate::truth::Nature;

const NATURE: Nature = Nature {
    limits: (1, 3),
    login_time: Duration::from_secs(120),
    reservation_ttl: Duration::from_secs(300),
    session_ttl: Duration::from_secs(1_800),
    skew: Duration::from_secs(4),
    faults: true,
    keys: true,
    quiet_refusals: true,
};

fn ledger<S: TableStore>(store: S, nature: &Nature) -> LeaseLedger<S> {
    let times = LeaseTimes::new(nature.reservation_ttl, nature.session_ttl)
        .unwrap()
        .with_login_time(nature.login_time)
        .with_key_login_time(nature.login_time)
        .with_skew(nature.skew);
    LeaseLedger::new(
        store,
        LeaseSettings::default().with_times(times).with_key_phase(KeyPhase::Strict),
    )
}

fn counted(run: &Interleaving<LeaseLedger<Stepped>>) -> u32 {
    let ledger = ledger(run.store.clone(), &run.nature);
    let table = pollster::block_on(ledger.table(&run.server, &run.user, run.now)).unwrap();
    table.unwrap_or_default().counted(None, KeyScope::Everybody, run.now)
}

fn follow(nature: Nature, schedule: &[u32]) -> Interleaving<LeaseLedger<Stepped>> {
    let mut run = Interleaving::new(nature, ledger);
    for choice in schedule {
        run.step(*choice); // asserts S2, S6 and L2 on the way
        let (held, counted) = (run.truly_held(), counted(&run));
        assert!(held <= counted, "S1: {held} hold or get a session, {counted} are counted");
    }
    run
}

fn check_that_all_is_given_back(mut run: Interleaving<LeaseLedger<Stepped>>) {
    run.settle();
    run.now = run.now.after(run.nature.reservation_ttl).after(run.nature.skew);
    assert_eq!(counted(&run), 0, "L1, S3, S4: slots are left although everything has ended");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn no_schedule_breaks_an_invariant(schedule in prop::collection::vec(any::<u32>(), 1..400)) {
        check_that_all_is_given_back(follow(NATURE, &schedule));
    }

    #[test]
    fn no_schedule_of_password_logins_without_faults_breaks_an_invariant(
        schedule in prop::collection::vec(any::<u32>(), 1..400),
    ) {
        let nature = Nature { faults: false, keys: false, ..NATURE };
        check_that_all_is_given_back(follow(nature, &schedule));
    }
}
