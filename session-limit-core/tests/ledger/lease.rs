//! The lease ledger's invariants, S1 to S6, L1 and L2, with up to four handlers at once.

use std::time::Duration;

use proptest::prelude::*;
use session_limit_core::ledger::{KeyPhase, KeyScope, LeaseLedger, LeaseSettings, LeaseTimes};
use session_limit_core::store::TableStore;

use crate::stepped::Stepped;
use crate::truth::Nature;
use crate::world::World;

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

fn counted(world: &World<LeaseLedger<Stepped>>) -> u32 {
    let ledger = ledger(world.store.clone(), &world.nature);
    let table = pollster::block_on(ledger.table(&world.server, &world.user, world.now)).unwrap();
    table.unwrap_or_default().counted(None, KeyScope::Everybody, world.now)
}

fn run(nature: Nature, schedule: &[u32]) -> World<LeaseLedger<Stepped>> {
    let mut world = World::new(nature, ledger);
    for choice in schedule {
        world.step(*choice); // asserts S2, S6 and L2 on the way
        let (held, counted) = (world.truly_held(), counted(&world));
        assert!(held <= counted, "S1: {held} hold or get a session, {counted} are counted");
    }
    world
}

fn check_that_all_is_given_back(mut world: World<LeaseLedger<Stepped>>) {
    world.settle();
    world.now = world.now.after(world.nature.reservation_ttl).after(world.nature.skew);
    assert_eq!(counted(&world), 0, "L1, S3, S4: slots are left although everything has ended");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn no_schedule_breaks_an_invariant(schedule in prop::collection::vec(any::<u32>(), 1..400)) {
        check_that_all_is_given_back(run(NATURE, &schedule));
    }

    #[test]
    fn no_schedule_of_password_logins_without_faults_breaks_an_invariant(
        schedule in prop::collection::vec(any::<u32>(), 1..400),
    ) {
        let nature = Nature { faults: false, keys: false, ..NATURE };
        check_that_all_is_given_back(run(nature, &schedule));
    }
}
