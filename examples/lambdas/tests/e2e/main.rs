//! The two functions as they are deployed: many processes behind the Lambda Runtime API, with a
//! real memcached and the API of Secrets Manager.

mod any_event;
mod events;
mod killed;
mod logs;
mod moto;
mod outage;
mod published;
mod secrets;
mod settings;
mod sftp;
mod stores;
mod stub;
mod tools;
mod users;
mod world;
