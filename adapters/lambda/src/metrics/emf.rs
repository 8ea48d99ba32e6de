//! One line of embedded metric format.

use serde_json::{Map, Value, json};
use session_limit_core::names::ServerId;
use session_limit_core::time::Timestamp;

use super::{NAMESPACE, Sheet};

/// The line of one server, or of all if there is none.
pub(super) fn line(server: Option<&ServerId>, sheet: &Sheet, now: Timestamp) -> String {
    let metrics: Vec<_> =
        sheet.keys().map(|metric| json!({"Name": metric.name(), "Unit": metric.unit()})).collect();
    let dimensions = match server {
        Some(_) => json!([[], ["ServerId"]]),
        None => json!([[]]),
    };
    let mut line = Map::new();
    line.insert(
        "_aws".into(),
        json!({
            "Timestamp": now.as_millis(),
            "CloudWatchMetrics": [
                {"Namespace": NAMESPACE, "Dimensions": dimensions, "Metrics": metrics}
            ],
        }),
    );
    if let Some(server) = server {
        line.insert("ServerId".into(), server.as_str().into());
    }
    for (metric, samples) in sheet {
        line.insert(metric.name().into(), samples.to_json());
    }
    Value::Object(line).to_string()
}
