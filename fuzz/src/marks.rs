//! Marked values, and the search for them where they must not be.

use serde_json::Value;

/// The mark: a text that no error contains on its own. No server id, user name, address or base64
/// is like it.
const MARK: &str = "a marked value";
/// Number of values of one event that are marked, at most.
const MOST: usize = 32;

/// Checks that no error of an event shows a value or a name of one of its fields. A stranger may
/// have chosen them, or they are a password.
///
/// The first values are replaced by a mark, one at a time, and once the mark stands behind the
/// event. A text that is JSON itself, such as the body of a queue's record, has values too.
pub(crate) fn check_errors_show_no_value(event: &[u8], errors: impl Fn(&[u8]) -> Vec<String>) {
    let check = |marked: &[u8]| {
        for error in errors(marked) {
            assert!(!error.contains(MARK), "an error shows a value: {error}");
        }
    };
    check(&[event, MARK.as_bytes()].concat());
    let Ok(event) = serde_json::from_slice(event) else { return };
    marked(&event, MOST).iter().for_each(|event| check(event.to_string().as_bytes()));
}

/// Returns copies of the value with a mark in place of all of it, or of something within it: at
/// most `most` of them.
fn marked(value: &Value, most: usize) -> Vec<Value> {
    let mut all = vec![Value::from(MARK)];
    match value {
        Value::Object(fields) => {
            // As many fields as `most` are enough, since each adds one.
            for (name, child) in fields.iter().take(most) {
                let mut others = fields.clone();
                others.remove(name);
                let with = |name: &str, child| {
                    let mut fields = others.clone();
                    fields.insert(name.to_owned(), child);
                    Value::Object(fields)
                };
                all.push(with(MARK, child.clone()));
                all.extend(within(child, most, all.len()).map(|child| with(name, child)));
            }
        }
        Value::Array(items) => {
            for (place, child) in items.iter().enumerate().take(most) {
                let with = |child| {
                    let mut items = items.clone();
                    items[place] = child;
                    Value::Array(items)
                };
                all.extend(within(child, most, all.len()).map(with));
            }
        }
        Value::String(text) => {
            if let Ok(inner) = serde_json::from_str(text) {
                all.extend(within(&inner, most, all.len()).map(|inner| inner.to_string().into()));
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    all.truncate(most);
    all
}

/// Returns as many such copies as are missing.
fn within(value: &Value, most: usize, there: usize) -> impl Iterator<Item = Value> {
    let missing = most.saturating_sub(there);
    let marked = if missing == 0 { Vec::new() } else { marked(value, missing) };
    marked.into_iter()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_found_wherever_they_are() {
        let event = json!({"a": ["b", {"c": 1}], "d": "{\"e\":\"f\"}"});
        let marked: Vec<_> = marked(&event, 100).iter().map(Value::to_string).collect();
        for expected in [
            r#"{"a":["a marked value",{"c":1}],"d":"{\"e\":\"f\"}"}"#,
            r#"{"a":["b",{"c":"a marked value"}],"d":"{\"e\":\"f\"}"}"#,
            r#"{"a":["b",{"a marked value":1}],"d":"{\"e\":\"f\"}"}"#,
            r#"{"a":["b",{"c":1}],"d":"{\"e\":\"a marked value\"}"}"#,
            r#""a marked value""#,
        ] {
            assert!(marked.iter().any(|event| event == expected), "{expected}: {marked:#?}");
        }
        // The event, four names, six values, and the text that is JSON once more as such.
        assert_eq!(marked.len(), 12, "{marked:#?}");
    }

    #[test]
    #[should_panic(expected = "an error shows a value")]
    fn an_error_that_shows_a_value_is_noticed() {
        let event = json!({"body": "{\"password\":\"wonderland\"}"}).to_string();
        check_errors_show_no_value(event.as_bytes(), |event| {
            let event: Value = serde_json::from_slice(event).unwrap_or_default();
            let body: Value = serde_json::from_str(event["body"].as_str().unwrap_or_default())
                .unwrap_or_default();
            vec![format!("wrong password {}", body["password"])]
        });
    }

    #[test]
    fn an_error_that_shows_none_is_good() {
        check_errors_show_no_value(br#"{"a": "b"}"#, |_| vec!["missing field c".to_owned()]);
    }
}
