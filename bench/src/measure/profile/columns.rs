//! Whose work it is that is found running.

use super::Which;
use super::frames::Frame;
use super::perf::Sample;

/// For what none of the others is for.
const ELSEWHERE: &str = "elsewhere";

/// How what is found running is divided, and shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Columns {
    /// What is shown: the time for each time that something is done.
    pub(super) title: &'static str,
    /// How much of that time a second has.
    pub(super) of_second: f64,
    /// Whose turns are shown.
    pub(super) which: &'static [Which],
    /// How the threads are called whose functions are looked at.
    clients: &'static [&'static str],
    /// What the kernel does for those.
    kernel: &'static str,
    /// What they do themselves: how the files of its functions begin, and what that is.
    files: &'static [(&'static str, &'static str)],
    /// How other threads begin, and what they are.
    threads: &'static [(&'static str, &'static str)],
}

/// That of the kernel, which is read in the process itself, and what waits for it.
const CLOCK: &str = "tokio, clock";

/// What Rust's library does that is compiled into nothing else.
const LIBRARY: &str = "library";

/// What the C library does with memory.
const MEMORY: &str = "malloc, copies";

/// What is in the names of the functions that do. Those that are called by none but itself have names
/// only where its symbols are installed, as they are with valgrind on Debian.
const MEMORY_FUNCTIONS: [&str; 6] = ["mem", "alloc", "free", "unlink_chunk", "tcache", "trim"];

/// What `perf` says where it does not know whose code it is.
const UNKNOWN: &str = "[unknown]";

impl Columns {
    pub(crate) const LEDGERS: Self = Self {
        title: "Microseconds for each admission",
        of_second: 1e6,
        which: &[Which::All],
        clients: &["measure"],
        kernel: "kernel, client",
        files: &[
            ("session-limit-core", "ledger"),
            ("crc32fast", "ledger"),
            ("adapters/memcached", "adapter"),
            ("memcache", "adapter"),
            ("bench", "adapter"),
            ("tokio-rustls", "TLS"),
            ("rustls", "TLS"),
            ("ring", "TLS"),
            ("tokio", CLOCK),
            ("mio", CLOCK),
        ],
        threads: &[("mc-", "memcached, its kernel"), ("memcached", "memcached, its kernel")],
    };

    pub(crate) const PAYLOADS: Self = Self {
        title: "Nanoseconds for each message",
        of_second: 1e9,
        which: &[Which::All],
        clients: &["measure"],
        kernel: "kernel",
        files: &[
            ("session-limit-core/src/event/legacy", "words, fields"),
            ("session-limit-core/src/event/structured", "words, fields"),
            ("bench", "words, fields"),
            ("session-limit-core", "names"),
            ("smol_str", "names"),
            ("adapters/cloudwatch-logs", "window"),
            ("serde", "serde_json"),
            ("base64", "base64, inflate"),
            ("flate2", "base64, inflate"),
            ("zlib", "base64, inflate"),
        ],
        threads: &[],
    };

    pub(crate) const FUNCTIONS: Self = Self {
        title: "Microseconds for each invocation",
        of_second: 1e6,
        which: &[Which::All, Which::Slowest],
        clients: &["get-user-config", "bare-function"],
        kernel: "kernel, function",
        files: &[
            ("session-limit-core", "session-limit"),
            ("adapters", "session-limit"),
            ("examples", "session-limit"),
            ("memcache", "session-limit"),
            ("tokio", CLOCK),
            ("mio", CLOCK),
            ("", "SDK, HTTP"),
        ],
        threads: &[("mc-", "memcached"), ("measure", "emulator, stub"), ("swapper", "idle")],
    };

