//! The flaws of stores, and the cases that fail for each of them.

use std::panic::{AssertUnwindSafe, catch_unwind, set_hook};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use session_limit_testkit::conformance::{
    Case, Subject, counter_store_cases, store_cases, table_store_cases,
};

use crate::flawed_store::{Flaw, FlawedStore, Items};

/// A subject whose stores have a flaw.
struct Flawed {
    flaw: Flaw,
    items: Arc<Mutex<Items>>,
}

impl Subject for Flawed {
    type Store = FlawedStore;

    async fn open(&self) -> FlawedStore {
        FlawedStore::new(self.flaw, &self.items)
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        pollster::block_on(future)
    }

    fn pass_time(&self, time: Duration) {
        self.items.lock().unwrap_or_else(PoisonError::into_inner).pass_time(time);
    }

    fn grain(&self) -> Duration {
        Duration::from_millis(2)
    }

    // What these stores leave open to others they leave open for long.
    fn effort(&self) -> Duration {
        Duration::from_millis(50)
    }

    // Few, so that many items are raced for in this time.
    fn tasks(&self) -> usize {
        16
    }
}

/// The cases that a store with `flaw` fails.
fn failures(flaw: Flaw) -> Vec<&'static str> {
    // Hundreds of panics are to be expected here, and a trace of each takes longer than the rest.
    set_hook(Box::new(|panic| eprintln!("{panic}")));
    let cases = store_cases().into_iter().chain(table_store_cases()).chain(counter_store_cases());
    let fails = |case: &Case<Flawed>| {
        let subject = Flawed { flaw, items: Arc::default() };
        catch_unwind(AssertUnwindSafe(|| (case.run)(&subject))).is_err()
    };
    cases.filter(fails).map(|case| case.name).collect()
}

/// Checks that exactly the named cases fail. Those after a `|` may fail or not: whether racing
/// tasks meet in a moment that no case waits for is luck.
macro_rules! flaws {
    ($($test:ident $flaw:ident: $($must:ident)* $(| $($may:ident)+)?;)+) => {$(
        #[test]
        fn $test() {
            let may: &[&str] = &[$($(stringify!($may)),+)?];
            let mut failures = failures(Flaw::$flaw);
            failures.retain(|case| !may.contains(case));
            let must: &[&str] = &[$(stringify!($must)),*];
            assert_eq!(failures, must);
        }
    )+};
}

