//! Against real servers, each started and stopped by its test, and some in between that misbehave.

mod basics;
mod clocks;
mod conformance;
mod hammered;
mod lost;
mod nonsense;
mod proxy;
mod room;
mod several;
mod short;
mod threads;
mod tls;
mod tools;
mod trouble;
