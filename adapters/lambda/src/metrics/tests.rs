use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use session_limit_core::time::Timestamp;

use super::*;

fn lines(mut metrics: Metrics) -> Vec<Value> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let sink = {
        let lines = Arc::clone(&lines);
        Sink::new(move |line| lines.lock().unwrap().push(serde_json::from_str(line).unwrap()))
    };
    metrics.emit(Timestamp::from_millis(1_700_000_000_000), &sink);
    std::mem::take(&mut lines.lock().unwrap())
}

#[test]
fn a_line_is_embedded_metric_format() {
    let server = ServerId::new("s-1234").unwrap();
    let mut metrics = Metrics::default();
    metrics.count(Some(&server), Metric::LoginsAdmitted, 1);
    metrics.count(Some(&server), Metric::LoginsRefused, 0);
    metrics.time(Some(&server), Metric::StoreLatency, Duration::from_micros(1_500));
    metrics.time(Some(&server), Metric::StoreLatency, Duration::from_micros(2_500));
    assert_eq!(
        lines(metrics),
        [json!({
            "_aws": {"Timestamp": 1_700_000_000_000_u64, "CloudWatchMetrics": [{
                "Namespace": "SessionLimit",
                "Dimensions": [[], ["ServerId"]],
                "Metrics": [
                    {"Name": "LoginsAdmitted", "Unit": "Count"},
                    {"Name": "StoreLatency", "Unit": "Milliseconds"},
                ],
            }]},
            "ServerId": "s-1234",
            "LoginsAdmitted": 1,
            "StoreLatency": [1.5, 2.5],
        })]
    );
}

#[test]
fn what_no_server_is_known_of_has_no_dimension() {
    let mut metrics = Metrics::default();
    metrics.count(None, Metric::MessagesUnparsable, 3);
    let lines = lines(metrics);
    assert_eq!(lines[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"], json!([[]]));
    assert_eq!((&lines[0]["ServerId"], &lines[0]["MessagesUnparsable"]), (&Value::Null, &json!(3)));
}

#[test]
fn servers_are_bounded_in_number_and_nothing_is_lost() {
    let mut metrics = Metrics::default();
    for number in 0..1_000 {
        let server = ServerId::new(&format!("s-{number}")).unwrap();
        metrics.count(Some(&server), Metric::EventsEnded, 1);
    }
    let lines = lines(metrics);
    assert_eq!(lines.len(), MOST_SERVERS + 1);
    let sum: u64 = lines.iter().map(|line| line["EventsEnded"].as_u64().unwrap()).sum();
    assert_eq!(sum, 1_000);
}

#[test]
fn every_metric_has_one_name() {
    let mut names = NAMES.to_vec();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), ALL.len());
    assert!(ALL.iter().zip(NAMES).all(|(metric, name)| metric.name() == *name));
}
