//! A Lambda function as the session tracker.

use std::io::Write;

use anyhow::Result;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::Function;
use crate::log::LogRecord;
use crate::pipeline::{LogReader, Redeliver};

/// A session tracker of somebody else's, which gets each message by itself. On AWS it is a queue of
/// Lambda's that waits for the answer and tries again; here the pipeline does.
pub(crate) struct TrackerFunction(Function);

impl TrackerFunction {
    /// Delivers the log to `function`.
    pub(crate) fn new(function: Function) -> Self {
        Self(function)
    }
}

impl LogReader for TrackerFunction {
    async fn read(&self, record: &LogRecord) -> Result<(), Redeliver> {
        let event = event(record).map_err(Redeliver::because)?;
        self.0.invoke(event).await.map(drop).map_err(Redeliver::because)
    }
}

/// The event by which a log subscription delivers one message.
fn event(record: &LogRecord) -> Result<Vec<u8>> {
    let batch = json!({
        "messageType": "DATA_MESSAGE",
        "owner": "000000000000",
        "logGroup": &*record.group,
        "logStream": record.stream,
        "subscriptionFilters": ["transfer-local"],
        "logEvents": [{
            "id": record.id, "timestamp": record.at.as_millis(), "message": record.message,
        }],
    });
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(batch.to_string().as_bytes())?;
    let data = STANDARD.encode(gzip.finish()?);
    Ok(json!({ "awslogs": { "data": data } }).to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use flate2::read::GzDecoder;
    use serde_json::Value;
    use session_limit_core::time::Timestamp;

    use super::*;

    #[test]
    fn a_message_arrives_as_cloudwatch_logs_delivers_it() {
        let record = LogRecord {
            group: "/aws/transfer/s-1".into(),
            id: "7".into(),
            stream: "0123456789abcdef".into(),
            at: Timestamp::from_millis(1_432_826_855_000),
            message: r#"{"activity-type":"DISCONNECTED"}"#.into(),
        };
        let event: Value = serde_json::from_slice(&event(&record).unwrap()).unwrap();
        let data = STANDARD.decode(event["awslogs"]["data"].as_str().unwrap()).unwrap();
        let batch: Value = serde_json::from_reader(GzDecoder::new(data.as_slice())).unwrap();
        let expected = json!({
            "messageType": "DATA_MESSAGE",
            "owner": "000000000000",
            "logGroup": "/aws/transfer/s-1",
            "logStream": "0123456789abcdef",
            "subscriptionFilters": ["transfer-local"],
            "logEvents": [{
                "id": "7",
                "timestamp": 1_432_826_855_000_u64,
                "message": r#"{"activity-type":"DISCONNECTED"}"#,
            }],
        });
        assert_eq!(batch, expected);
    }
}
