//! The log messages of a payload.

mod header;

use std::fmt;
use std::str::Utf8Error;

use session_limit_core::event::{LogEntry, LogError, LogOrigin};
use session_limit_core::time::Timestamp;

use crate::event::LogEvents;
use crate::inflate::{Inflate, inflate};
use crate::window::Window;
use crate::{Bounds, CutOff, Summary};
use header::{Header, Key};

/// The log messages of a payload, read one at a time in bounded memory. The payload is inflated and
/// parsed only as far as needed.
///
/// Reading never fails, but may end early: [`summary`](Self::summary) says what was left out, and
/// why.
pub struct Messages<'p> {
    data: &'p str,
    bounds: Bounds,
    window: Window<Inflate<'p>>,
    header: Header,
    place: Place,
    events: LogEvents,
    summary: Summary,
}

/// A log message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogMessage<'a> {
    /// The text of the message, if it is UTF-8.
    pub text: Result<&'a str, Utf8Error>,
    /// The time of the message: the `timestamp` of its log event.
    pub at: Timestamp,
    /// The log group and the log stream of the message; empty names if the payload has none.
    pub origin: LogOrigin<'a>,
}

/// The reader's place in the JSON document.
enum Place {
    /// In front of it.
    Start,
    /// Between two fields of the outer object.
    Fields { first: bool },
    /// Between two elements of `logEvents`.
    Events { first: bool },
    /// Behind it, or as far as it can be read.
    End,
}

impl<'p> Messages<'p> {
    pub(crate) fn new(data: &'p str, bounds: Bounds) -> Self {
        Self {
            data,
            bounds,
            window: Window::new(inflate(data), bounds),
            header: Header::default(),
            place: Place::Start,
            events: LogEvents::default(),
            summary: Summary::default(),
        }
    }

    /// The next message; `None` if there are no more.
    pub fn next_message(&mut self) -> Option<LogMessage<'_>> {
        let found = self.advance().unwrap_or_else(|reason| {
            self.summary.cut_off = Some(reason);
            self.place = Place::End;
            None
        });
        found.map(|at| {
            self.summary.messages += 1;
            LogMessage { text: self.events.text(), at, origin: self.header.origin() }
        })
    }

    /// The result of the reading so far.
    #[must_use]
    pub const fn summary(&self) -> Summary {
        self.summary
    }

    /// Goes to the next message and answers its time.
    fn advance(&mut self) -> Result<Option<Timestamp>, CutOff> {
        loop {
            match &mut self.place {
                Place::Start => self.start()?,
                Place::Fields { first } => match header::next_key(&mut self.window, first)? {
                    Some(Key::Events) => self.place = self.enter_events()?,
                    Some(_) => self.window.skip()?,
                    None => {
                        self.window.finish()?;
                        self.place = Place::End;
                    }
                },
                Place::Events { first } => {
                    if let Some(at) = self.events.next() {
                        return Ok(Some(at));
                    }
                    let first = *first;
                    self.place = self.read_events(first)?;
                }
                Place::End => return Ok(None),
            }
        }
    }

    /// Reads the header, which CloudWatch Logs writes in front of the events. If it does not, a
    /// first pass over the payload reads the header and a second one the events.
    fn start(&mut self) -> Result<(), CutOff> {
        let at_events = self.header.read(&mut self.window);
        if self.header.is_control() {
            self.summary.control = true;
            self.place = Place::End;
        } else if at_events == Ok(true) {
            self.place = self.enter_events()?;
        } else {
            // What cut the first pass off cuts the second one off at the same place.
            self.window = Window::new(inflate(self.data), self.bounds);
            self.window.expect(b'{')?;
            self.place = Place::Fields { first: true };
        }
        Ok(())
    }

    /// Reads many of the events that come next, or one.
    fn read_events(&mut self, mut first: bool) -> Result<Place, CutOff> {
        if !first && self.window.members(&mut self.events)? {
            return Ok(Place::Events { first });
        }
        // Some may have been read before it turned out that they cannot be taken together.
        self.events.clear();
        if !self.window.next_member(&mut first, b']')? {
            return Ok(Place::Fields { first: false });
        }
        match self.window.value()? {
            Some(event) => self.events.push(event),
            None => self.summary.skipped += 1,
        }
        Ok(Place::Events { first })
    }

    fn enter_events(&mut self) -> Result<Place, CutOff> {
        if self.window.peek()? == b'[' {
            self.window.expect(b'[')?;
            Ok(Place::Events { first: true })
        } else {
            self.window.skip()?;
            Ok(Place::Fields { first: false })
        }
    }
}

impl LogMessage<'_> {
    /// Parses the text of the message.
    ///
    /// # Errors
    /// The message cannot be read: see [`LogEntry::parse`]. Count it, and go on.
    pub fn parse(&self) -> Result<LogEntry, LogError> {
        LogEntry::parse(self.text?, self.at, self.origin)
    }
}

impl fmt::Debug for Messages<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Messages").field("summary", &self.summary).finish_non_exhaustive()
    }
}
