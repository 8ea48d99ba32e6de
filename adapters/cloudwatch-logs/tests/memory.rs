//! The memory that it takes to read a payload, by counting what is allocated.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use peak_alloc::PeakAlloc;
use session_limit_cloudwatch_logs::{Bounds, CutOff, Payload, Summary};
use session_limit_harness::payloads::{base64, document, encode, event};

#[global_allocator]
static ALLOCATED: PeakAlloc = PeakAlloc;

/// One test, as another one would allocate at the same time.
#[test]
fn memory_is_bounded_by_the_longest_message() {
    const MIB: usize = 1 << 20;
    /// A window that grows is there twice, and so is what is parsed out of it.
    const LONGEST: usize = 13 * MIB;
    assert!(LONGEST / Bounds::default().event <= 6);

    let (summary, peak) = read(&sessions(10_000));
    assert_eq!((summary.messages, summary.cut_off), (10_000, None));
    assert!(peak < MIB, "10,000 messages took {peak} bytes");

    // 300 MiB of short messages.
    let (summary, peak) = read(&repeated(&format!(",{}", event(1, "short")), 300 * MIB));
    assert_eq!(summary.cut_off, Some(CutOff::TooLarge(256 << 20)));
    assert!(summary.messages > 4_000_000);
    assert!(peak < MIB, "a bomb of messages took {peak} bytes");

    // 300 MiB of one message, of blanks, and of brackets.
    for (bomb, bound) in [("x", LONGEST), (" ", MIB), ("[", LONGEST), ("0", LONGEST)] {
        let (summary, peak) = read(&repeated(bomb, 300 * MIB));
        assert!(summary.cut_off.is_some());
        assert!(peak < bound, "a bomb of {bomb:?} took {peak} bytes");
    }

    for text in ["x".repeat(MIB), "\"".repeat(MIB), "é".repeat(MIB / 2)] {
        let events = [event(1, &text), event(2, &text), event(3, "short")].join(",");
        let (summary, peak) = read(&encode(document(&events)));
        assert_eq!((summary.messages, summary.cut_off), (3, None));
        assert!(peak < LONGEST, "messages of 1 MiB took {peak} bytes");
    }
}

/// Reads a payload, and counts what that takes at most.
fn read(data: &str) -> (Summary, usize) {
    let before = ALLOCATED.current_usage();
    ALLOCATED.reset_peak_usage();
    let payload = Payload::new(data);
    let mut messages = payload.messages();
    while messages.next_message().is_some() {}
    (messages.summary(), ALLOCATED.peak_usage() - before)
}

fn sessions(count: u64) -> String {
    let message = r#"{"activity-type":"DISCONNECTED","session-id":"9ca9a0e1cec6ad9d"}"#;
    let events: Vec<_> = (0..count).map(|at| event(at, message)).collect();
    encode(document(&events.join(",")))
}

/// A document whose events are one first message and then `text` over and over.
fn repeated(text: &str, length: usize) -> String {
    let chunk = text.repeat((1 << 20) / text.len());
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let start = document("{}").replace("{}]}", "");
    let open = if text == "x" { "{\"message\":\"" } else { "" };
    write!(encoder, "{start}{}{open}", if text.starts_with(',') { "0" } else { "" }).unwrap();
    for _ in 0..length / chunk.len() {
        encoder.write_all(chunk.as_bytes()).unwrap();
    }
    base64(&encoder.finish().unwrap())
}
