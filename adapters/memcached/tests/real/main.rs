//! Against real servers, each started and stopped by its test, and some in between that misbehave.

mod basics;
mod clocks;
mod conformance;
mod connections;
mod hammer;
mod nodes;
mod nonsense;
mod proxy;
mod room;
mod shortage;
mod threads;
mod tls;
mod tools;
mod trouble;