flaws! {
    no_flaw None:;
    add_looks_first AddLooksFirst:
        of_racing_adds_one_wins;
    load_reads_backwards LoadReadsBackwards:
        items_are_read_in_the_order_of_their_keys;
    load_reads_sorted LoadReadsSorted:
        items_are_read_in_the_order_of_their_keys;
    load_reads_sorted_down LoadReadsSortedDown:
        items_are_read_in_the_order_of_their_keys;
    replace_looks_first ReplaceLooksFirst:
        of_racing_swaps_one_wins
        racing_swaps_lose_nothing
        racing_swaps_that_find_what_there_is_lose_nothing;
    increment_looks_first IncrementLooksFirst:
        racing_increments_are_told_different_numbers
        racing_increments_and_decrements_add_up;
    decrement_looks_first DecrementLooksFirst:
        racing_increments_and_decrements_add_up
        racing_decrements_are_told_different_numbers;
    locks_only_itself LocksOnlyItself:
        of_racing_adds_one_wins
        of_racing_swaps_one_wins
        racing_swaps_lose_nothing
        racing_swaps_that_find_what_there_is_lose_nothing
        racing_increments_are_told_different_numbers
        racing_increments_and_decrements_add_up
        racing_decrements_are_told_different_numbers;
    add_overwrites AddOverwrites:
        an_existing_item_is_not_added
        of_racing_adds_one_wins
        a_refused_add_does_not_prolong
        an_empty_value_is_a_value;
    add_prolongs AddProlongs:
        a_refused_add_does_not_prolong;
    empty_is_missing EmptyIsMissing:
        an_empty_value_is_a_value;
    load_skips_missing LoadSkipsMissing:
        a_load_answers_in_order
        items_are_read_in_the_order_of_their_keys;
    load_is_cached LoadIsCached:
        what_one_handle_writes_every_other_reads
        | items_are_read_in_the_order_of_their_keys
        of_racing_swaps_one_wins
        racing_swaps_lose_nothing
        racing_swaps_that_find_what_there_is_lose_nothing;
    nothing_expires NothingExpires:
        an_added_item_expires
        a_refused_add_does_not_prolong
        an_expired_item_can_be_added_again
        the_shortest_life_is_not_forever
        a_missing_item_is_not_replaced
        a_recreated_item_is_another_version
        a_swap_sets_the_time_to_live
        the_shortest_life_of_a_swap_is_not_forever
        a_refused_swap_does_not_prolong
        a_failed_swap_of_a_missing_item_finds_nothing
        a_counter_expires
        an_increment_sets_the_time_to_live
        a_decrement_does_not_prolong
        a_touch_sets_the_time_to_live
        the_shortest_life_of_a_counter_is_not_forever;
    everything_expires_early EverythingExpiresEarly:
        an_added_item_expires
        a_refused_add_does_not_prolong
        a_swap_sets_the_time_to_live
        a_counter_expires
        an_increment_sets_the_time_to_live
        a_decrement_does_not_prolong
        a_touch_sets_the_time_to_live;
    short_lives_are_forever ShortLivesAreForever:
        the_shortest_life_is_not_forever
        the_shortest_life_of_a_swap_is_not_forever
        the_shortest_life_of_a_counter_is_not_forever;
    long_lives_are_dates LongLivesAreDates:
        the_longest_life_is_not_over_at_once
        the_longest_life_of_a_swap_is_not_over_at_once
        the_longest_life_of_a_counter_is_not_over_at_once;
    short_swaps_are_forever ShortSwapsAreForever:
        the_shortest_life_of_a_swap_is_not_forever;
    long_swaps_are_dates LongSwapsAreDates:
        the_longest_life_of_a_swap_is_not_over_at_once;
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
        no_version_comes_back
        a_recreated_item_is_another_version
        a_version_of_another_item_conflicts
        of_racing_swaps_one_wins
        a_refused_swap_does_not_prolong
        a_failed_swap_finds_what_there_is
        | racing_swaps_lose_nothing
        racing_swaps_that_find_what_there_is_lose_nothing;
    replace_creates ReplaceCreates:
        a_missing_item_is_not_replaced
        a_failed_swap_of_a_missing_item_finds_nothing;
    replace_keeps_ttl ReplaceKeepsTtl:
        a_swap_sets_the_time_to_live
        the_shortest_life_of_a_swap_is_not_forever
        the_longest_life_of_a_swap_is_not_over_at_once
        a_failed_swap_finds_what_there_is;
    replace_conflicts_always ReplaceConflictsAlways:
        a_known_version_is_replaced
        a_stale_version_conflicts
        the_same_value_is_another_version
        no_version_comes_back
        a_version_of_another_item_conflicts
        of_racing_swaps_one_wins
        racing_swaps_lose_nothing
        a_swap_sets_the_time_to_live
        the_shortest_life_of_a_swap_is_not_forever
        the_longest_life_of_a_swap_is_not_over_at_once
        a_refused_swap_does_not_prolong
        the_largest_value_is_swapped_in
        a_swap_too_large_is_rejected
        a_failed_swap_finds_what_there_is
        racing_swaps_that_find_what_there_is_lose_nothing;
    failed_swaps_find_nothing FailedSwapsFindNothing:
        a_failed_swap_finds_what_there_is
        | racing_swaps_that_find_what_there_is_lose_nothing;
    failed_swaps_find_the_expired FailedSwapsFindTheExpired:
        a_failed_swap_of_a_missing_item_finds_nothing;
    failed_swaps_find_their_version FailedSwapsFindTheirVersion:
        a_failed_swap_finds_what_there_is
        | racing_swaps_that_find_what_there_is_lose_nothing;
    failed_swaps_find_the_old_value FailedSwapsFindTheOldValue:
        racing_swaps_that_find_what_there_is_lose_nothing;
    versions_are_values VersionsAreValues:
        the_same_value_is_another_version
        a_recreated_item_is_another_version;
    versions_start_anew VersionsStartAnew:
        a_recreated_item_is_another_version;
    versions_are_bytes VersionsAreBytes:
        no_version_comes_back
        | of_racing_swaps_one_wins
        racing_swaps_lose_nothing
        racing_swaps_that_find_what_there_is_lose_nothing;
    increment_keeps_ttl IncrementKeepsTtl:
        an_increment_sets_the_time_to_live;
    increment_only_prolongs IncrementOnlyProlongs:
        an_increment_sets_the_time_to_live;
    increment_starts_at_zero IncrementStartsAtZero:
        increments_count_from_one
        racing_increments_are_told_different_numbers
        racing_increments_and_decrements_add_up
        racing_decrements_are_told_different_numbers
        a_decrement_can_lose_a_digit
        a_missing_counter_is_not_decremented
        counters_do_not_mix
        a_counter_expires
        an_increment_sets_the_time_to_live
        a_decrement_does_not_prolong
        a_touch_sets_the_time_to_live
        a_touch_creates_nothing
        the_longest_life_of_a_counter_is_not_over_at_once;
    decrement_creates DecrementCreates:
        a_missing_counter_is_not_decremented
        a_counter_expires;
    decrement_wraps DecrementWraps:
        racing_decrements_are_told_different_numbers
        a_decrement_stops_at_zero;
    decrement_prolongs DecrementProlongs:
        a_decrement_does_not_prolong;
    decrement_pads DecrementPads:
        a_decrement_can_lose_a_digit
        counters_do_not_mix;
    touch_creates TouchCreates:
        a_touch_creates_nothing;
    touch_does_nothing TouchDoesNothing:
        a_touch_sets_the_time_to_live
        the_shortest_life_of_a_counter_is_not_forever;
    touch_only_prolongs TouchOnlyProlongs:
        a_touch_sets_the_time_to_live
        the_shortest_life_of_a_counter_is_not_forever;
    touch_knows_only_counters TouchKnowsOnlyCounters:
        a_touch_sets_the_time_to_live;
    remaining_stands_still RemainingStandsStill:
        the_life_that_is_left_is_told_rightly_or_not_at_all;
    remaining_is_the_callers RemainingIsTheCallers:
        the_life_that_is_left_is_told_rightly_or_not_at_all;
    remaining_is_of_the_first_write RemainingIsOfTheFirstWrite:
        the_life_that_a_swap_leaves_is_told_rightly_or_not_at_all
        the_life_that_a_touch_leaves_is_told_rightly_or_not_at_all;
}
