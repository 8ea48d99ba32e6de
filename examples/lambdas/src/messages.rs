//! The way of log messages from the event of an invocation to a batch.

use session_limit_cloudwatch_logs::{BatchResponse, Bounds, CutOff, Delivery, Payload};
use session_limit_core::ledger::Ledger;
use session_limit_lambda::tracker::{Batch, NotApplied};

/// Passes all messages of `event` to `batch`.
///
/// The event may be any bytes. What cannot be decoded now never will be, so it is reported and
/// acknowledged. The answer asks again for those records of a queue that could not be applied. It
/// has no effect for an event of another kind.
///
/// # Errors
/// A message could not be applied for the time being. The whole event has to be delivered again.
pub async fn track<L: Ledger>(
    event: &[u8],
    batch: &mut Batch<'_, L>,
) -> Result<BatchResponse, NotApplied> {
    let mut response = BatchResponse::default();
    match Delivery::parse(event) {
        Ok(Delivery::Payload(payload)) => take(&payload, batch).await?,
        Ok(Delivery::Queue(records)) => {
            for record in records.records() {
                match record.as_ref().map(|record| (record, record.payload())) {
                    Ok((record, Ok(payload))) => {
                        if take(&payload, batch).await.is_err() {
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

/// Passes on messages up to the first that cannot be applied: the others come again together with
/// it.
async fn take<L: Ledger>(
    payload: &Payload<'_>,
    batch: &mut Batch<'_, L>,
) -> Result<(), NotApplied> {
    let until = Some(batch.deadline());
    let mut messages = payload.messages_within(Bounds { until, ..Bounds::default() });
    while let Some(message) = messages.next_message() {
        batch.message(message.parse()).await?;
    }
    let summary = messages.summary();
    if summary.skipped > 0 {
        batch.undecodable(format_args!("{} log events have no text or no time", summary.skipped));
    }
    match summary.cut_off {
        Some(CutOff::NoTime) => return Err(batch.no_time()),
        Some(reason) => batch.undecodable(reason),
        None => {}
    }
    Ok(())
}
