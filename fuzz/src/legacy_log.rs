use session_limit_core::event::LogEntry;

use crate::forms::{agrees, check_both_forms, is_said, parse};

/// Checks a line of legacy text.
///
/// The entry that is read from it can be written in either form and read again. The first two words
/// alone decide about the session and the activity. All that a client can choose stands behind
/// them.
pub fn legacy_log(message: &[u8]) {
    if message.trim_ascii_start().first() == Some(&b'{') {
        return; // structured, which has a target of its own
    }
    let Ok(entry) = parse(message) else { return };
    check_both_forms(&entry);
    let line = String::from_utf8_lossy(message);
    let mut words = line.split_ascii_whitespace();
    let (subject, activity) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    assert!(agrees(&entry, activity), "{entry:?}");
    if let LogEntry::Session(event) = &entry {
        let user = subject.strip_suffix(&format!(".{}", event.session));
        assert!(is_said(event, user.expect("the first word names the session")), "{event:?}");
        let bare = format!("{subject} {activity}");
        let Ok(LogEntry::Session(said)) = parse(bare.as_bytes()) else {
            panic!("{bare:?} says nothing")
        };
        assert_eq!((&said.session, &said.user), (&event.session, &event.user));
    }
}
