//! The way from an invocation by CloudWatch Logs, or by a queue, to the messages of a batch.

use session_limit_cloudwatch_logs::{BatchResponse, Bounds, CutOff, Delivery, Payload};
use session_limit_core::ledger::Ledger;

use super::{Batch, NotApplied, Tracker};
use crate::invocation::Invocation;
use crate::runtime::{StartError, run};

impl<L: Ledger> Tracker<L> {
    /// Takes invocations until Lambda ends the process. Each brings log messages: from a
    /// subscription filter of CloudWatch Logs, or from a queue with such events that were not
    /// applied earlier.
    ///
    /// Anything else is reported and acknowledged, since it would not be any better the next time.
    /// If messages could not be applied for the time being, the invocation fails, and Lambda
    /// delivers the event again. Of a queue only the records that were not applied come again, if
    /// its event source mapping says `ReportBatchItemFailures`.
    ///
    /// # Errors
    /// The Lambda Runtime API cannot be reached.
    pub async fn run(self) -> Result<(), StartError> {
        run(async |event: &[u8], invocation| Ok(self.take(event, &invocation).await?)).await
    }

    /// Takes all messages of `event`, which may be anything. The answer asks for those records of a
    /// queue again that could not be applied, and is of no consequence for an event of another kind.
    pub(super) async fn take(
        &self,
        event: &[u8],
        invocation: &Invocation,
    ) -> Result<BatchResponse, NotApplied> {
        let mut batch = self.batch(invocation);
        let mut response = BatchResponse::default();
        match Delivery::parse(event) {
            Ok(Delivery::Payload(payload)) => batch.payload(&payload).await?,
            Ok(Delivery::Queue(records)) => {
                for record in records.records() {
                    match record.as_ref().map(|record| (record, record.payload())) {
                        Ok((record, Ok(payload))) => {
                            if batch.payload(&payload).await.is_err() {
                                response.retry(record);
                            }
                        }
                        Ok((_, Err(error))) => batch.undecodable(error),
                        Err(error) => batch.undecodable(error),
                    }
                }
            }
            Err(error) => batch.undecodable(error),
        }
        Ok(response)
    }
}

impl<L: Ledger> Batch<'_, L> {
    /// Takes messages up to the first that cannot be applied: the others come again together with it.
    async fn payload(&mut self, payload: &Payload<'_>) -> Result<(), NotApplied> {
        let until = Some(self.deadline());
        let mut messages = payload.messages_within(Bounds { until, ..Bounds::default() });
        while let Some(message) = messages.next_message() {
            self.message(message.parse()).await?;
        }
        let summary = messages.summary();
        if summary.skipped > 0 {
            self.undecodable(format_args!("{} log events are none", summary.skipped));
        }
        match summary.cut_off {
            Some(CutOff::NoTime) => return Err(self.no_time()),
            Some(reason) => self.undecodable(reason),
            None => {}
        }
        Ok(())
    }
}
