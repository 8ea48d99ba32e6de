//! The fields of the outer JSON object that are about its log events.

use std::io::Read;

use session_limit_core::event::LogOrigin;

use crate::CutOff;
use crate::window::Window;

/// The fields of the outer object that matter, its events apart. The first of a name counts.
#[derive(Default)]
pub(super) struct Header {
    kind: Option<String>,
    group: Option<String>,
    stream: Option<String>,
}

/// The name of a field of the outer object.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Kind,
    Group,
    Stream,
    Events,
    Other,
}

impl Header {
    /// Reads the header from the start of the document. Answers whether it stopped in front of the
    /// events, because nothing is left to learn; otherwise it read the whole document.
    pub(super) fn read(&mut self, window: &mut Window<impl Read>) -> Result<bool, CutOff> {
        window.expect(b'{')?;
        let mut first = true;
        while let Some(key) = next_key(window, &mut first)? {
            match key {
                Key::Kind => take(window, &mut self.kind)?,
                Key::Group => take(window, &mut self.group)?,
                Key::Stream => take(window, &mut self.stream)?,
                Key::Events if self.is_complete() => return Ok(true),
                Key::Events => skip_events(window)?,
                Key::Other => window.skip()?,
            }
        }
        Ok(false)
    }

    pub(super) fn is_control(&self) -> bool {
        self.kind.as_deref() == Some("CONTROL_MESSAGE")
    }

    pub(super) fn origin(&self) -> LogOrigin<'_> {
        LogOrigin {
            log_group: self.group.as_deref().unwrap_or_default(),
            log_stream: self.stream.as_deref().unwrap_or_default(),
        }
    }

    fn is_complete(&self) -> bool {
        self.kind.is_some() && self.group.is_some() && self.stream.is_some()
    }
}

/// Takes the name of the next field, and the colon behind it; `None` at the end of the object.
pub(super) fn next_key(
    window: &mut Window<impl Read>,
    first: &mut bool,
) -> Result<Option<Key>, CutOff> {
    if !window.next_member(first, b'}')? {
        return Ok(None);
    }
    let key: String = window.value()?.ok_or(CutOff::NotJson)?;
    window.expect(b':')?;
    Ok(Some(match key.as_str() {
        "messageType" => Key::Kind,
        "logGroup" => Key::Group,
        "logStream" => Key::Stream,
        "logEvents" => Key::Events,
        _ => Key::Other,
    }))
}

/// Takes a text; anything else is as if it were not there.
fn take(window: &mut Window<impl Read>, field: &mut Option<String>) -> Result<(), CutOff> {
    let text = window.value()?;
    if field.is_none() {
        *field = text;
    }
    Ok(())
}

/// Takes the events one by one: together they may be too long.
fn skip_events(window: &mut Window<impl Read>) -> Result<(), CutOff> {
    if window.peek()? != b'[' {
        return window.skip();
    }
    window.expect(b'[')?;
    let mut first = true;
    while window.next_member(&mut first, b']')? {
        window.skip()?;
    }
    Ok(())
}