    /// All of them, in the order in which they are shown.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let files = self.files.iter().map(|(_, name)| *name);
        let threads = self.threads.iter().map(|(_, name)| *name);
        let all =
            files.chain([CLOCK, LIBRARY, MEMORY, self.kernel]).chain(threads).chain([ELSEWHERE]);
        let mut names = Vec::new();
        for name in all {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// That of `sample`, and the function that tells it.
    pub(crate) fn of<'a>(&self, sample: &'a Sample) -> (&'static str, Option<&'a Frame>) {
        let begins = |text: &str, known: &[(&str, &'static str)]| {
            known.iter().find(|(start, _)| text.starts_with(start)).map(|(_, name)| *name)
        };
        let innermost = sample.frames.first();
        let is = |name| (name, innermost);
        if let Some(name) = begins(&sample.thread, self.threads) {
            return is(name);
        }
        if !self.clients.contains(&sample.thread.as_str()) {
            return is(ELSEWHERE);
        }
        if sample.object == "[vdso]" {
            return is(CLOCK);
        }
        if sample.object.starts_with('[') && sample.object != UNKNOWN {
            return is(self.kernel);
        }
        if is_c_library(&sample.object) {
            let function = innermost.map_or("", |frame| &frame.function);
            let is_memory = MEMORY_FUNCTIONS.iter().any(|part| function.contains(part));
            return is(if is_memory { MEMORY } else { ELSEWHERE });
        }
        // What is compiled into something else does the work of that.
        let own = sample.frames.iter().find(|frame| !frame.is_of_library());
        match own {
            None => is(LIBRARY),
            Some(frame) if frame.is_unknown() => is(ELSEWHERE),
            Some(frame) => (begins(&frame.file, self.files).unwrap_or(ELSEWHERE), own),
        }
    }
}

fn is_c_library(object: &str) -> bool {
    let name = object.rsplit('/').next().unwrap_or(object);
    name.starts_with("libc.") || name.starts_with("libc-")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn of(thread: &str, object: &str, frames: &[(&str, &str)]) -> &'static str {
        let frame = |(function, file): &(&str, &str)| Frame {
            function: (*function).to_owned(),
            file: (*file).to_owned(),
        };
        let frames = frames.iter().map(frame).collect();
        let (thread, object) = (thread.to_owned(), object.to_owned());
        Columns::LEDGERS.of(&Sample { at: Duration::ZERO, thread, object, frames }).0
    }

    #[test]
    fn what_is_compiled_into_a_function_does_its_work() {
        let of = |files: &[&str]| {
            let frames: Vec<_> = files.iter().map(|file| ("function", *file)).collect();
            of("measure", "/target/measure", &frames)
        };
        let library = "library/core/src/slice/mod.rs";
        assert_eq!(of(&[library, "session-limit-core/src/ledger.rs"]), "ledger");
        assert_eq!(of(&["mio-1.0.0/src/poll.rs", "session-limit-core/src/x.rs"]), CLOCK);
        assert_eq!(of(&["memchr-2.0.0/src/lib.rs"]), ELSEWHERE);
        assert_eq!(of(&[library]), LIBRARY);
    }

    #[test]
    fn what_is_no_function_of_the_client_is_that_of_its_thread_or_library() {
        let of = |thread, object, function| of(thread, object, &[(function, "")]);
        let kernel = "[kernel.kallsyms]";
        assert_eq!(of("measure", kernel, "tcp_sendmsg"), "kernel, client");
        assert_eq!(of("mc-worker", kernel, "tcp_sendmsg"), "memcached, its kernel");
        assert_eq!(of("kworker/0:1", kernel, "x"), ELSEWHERE);
        assert_eq!(of("measure", "[vdso]", "__vdso_clock_gettime"), CLOCK);
        assert_eq!(of("measure", "/lib/libc.so.6", "_int_malloc"), MEMORY);
        assert_eq!(of("measure", "/lib/libc.so.6", "__send"), ELSEWHERE);
        assert_eq!(of("measure", "/lib/libcrypto.so.3", "memory"), ELSEWHERE);
        assert_eq!(of("measure", UNKNOWN, "memory"), ELSEWHERE);
    }

    #[test]
    fn every_column_is_named_once() {
        for columns in [Columns::LEDGERS, Columns::PAYLOADS, Columns::FUNCTIONS] {
            let names = columns.names();
            let others = |name| names.iter().filter(|other| **other == name).count();
            assert!(names.iter().all(|name| others(*name) == 1), "{names:?}");
            assert_eq!(names.last(), Some(&ELSEWHERE));
        }
    }
}
