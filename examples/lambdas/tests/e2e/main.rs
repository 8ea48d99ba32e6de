//! The two functions as they are deployed: many processes behind the Lambda Runtime API, with a
//! real memcached and the API of Secrets Manager.

mod arbitrary_events;
mod burst;
mod crash;
mod deployment;
mod events;
mod logs;
mod moto;
mod outage;
mod secrets;
mod settings;
mod sftp;
mod stores;
mod stub;
mod tools;
mod users;
