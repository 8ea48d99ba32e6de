use serde_json::{Map, Value};
use session_limit_core::event::LogEntry;

use crate::forms::{agrees, check_both_forms, is_said, parse};

/// Checks a structured log message.
///
/// The entry that is read from it can be written in either form and read again. A second reader,
/// which takes the whole message apart, finds the same activity, session, server and user in its
/// fields. No value of another field and no nested one can stand for them.
pub fn structured_log(message: &[u8]) {
    if message.trim_ascii_start().first() != Some(&b'{') {
        return; // legacy text, which has a target of its own
    }
    let Ok(entry) = parse(message) else { return };
    check_both_forms(&entry);
    // It reads less than the parser: neither deep nesting nor huge numbers.
    let Ok(fields) = serde_json::from_slice::<Map<String, Value>>(message) else { return };
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    assert!(agrees(&entry, text("activity-type")), "{entry:?}");
    if let LogEntry::Session(event) = &entry {
        assert_eq!(event.session.as_str(), text("session-id"));
        assert!(text("resource-arn").ends_with(&format!("/{}", event.server)));
        assert!(is_said(event, text("user")), "{event:?}");
    }
}
