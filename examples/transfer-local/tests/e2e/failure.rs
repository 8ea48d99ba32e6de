//! The output of a test that fails.

use std::process::{Command, Stdio};
use std::time::Duration;

use session_limit_harness::lines::Lines;
use session_limit_harness::process::spawn;

/// In a process of its own, since it fails.
#[test]
fn a_test_that_waits_in_vain_shows_what_the_programs_have_printed() {
    let mut test = Command::new(std::env::current_exe().unwrap());
    let test = test.args(["--exact", "failure::waits_in_vain", "--ignored"]).output().unwrap();
    let said = [test.stdout, test.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(!test.status.success(), "{said}");
    for shown in [
        "waited in vain for an answer from a client, output, failure::waits_in_vain",
        "-- a client that has ended, errors, failure::waits_in_vain (ended)\nno such server\n",
        "-- a client, output, failure::waits_in_vain (open)\nwho is there?\n",
        "-- a client, errors, failure::waits_in_vain (open): nothing\n",
    ] {
        assert!(said.contains(shown), "{shown:?} is not in:\n{said}");
    }
}

#[test]
#[ignore = "fails; the test above runs it"]
fn waits_in_vain() {
    let client = |script| {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::piped());
        spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()))
    };
    let mut ended = client("echo no such server >&2");
    let errors = Lines::of("a client that has ended, errors", ended.stderr.take().unwrap());
    errors.wait_for(|_| None::<()>);
    ended.wait().unwrap();
    let mut hanging = client("echo 'who is there?'; exec cat");
    let output = Lines::of("a client, output", hanging.stdout.take().unwrap());
    Lines::of("a client, errors", hanging.stderr.take().unwrap());
    output.wait_for_count("who is there?", 1);
    output.wait_within(Duration::ZERO, "an answer", |_| None::<()>);
    // Does not get here, and the client ends with its input.
    hanging.wait().unwrap();
}
