//! The number of sessions that fit a server.

use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpStream;

use session_limit_core::event::{EventKind, SessionEvent};
use session_limit_core::ledger::{Effect, LeaseLedger, LeaseSettings, Ledger};
use session_limit_core::login::Phase;
use session_limit_core::names::{SessionId, UserName};
use session_limit_core::store::Key;
use session_limit_harness::memcached::Server;

use crate::tools::{NOW, Open, run, server_id};

/// The number that the README says.
const RECORDS_IN_64_MB: usize = 430_000;

/// A session that is over is remembered for two days, so it is sessions that fill a cache, and not
/// users.
#[test]
fn as_many_sessions_fit_as_the_readme_says() {
    let server = Server::start_with(&["-m", "64"]);
    let session = |number: usize| SessionId::new(&format!("{number:016x}")).unwrap();
    let key = |number| Key::session(&server_id(), &session(number));
    run(async {
        let ledger = LeaseLedger::new(server.store(), LeaseSettings::default());
        let user = UserName::new("alice.b").unwrap();
        let connected = EventKind::connected(None, Some(Phase::Password));
        for (kind, effect) in [(connected, Effect::Started), (EventKind::Ended, Effect::Ended)] {
            let event = SessionEvent {
                server: server_id(),
                session: session(0),
                user: Some(user.clone()),
                at: NOW,
                kind,
            };
            assert_eq!(ledger.observe(&event, NOW).await.unwrap().effect, effect);
        }
    });
    let mut connection = BufReader::new(TcpStream::connect(server.node()).unwrap());
    let len = value_len(&mut connection, &key(0));
    let (mut records, value) = (1, "x".repeat(len));
    while stat(&mut connection, "evictions") == 0 {
        let mut sets = String::new();
        for _ in 0..1_000 {
            sets += &format!("set {} 0 172800 {len} noreply\r\n{value}\r\n", key(records));
            records += 1;
        }
        connection.get_mut().write_all(sets.as_bytes()).unwrap();
    }
    let most = stat(&mut connection, "curr_items");
    assert!(most >= RECORDS_IN_64_MB, "{most} records of {len} bytes");
    assert!(include_str!("../../README.md").contains("430,000"));
}

fn value_len(connection: &mut BufReader<TcpStream>, key: &Key) -> usize {
    connection.get_mut().write_all(format!("mg {key} s\r\n").as_bytes()).unwrap();
    let mut line = String::new();
    connection.read_line(&mut line).unwrap();
    line.trim_end().strip_prefix("HD s").unwrap().parse().unwrap()
}

fn stat(connection: &mut BufReader<TcpStream>, name: &str) -> usize {
    connection.get_mut().write_all(b"stats\r\n").unwrap();
    let (mut found, mut line) = (None, String::new());
    while line != "END\r\n" {
        if let Some(value) = line.strip_prefix(&format!("STAT {name} ")) {
            found = Some(value.trim_end().parse().unwrap());
        }
        line.clear();
        connection.read_line(&mut line).unwrap();
    }
    found.unwrap()
}
