//! Calls of the program.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use serde_json::Value;

/// Stands in every value that must not be shown.
pub(crate) const MARKER: &str = "MARKER-4711";

/// The result of a call.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// The program, with nothing in its environment.
pub(crate) fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_session-limit"));
    command.env_clear().args(arguments);
    command
}

/// Calls the program with `input`, not from a terminal.
pub(crate) fn run_with(arguments: &[&str], input: &[u8]) -> Ran {
    let mut command = program(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may end without reading it.
    let _ = child.stdin.take().unwrap().write_all(input);
    Ran::of(child.wait_with_output().unwrap())
}

pub(crate) fn run(arguments: &[&str]) -> Ran {
    run_with(arguments, b"")
}

/// Calls the program from a terminal. Once it asks, `meanwhile` happens, and then somebody types
/// `answer`.
pub(crate) fn run_at_terminal(arguments: &[&str], meanwhile: impl FnOnce(), answer: &str) -> Ran {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let stdin = File::options().read(true).write(true).open(name).unwrap();
    let mut command = program(arguments);
    command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut asked = Vec::new();
    while !asked.ends_with(b"[y/N] ") {
        let mut byte = [0];
        child.stderr.as_mut().unwrap().read_exact(&mut byte).unwrap();
        asked.extend(byte);
    }
    meanwhile();
    File::from(terminal).write_all(format!("{answer}\n").as_bytes()).unwrap();
    let mut output = child.wait_with_output().unwrap();
    output.stderr.splice(..0, asked);
    Ran::of(output)
}

impl Ran {
    fn of(output: std::process::Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        assert!(!out.contains(MARKER) && !err.contains(MARKER), "a secret is shown:\n{out}\n{err}");
        Self { status: output.status.code().unwrap(), out, err }
    }

    /// The output, if the program ended with `status` and nothing to complain of.
    #[track_caller]
    pub(crate) fn out(self, status: i32) -> String {
        assert_eq!((self.status, self.err.as_str()), (status, ""), "{}", self.out);
        self.out
    }

    /// The complaint, if the program ended with `status` and no output.
    #[track_caller]
    pub(crate) fn complaint(self, status: i32) -> String {
        assert_eq!((self.status, self.out.as_str()), (status, ""), "{}", self.err);
        self.err
    }

    #[track_caller]
    pub(crate) fn json(self, status: i32) -> Value {
        serde_json::from_str(&self.out(status)).unwrap()
    }
}
