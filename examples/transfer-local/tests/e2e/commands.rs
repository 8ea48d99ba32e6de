//! The command line: what it says, and how it ends.

use std::process::{Command, Output, Stdio};

use rustix::process::Signal;
use session_limit_harness::leaks;
use session_limit_harness::lines::Lines;
use session_limit_harness::process::spawn;
use session_limit_harness::sftp::{Credential, Sftp};

use crate::server::{Server, User};

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_transfer-local"));
    let folder = tempfile::tempdir().unwrap();
    command.args(arguments).current_dir(folder.path()).env("TMPDIR", folder.path());
    let output = command.output().unwrap();
    leaks::none_in("what it has said", &[&output.stdout[..], &output.stderr].concat());
    leaks::none_below(folder.path());
    output
}

/// It ends with this status and one line that holds `reason`.
fn fails(arguments: &[&str], reason: &str) {
    let output = run(arguments);
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {errors}");
    let complaints = errors.lines().filter(|line| !line.starts_with("note: "));
    assert_eq!(complaints.count(), 1, "{arguments:?}: {errors}");
    assert!(errors.contains(reason), "{arguments:?}: {errors}");
    assert!(output.stdout.is_empty());
}

#[test]
fn what_cannot_be_used_is_one_clear_line() {
    let users = concat!(env!("CARGO_MANIFEST_DIR"), "/users");
    let free = ["--listen", "127.0.0.1:0"];
    let with = |more: &[&'static str]| [&["--users", users][..], &free, more].concat();
    fails(&["--users", "/nowhere"], "--users: cannot read /nowhere/s-local");
    fails(&with(&["--server-id", "s-other"]), "--users: cannot read");
    fails(&with(&["--root", "/dev/null/x"]), "--root: cannot use /dev/null/x");
    fails(&with(&["--host-key", "/dev/null"]), "--host-key: cannot use /dev/null");
    fails(&with(&["--log-file", "/nowhere/log"]), "--log-file: cannot write /nowhere/log");
    fails(&with(&["--reservation-ttl", "0s"]), "--reservation-ttl");
    fails(&with(&["--reservation-ttl", "999ms"]), "--reservation-ttl: too short for a login");
    fails(&with(&["--login-time", "301s"]), "--login-time: longer than --reservation-ttl");
    fails(&with(&["--key-login-time", "1h"]), "--key-login-time: longer than --reservation-ttl");
    fails(&with(&["--default-limit", "4294967295"]), "--default-limit: the lease ledger keeps");
    fails(&with(&["--ledger", "counter", "--key-phase", "check"]), "--key-phase");
    fails(
        &with(&["--session-store", "redis://x:1"]),
        "--session-store: the address of a memcached",
    );
    fails(&with(&["--session-store", "memcached://MARKER@x:1"]), "takes no user name or password");
    fails(&with(&["--session-tracker", "https://x"]), "--session-tracker: a function on AWS wants");
    let elsewhere = ["--identity-provider", "http://x", "--session-tracker", "http://x"];
    fails(
        &[&elsewhere[..], &["--session-store", "memcached://x:1"]].concat(),
        "--session-store: no",
    );
    fails(&["--users", users, "--listen", "192.0.2.1:2222"], "cannot listen on 192.0.2.1:2222");
}

#[test]
fn what_cannot_be_understood_ends_with_status_2() {
    for wrong in [
        &["--users", "x", "--log-loss", "2"][..],
        &["--users", "x", "--log-delay", "5"],
        &["--users", "x", "--server-id", "../x"],
        &["--users", "x", "--auth-methods", "password"],
        &["--users", "x", "--key-phase", "maybe"],
        &["--users", "x", "--reservation-class", "net"],
        &["--users", "x", "--default-limit", "-1"],
        &["--users", "x", "--identity-provider", "http://127.0.0.1:9000"],
        &[],
    ] {
        assert_eq!(run(wrong).status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn help_explains_every_option_with_its_default() {
    let help = String::from_utf8(run(&["--help"]).stdout).unwrap();
    for option in [
        "--users",
        "--server-id",
        "--listen",
        "--root",
        "--auth-methods",
        "--default-limit",
        "--identity-provider",
        "--session-tracker",
        "--invoke-timeout",
        "--session-store",
        "--ledger",
        "--key-phase",
        "--login-time",
        "--key-login-time",
        "--reservation-ttl",
        "--session-ttl",
        "--reservation-class",
        "--log-file",
        "--log-delay",
        "--log-duplicate",
        "--log-loss",
        "--host-key",
    ] {
        let explained = help.split_once(&format!("{option} <")).expect(option).1;
        let explained = explained.split_once("\n      --").map_or(explained, |(this, _)| this);
        let has_default = explained.contains("[default: ");
        assert!(has_default || option == "--users", "{option} has no default:\n{explained}");
    }
}

#[test]
fn the_sample_users_get_in() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_transfer-local"));
    command.args(["--listen", "127.0.0.1:0", "--root", "files"]);
    command.current_dir(folder.path()).env("TMPDIR", folder.path());
    command.args(["--users", concat!(env!("CARGO_MANIFEST_DIR"), "/users")]);
    let mut child = spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()));
    let decisions = Lines::of("transfer-local, errors", child.stderr.take().unwrap());
    let output = Lines::of("transfer-local, output", child.stdout.take().unwrap());
    let first = output.wait_for(|lines| lines.first().cloned());
    let port = first.unwrap().rsplit(':').next().unwrap().parse().unwrap();
    let server = Server::adopt(child, output, decisions, port, folder);
    let samples = [("alice", "wonderland"), ("bella", "looking-glass"), ("lola", "looking-glass")];
    for (user, password) in samples {
        let client = Sftp::start(server.port, user, Credential::Password(password));
        assert!(client.is_in(), "{user}");
    }
}

/// The clients are told to go, and the tracker gets to read what is left of the log.
#[test]
fn an_end_by_signal_ends_all_sessions_and_reads_the_log_to_its_end() {
    for signal in [Signal::INT, Signal::TERM] {
        let user =
            User { name: "alice", limit: 2, password: Some("MARKER-secret"), public_key: None };
        let server = Server::start(&[user], &["--log-delay", "1h"]);
        let clients = [(); 2]
            .map(|()| Sftp::start(server.port, "alice", Credential::Password("MARKER-secret")));
        assert!(clients.iter().all(Sftp::is_in));
        server.signal(signal);
        server.decisions.wait_for_count("ended alice", 2);
        assert!(server.end().success());
    }
}
