//! A function with a wrong setting does not start, and says why.

use std::path::Path;

use lambda_emulator::{Emulator, Function};

use crate::tools::run;
use crate::world::GET_USER_CONFIG;

#[test]
fn a_wrong_setting_stops_the_start_with_one_line() {
    run(async {
        let emulator = Emulator::start().await.unwrap();
        for (settings, begins) in [
            (&[][..], "SESSION_STORE: missing"),
            (&[("SESSION_STORE", "MARKER://user:MARKER@x")], "SESSION_STORE: "),
            (&[("SESSION_STORE", "memcached://x?MARKER")], "SESSION_STORE: "),
            (
                &[("SESSION_STORE", "none"), ("SECRET_NAME_PATTERN", "MARKER")],
                "SECRET_NAME_PATTERN: ",
            ),
            (&[("SESSION_STORE", "none"), ("RUST_LOG", "MARKER")], "RUST_LOG: "),
        ] {
            let mut function =
                Function::start(Path::new(GET_USER_CONFIG), &emulator, settings).unwrap();
            assert!(!function.ended().await.unwrap(), "{settings:?}");
            let log = function.log();
            let line = log.trim_end().trim_start_matches("Error: ");
            assert!(line.starts_with(begins) && line.contains("; accepted: "), "{log}");
            assert_eq!((log.lines().count(), log.contains("MARKER")), (1, false), "{log}");
        }
    });
}
