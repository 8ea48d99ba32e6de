//! The ledgers under interleaving, crashes, lost replies, duplication, reordering and clock skew.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    missing_docs,
    unreachable_pub
)]

mod activity;
mod any_ledger;
mod assumptions;
mod clocks;
mod commute;
mod counter;
mod counter_rules;
mod desk;
mod effects;
mod healing;
mod interleaving;
mod isolation;
mod key_phase;
mod lease;
mod matching;
mod meet;
mod record;
mod rivals;
mod room;
mod rules;
mod stepped;
mod truth;
mod unconfirmed;
