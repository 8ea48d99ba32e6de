//! Worlds of steady machines: one user whose clients log in all day, up to several times a second.
//!
//! The users of [`simulate`](super::simulate) log in a few dozen times a day, so each login is over
//! before the next one comes. Here logins follow closely, and the slot that one of them leaves over
//! can be handed on to the next. The age of a lease tells nothing here: each is young, and another
//! one takes its place.
//!
//! So [`simulate`] looks at what is held *for nobody, by user*: the slots that the ledger counts,
//! less the sessions that are live or about to be.
//!
//! Handlers take no time and none fails. Two things are wrong: the log is late and out of order,
//! and some logins never become a session. All ledgers see the same logins.

mod bound;
#[cfg(test)]
mod facts;
mod machines;
mod row;
mod subject;
mod tally;
mod traffic;
mod truth;

pub use machines::simulate;
pub use row::{Allowed, Row};
pub use tally::{Exceeded, ForNobody, Point, Tally, WronglyRefused};
pub use traffic::Traffic;
