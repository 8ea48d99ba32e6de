//! Payloads out of an SQS queue.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::payload::object;
use crate::{Payload, PayloadError};

/// Records of an SQS queue.
#[derive(Clone)]
pub struct QueueBatch<'a> {
    records: Vec<&'a RawValue>,
}

impl<'a> QueueBatch<'a> {
    /// The most records that SQS delivers at once.
    pub const MAX_RECORDS: usize = 10_000;

    pub(super) fn parse(records: &'a str) -> Result<Self, PayloadError> {
        let Records(records) = serde_json::from_str(records)?;
        match records {
            Some(records) => Ok(Self { records }),
            None => Err(PayloadError::TooManyRecords(Self::MAX_RECORDS)),
        }
    }

    /// The records, in their order. An element that is no record of SQS is an error. Report it and
    /// go on: it has no id by which it could be delivered again.
    pub fn records(&self) -> impl Iterator<Item = Result<QueueRecord<'a>, PayloadError>> + '_ {
        self.records.iter().map(|record| object(record.get().as_bytes()))
    }
}

impl fmt::Debug for QueueBatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QueueBatch").field("records", &self.records.len()).finish_non_exhaustive()
    }
}

/// A record of an SQS queue.
#[derive(Clone, Deserialize)]
pub struct QueueRecord<'a> {
    #[serde(borrow, rename = "messageId")]
    message_id: Cow<'a, str>,
    #[serde(borrow)]
    body: Cow<'a, str>,
}

impl QueueRecord<'_> {
    /// The payload in the record.
    ///
    /// # Errors
    /// The record holds no payload. Report it, and acknowledge the record.
    pub fn payload(&self) -> Result<Payload<'_>, PayloadError> {
        Payload::parse(self.body.as_bytes())
    }

    /// The id that the queue gave the record.
    #[must_use]
    pub fn message_id(&self) -> &str {
        &self.message_id
    }
}

impl fmt::Debug for QueueRecord<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut record = f.debug_struct("QueueRecord");
        record.field("message_id", &self.message_id).finish_non_exhaustive()
    }
}

/// The answer to a [`QueueBatch`]: the records that the queue has to deliver again. All others are
/// done. It takes effect only if the event source mapping says `ReportBatchItemFailures`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BatchResponse {
    #[serde(rename = "batchItemFailures")]
    failures: Vec<ItemFailure>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct ItemFailure {
    #[serde(rename = "itemIdentifier")]
    message_id: String,
}

impl BatchResponse {
    /// Asks for `record` again.
    pub fn retry(&mut self, record: &QueueRecord<'_>) {
        self.failures.push(ItemFailure { message_id: record.message_id.clone().into_owned() });
    }

    /// The number of records that are asked for again.
    #[must_use]
    pub fn retries(&self) -> usize {
        self.failures.len()
    }
}

/// `None` if there are more than a queue delivers: a vector of them could be very long.
struct Records<'a>(Option<Vec<&'a RawValue>>);

impl<'de> Deserialize<'de> for Records<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(RecordsVisitor)
    }
}

struct RecordsVisitor;

impl<'de> Visitor<'de> for RecordsVisitor {
    type Value = Records<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of records")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut records = Vec::new();
        while let Some(record) = seq.next_element()? {
            if records.len() == QueueBatch::MAX_RECORDS {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(Records(None));
            }
            records.push(record);
        }
        Ok(Records(Some(records)))
    }
}
