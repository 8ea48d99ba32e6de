//! The way from a server's log to its reader: the log file, and a delivery that is late, double,
//! out of order or lost, as the options say.

use std::collections::BTreeMap;
use std::fs::File;
use std::future::Future;
use std::io::Write;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::log::{LogRecord, LogSink};
use crate::stderr;

/// The time that a message waits longer after each failure of its reader than after the one before.
const REDELIVERY_DELAY: Duration = Duration::from_millis(200);
/// The longest time and the most times that a message is delivered to a reader that keeps failing.
/// Lambda tries for about as long.
const LONGEST_REDELIVERY: Duration = Duration::from_secs(150);
const MOST_DELIVERIES: u32 = 40;

/// The settings of the delivery of a log.
#[derive(Debug, Default)]
pub struct Delivery {
    /// Each message is late by this and up to half as much again, by chance.
    pub delay: Duration,
    /// The probability that a message is delivered twice.
    pub duplicate: f64,
    /// The probability that a message is not delivered.
    pub loss: f64,
    /// A file that all messages are appended to, the lost ones included.
    pub file: Option<File>,
}

/// A reader that the log is delivered to.
pub trait LogReader: Send + Sync + 'static {
    /// Reads one message.
    ///
    /// # Errors
    /// [`Redeliver`] if the same message should come again later.
    fn read(&self, record: &LogRecord) -> impl Future<Output = Result<(), Redeliver>> + Send;
}

/// The error of a message that cannot be dealt with now and should come again.
#[derive(Debug)]
pub struct Redeliver(anyhow::Error);

impl Redeliver {
    /// Asks for the message again because of this error, which shows no secret.
    pub fn because(error: impl Into<anyhow::Error>) -> Self {
        Self(error.into())
    }
}

/// The writing end of a pipeline.
pub struct PipelineSink(mpsc::UnboundedSender<Input>);

/// A running pipeline.
pub struct Pipeline {
    close: mpsc::UnboundedSender<Input>,
    task: JoinHandle<()>,
}

enum Input {
    Record(LogRecord),
    Close,
}

impl LogSink for PipelineSink {
    fn write(&self, record: LogRecord) {
        // Nobody listens any more once the pipeline has been drained.
        let _ = self.0.send(Input::Record(record));
    }
}

impl Pipeline {
    /// Starts to deliver to `reader` what is written to the sink.
    #[must_use]
    pub fn start(delivery: Delivery, reader: impl LogReader) -> (PipelineSink, Self) {
        let (sender, inputs) = mpsc::unbounded_channel();
        let task = tokio::spawn(deliver(delivery, reader, inputs));
        (PipelineSink(sender.clone()), Self { close: sender, task })
    }

    /// Delivers what has been written so far, without further delay, and ends.
    pub async fn drain(self) {
        let _ = self.close.send(Input::Close);
        // The task only fails if the reader panics, and then there is nothing left to drain.
        let _ = self.task.await;
    }
}

/// A message on its way.
struct Message {
    record: LogRecord,
    /// The time at which it was first due.
    since: Instant,
    /// The number of times that it has been delivered.
    deliveries: u32,
}

/// The messages on their way, by the time they are due.
#[derive(Default)]
struct OnTheWay {
    due: BTreeMap<(Instant, u64), Message>,
    last: u64,
}

impl OnTheWay {
    fn add(&mut self, record: LogRecord, delay: Duration) {
        let since = Instant::now() + delay;
        self.add_at(since, Message { record, since, deliveries: 0 });
    }

    /// Puts a message that was not taken on its way again, unless that is enough.
    fn add_again(&mut self, message: Message) -> bool {
        let deliveries = message.deliveries.saturating_add(1);
        if deliveries >= MOST_DELIVERIES || message.since.elapsed() >= LONGEST_REDELIVERY {
            return false;
        }
        let at = Instant::now() + REDELIVERY_DELAY * deliveries;
        self.add_at(at, Message { deliveries, ..message });
        true
    }

    fn add_at(&mut self, at: Instant, message: Message) {
        self.last = self.last.wrapping_add(1);
        self.due.insert((at, self.last), message);
    }

