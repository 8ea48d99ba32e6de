//! Which cases fail for which flaw.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use session_limit_testkit::conformance::{
    Case, Subject, counter_store_cases, store_cases, table_store_cases,
};

use crate::broken::{Broken, Flaw};

/// A subject whose stores have a flaw.
struct Flawed(Flaw);

impl Subject for Flawed {
    type Store = Broken;

    async fn fresh(&self) -> Broken {
        Broken::new(self.0)
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        pollster::block_on(future)
    }

    fn pass_time(&self, _: Duration) {}

    fn grain(&self) -> Duration {
        Duration::from_millis(2)
    }

    fn patience(&self) -> Duration {
        Duration::MAX
    }
}

/// The cases that a store with `flaw` fails.
fn failures(flaw: Flaw) -> Vec<&'static str> {
    let cases = store_cases().into_iter().chain(table_store_cases()).chain(counter_store_cases());
    let fails =
        |case: &Case<Flawed>| catch_unwind(AssertUnwindSafe(|| (case.run)(&Flawed(flaw)))).is_err();
    cases.filter(fails).map(|case| case.name).collect()
}

macro_rules! flaws {
    ($($test:ident $flaw:ident: $($case:ident)*;)+) => {$(
        #[test]
        fn $test() {
            let expected: &[&str] = &[$(stringify!($case)),*];
            assert_eq!(failures(Flaw::$flaw), expected);
        }
    )+};
}

flaws! {
    no_flaw None:;
    add_overwrites AddOverwrites:
        an_existing_item_is_not_added
        of_racing_adds_one_wins
        a_refused_add_does_not_prolong
        an_empty_value_is_a_value;
    add_looks_first AddLooksFirst:
        of_racing_adds_one_wins;
    add_prolongs AddProlongs:
        a_refused_add_does_not_prolong;
    empty_is_missing EmptyIsMissing:
        an_empty_value_is_a_value;
    load_skips_missing LoadSkipsMissing:
        a_load_answers_in_order
        a_hundred_items_are_loaded_at_once
        items_are_read_in_the_order_of_their_keys;
    load_reads_backwards LoadReadsBackwards:
        items_are_read_in_the_order_of_their_keys;
    load_stops_at_fifty LoadStopsAtFifty:
        a_hundred_items_are_loaded_at_once;
    nothing_expires NothingExpires:
        an_added_item_expires
        a_refused_add_does_not_prolong
        an_expired_item_can_be_added_again
        the_shortest_life_is_not_forever
        the_longest_life_is_not_over_at_once
        a_missing_item_is_not_replaced
        a_recreated_item_is_another_version
        a_swap_sets_the_time_to_live
        a_refused_swap_does_not_prolong
        a_counter_expires
        an_increment_prolongs
        a_decrement_does_not_prolong
        a_touch_prolongs;
    everything_expires_early EverythingExpiresEarly:
        an_added_item_expires
        a_refused_add_does_not_prolong
        the_longest_life_is_not_over_at_once
        a_swap_sets_the_time_to_live
        a_counter_expires
        an_increment_prolongs
        a_decrement_does_not_prolong
        a_touch_prolongs;
    short_lives_are_forever ShortLivesAreForever:
        the_shortest_life_is_not_forever;
    long_lives_are_dates LongLivesAreDates:
        the_longest_life_is_not_over_at_once
        the_longest_life_of_a_counter_is_not_over_at_once;
    values_end_at_line_breaks ValuesEndAtLineBreaks:
        any_bytes_are_kept;
    large_values_are_cut LargeValuesAreCut:
        a_value_too_large_is_rejected
        a_swap_too_large_is_rejected;
    keys_ignore_case KeysIgnoreCase:
        items_do_not_mix;
    keys_are_cut KeysAreCut:
        the_longest_keys_are_kept;
    replace_ignores_versions ReplaceIgnoresVersions:
        a_stale_version_conflicts
        the_same_value_is_another_version
        a_recreated_item_is_another_version
        a_version_of_another_item_conflicts
        of_racing_swaps_one_wins
        racing_swaps_lose_nothing
        a_refused_swap_does_not_prolong;
    replace_looks_first ReplaceLooksFirst:
        of_racing_swaps_one_wins
        racing_swaps_lose_nothing;
    replace_creates ReplaceCreates:
        a_missing_item_is_not_replaced;
    replace_keeps_ttl ReplaceKeepsTtl:
        a_swap_sets_the_time_to_live;
    replace_conflicts_always ReplaceConflictsAlways:
        a_known_version_is_replaced
        a_stale_version_conflicts
        the_same_value_is_another_version
        a_version_of_another_item_conflicts
        of_racing_swaps_one_wins
        racing_swaps_lose_nothing
        a_swap_sets_the_time_to_live
        a_refused_swap_does_not_prolong
        the_largest_value_is_swapped_in
        a_swap_too_large_is_rejected;
    versions_are_values VersionsAreValues:
        the_same_value_is_another_version
        a_recreated_item_is_another_version;
    versions_start_anew VersionsStartAnew:
        a_recreated_item_is_another_version;
    increment_looks_first IncrementLooksFirst:
        racing_increments_are_told_different_numbers
        racing_increments_and_decrements_add_up;
    increment_keeps_ttl IncrementKeepsTtl:
        an_increment_prolongs;
    increment_starts_at_zero IncrementStartsAtZero:
        increments_count_from_one
        racing_increments_are_told_different_numbers
        racing_increments_and_decrements_add_up
        racing_decrements_are_told_different_numbers
        a_decrement_can_lose_a_digit
        a_missing_counter_is_not_decremented
        counters_do_not_mix
        a_counter_expires
        an_increment_prolongs
        a_decrement_does_not_prolong
        a_touch_prolongs
        a_touch_creates_nothing
        the_longest_life_of_a_counter_is_not_over_at_once;
    decrement_looks_first DecrementLooksFirst:
        racing_increments_and_decrements_add_up
        racing_decrements_are_told_different_numbers;
    decrement_creates DecrementCreates:
        a_missing_counter_is_not_decremented
        a_counter_expires;
    decrement_wraps DecrementWraps:
        racing_decrements_are_told_different_numbers
        a_decrement_stops_at_zero;
    decrement_prolongs DecrementProlongs:
        a_decrement_does_not_prolong;
    decrement_pads DecrementPads:
        racing_decrements_are_told_different_numbers
        a_decrement_can_lose_a_digit
        counters_do_not_mix;
    touch_creates TouchCreates:
        a_touch_creates_nothing;
    touch_does_nothing TouchDoesNothing:
        a_touch_prolongs;
}
