//! A simulated world of users, servers and a log, with one thread, virtual time and one seed.
//!
//! The simulator drives the ledgers themselves, through a store that takes time, crashes its
//! callers and loses replies. It knows the truth at every instant: who holds a session, and who
//! will. [`simulate`] runs one seed. Its [`Report`] says where the ledger and the truth differed,
//! for how long, and why. The same settings and seed give the same report, to the byte.

mod attempts;
mod audit;
mod causes;
mod clients;
mod config;
mod executor;
mod faults;
mod lease;
mod leases;
mod ledger;
mod log;
mod population;
mod promises;
mod report;
mod sessions;
pub mod steady;
mod store;
mod time;
mod trouble;
mod truth;
mod units;
mod world;

pub use config::{Config, LedgerKind};
pub use faults::{Fault, Faults, FaultsError};
pub use report::{OverAdmissions, Overdue, Report, Sample, Stuck};
pub use world::simulate;
