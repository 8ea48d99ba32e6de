//! The lists of cases, as tests and as values. Each case is named once.

use super::{Bench, Subject};
use session_limit_core::store::{CounterStore, TableStore};

/// One rule that a store has to keep.
#[derive(Debug)]
pub struct Case<S> {
    /// The rule, as the name of its test.
    pub name: &'static str,
    /// Checks the rule with a fresh store.
    ///
    /// # Panics
    /// The store breaks the rule.
    pub run: fn(&S),
}

/// Every case of [`Store`](session_limit_core::store::Store).
#[must_use]
pub fn store_cases<S: Subject>() -> Vec<Case<S>> {
    crate::__store_cases!(list)
}

/// Every case of [`TableStore`].
#[must_use]
pub fn table_store_cases<S: Subject<Store: TableStore>>() -> Vec<Case<S>> {
    crate::__table_store_cases!(list)
}

/// Every case of [`CounterStore`].
#[must_use]
pub fn counter_store_cases<S: Subject<Store: CounterStore>>() -> Vec<Case<S>> {
    crate::__counter_store_cases!(list)
}

/// Makes a test of every case of [`Store`](session_limit_core::store::Store). The argument is an
/// expression that makes a [`Subject`].
#[macro_export]
macro_rules! store_tests {
    ($subject:expr) => {
        $crate::__store_cases!(tests store_conformance $subject);
    };
}

/// Makes a test of every case of [`TableStore`]. The argument is an expression that makes a
/// [`Subject`].
#[macro_export]
macro_rules! table_store_tests {
    ($subject:expr) => {
        $crate::__table_store_cases!(tests table_store_conformance $subject);
    };
}

/// Makes a test of every case of [`CounterStore`]. The argument is an expression that makes a
/// [`Subject`].
#[macro_export]
macro_rules! counter_store_tests {
    ($subject:expr) => {
        $crate::__counter_store_cases!(tests counter_store_conformance $subject);
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_cases {
    ($($for:tt)*) => {
        $crate::__cases! { $($for)*; store:
            what_is_added_is_read
            an_existing_item_is_not_added
            of_racing_adds_one_wins
            a_missing_item_is_none
            a_load_answers_in_order
            what_one_handle_writes_every_other_reads
            items_are_read_in_the_order_of_their_keys
            items_do_not_mix
            an_added_item_expires
            a_refused_add_does_not_prolong
            an_expired_item_can_be_added_again
            the_shortest_life_is_not_forever
            the_longest_life_is_not_over_at_once
            the_life_that_is_left_is_told_rightly_or_not_at_all
            the_longest_keys_are_kept
            any_bytes_are_kept
            an_empty_value_is_a_value
            the_largest_value_is_kept
            a_value_too_large_is_rejected
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __table_store_cases {
    ($($for:tt)*) => {
        $crate::__cases! { $($for)*; table:
            a_known_version_is_replaced
            a_stale_version_conflicts
            the_same_value_is_another_version
            no_version_comes_back
            a_missing_item_is_not_replaced
            a_recreated_item_is_another_version
            a_version_of_another_item_conflicts
            of_racing_swaps_one_wins
            racing_swaps_lose_nothing
            a_swap_sets_the_time_to_live
            the_life_that_a_swap_leaves_is_told_rightly_or_not_at_all
            the_shortest_life_of_a_swap_is_not_forever
            the_longest_life_of_a_swap_is_not_over_at_once
            a_refused_swap_does_not_prolong
            the_largest_value_is_swapped_in
            a_swap_too_large_is_rejected
            a_failed_swap_finds_what_there_is
            a_failed_swap_of_a_missing_item_finds_nothing
            racing_swaps_that_find_what_there_is_lose_nothing
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __counter_store_cases {
    ($($for:tt)*) => {
        $crate::__cases! { $($for)*; counter:
            increments_count_from_one
            racing_increments_are_told_different_numbers
            racing_increments_and_decrements_add_up
            racing_decrements_are_told_different_numbers
            a_decrement_stops_at_zero
            a_decrement_can_lose_a_digit
            a_missing_counter_is_not_decremented
            a_missing_counter_is_none
            counters_do_not_mix
            a_counter_expires
            an_increment_sets_the_time_to_live
            a_decrement_does_not_prolong
            a_touch_sets_the_time_to_live
            the_life_that_a_touch_leaves_is_told_rightly_or_not_at_all
            a_touch_creates_nothing
            the_shortest_life_of_a_counter_is_not_forever
            the_longest_life_of_a_counter_is_not_over_at_once
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __cases {
    (tests $name:ident $subject:expr; $module:ident: $($case:ident)+) => {
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            $(
                #[test]
                fn $case() {
                    let subject = $subject;
                    $crate::conformance::$module::$case(
                        &$crate::conformance::Bench::new(&subject),
                    );
                }
            )+
        }
    };
    (list; $module:ident: $($case:ident)+) => {
        vec![$(Case {
            name: stringify!($case),
            run: |subject| super::$module::$case(&Bench::new(subject)),
        }),+]
    };
}