    fn next_due(&self) -> Option<Instant> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }
}

async fn deliver(
    mut delivery: Delivery,
    reader: impl LogReader,
    mut inputs: mpsc::UnboundedReceiver<Input>,
) {
    let mut on_the_way = OnTheWay::default();
    let (mut draining, mut failing) = (false, false);
    loop {
        let due = on_the_way.next_due();
        let wait = async {
            match due {
                Some(at) if !draining => tokio::time::sleep_until(at).await,
                Some(_) => {}
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            input = inputs.recv(), if !draining => match input {
                Some(Input::Record(record)) => delivery.send(record, &mut on_the_way),
                Some(Input::Close) | None => draining = true,
            },
            () = wait, if due.is_some() => {
                let Some((_, message)) = on_the_way.due.pop_first() else { continue };
                let failure = reader.read(&message.record).await.err();
                let was_failing = std::mem::replace(&mut failing, failure.is_some());
                let Some(Redeliver(error)) = failure else { continue };
                if !was_failing {
                    stderr::line(format_args!(
                        "the session tracker failed and will get its messages again: {error:#}"
                    ));
                }
                if !on_the_way.add_again(message) {
                    stderr::line("the session tracker keeps failing: a log message is lost");
                }
            }
            else => break,
        }
    }
}

impl Delivery {
    /// Sends a message on its way: never, once or twice.
    fn send(&mut self, record: LogRecord, on_the_way: &mut OnTheWay) {
        if let Some(file) = &mut self.file
            && let Err(error) = writeln!(file, "{}", record.message)
        {
            stderr::line(format_args!("the log file cannot be written any more: {error}"));
            self.file = None;
        }
        if rand::random_bool(self.loss) {
            return;
        }
        if rand::random_bool(self.duplicate) {
            on_the_way.add(record.clone(), self.some_delay());
        }
        on_the_way.add(record, self.some_delay());
    }

    fn some_delay(&self) -> Duration {
        self.delay + self.delay.mul_f64(rand::random_range(0.0..0.5))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::clock;

    struct Counting(Arc<AtomicU32>, u32);

    impl LogReader for Counting {
        async fn read(&self, _: &LogRecord) -> Result<(), Redeliver> {
            let before = self.0.fetch_add(1, Ordering::SeqCst);
            if before < self.1 {
                return Err(Redeliver::because(std::io::Error::other("not now")));
            }
            Ok(())
        }
    }

    fn record(message: &str) -> LogRecord {
        LogRecord {
            group: "/aws/transfer/s-1".into(),
            id: "1".into(),
            stream: "ERRORS".into(),
            at: clock::now(),
            message: message.into(),
        }
    }

    async fn delivered(delivery: Delivery, failures: u32) -> u32 {
        let count = Arc::new(AtomicU32::new(0));
        let (sink, pipeline) = Pipeline::start(delivery, Counting(Arc::clone(&count), failures));
        for _ in 0..10 {
            sink.write(record("{}"));
        }
        pipeline.drain().await;
        count.load(Ordering::SeqCst)
    }

    #[tokio::test]
    async fn each_message_arrives_once_twice_or_never() {
        let hour = Duration::from_secs(3600);
        assert_eq!(delivered(Delivery::default(), 0).await, 10);
        assert_eq!(delivered(Delivery { delay: hour, ..Delivery::default() }, 0).await, 10);
        assert_eq!(delivered(Delivery { duplicate: 1.0, ..Delivery::default() }, 0).await, 20);
        assert_eq!(delivered(Delivery { loss: 1.0, ..Delivery::default() }, 0).await, 0);
    }

    #[tokio::test]
    async fn a_failing_reader_gets_the_message_again() {
        assert_eq!(delivered(Delivery::default(), 3).await, 13);
    }

    #[tokio::test]
    async fn lost_messages_are_in_the_log_file_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let file = Some(File::create(&path).unwrap());
        assert_eq!(delivered(Delivery { loss: 1.0, file, ..Delivery::default() }, 0).await, 0);
        assert_eq!(std::fs::read_to_string(path).unwrap().lines().count(), 10);
    }
}
