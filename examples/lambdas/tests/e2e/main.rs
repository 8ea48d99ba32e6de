//! The two functions as they are deployed: many processes behind the Lambda Runtime API, with a
//! real memcached and the API of Secrets Manager.

mod any_event;
#[path = "../../../../adapters/memcached/tests/real/certificates.rs"]
mod certificates;
#[expect(dead_code, reason = "the tests of transfer-local need more of it")]
#[path = "../../../transfer-local/tests/e2e/client.rs"]
mod client;
mod events;
mod killed;
#[path = "../../../transfer-local/tests/e2e/leaks.rs"]
mod leaks;
#[path = "../../../transfer-local/tests/e2e/lines.rs"]
mod lines;
mod logs;
mod moto;
mod outage;
#[path = "../../../transfer-local/tests/e2e/process.rs"]
mod process;
mod published;
mod secrets;
#[expect(dead_code, reason = "the tests of the memcached adapter need more of it")]
#[path = "../../../../adapters/memcached/tests/real/server.rs"]
mod server;
mod settings;
mod sftp;
mod stores;
mod stub;
mod tools;
mod users;
mod world;
