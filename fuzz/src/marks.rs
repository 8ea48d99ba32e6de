//! Values that are marked, to find them where they must not be.

use serde_json::Value;

/// What no error says of its own accord. No server id, user name, address or base64 is like it.
const MARK: &str = "a marked value";
/// Values of one event that are marked.
const MOST: usize = 32;

/// Checks that none of the `errors` of an event shows a value of it, which a stranger may have
/// chosen or which is a password: with each of its values in turn replaced by a mark, and with a
/// mark behind it.
pub(crate) fn check_errors_show_no_value(event: &[u8], errors: impl Fn(&[u8]) -> Vec<String>) {
    let check = |marked: &[u8]| {
        for error in errors(marked) {
            assert!(!error.contains(MARK), "an error shows a value: {error}");
        }
    };
    check(&[event, MARK.as_bytes()].concat());
    let Ok(event) = serde_json::from_slice::<Value>(event) else { return };
    for place in places(&event).iter().take(MOST) {
        let mut marked = event.clone();
        *marked.pointer_mut(place).expect("the value is there") = MARK.into();
        check(marked.to_string().as_bytes());
    }
}

/// The JSON pointers of all values within this one.
fn places(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => {
            let escaped = |name: &String| name.replace('~', "~0").replace('/', "~1");
            fields.iter().map(|(name, child)| (escaped(name), child)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(number, child)| (number.to_string(), child)).collect()
        }
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for (name, child) in children {
        found.push(format!("/{name}"));
        found.extend(places(child).into_iter().map(|place| format!("/{name}{place}")));
    }
    found
}
