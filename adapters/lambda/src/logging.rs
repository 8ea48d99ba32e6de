//! Structured logs: one JSON object for each line, on standard output.

use session_limit_settings::LogLevels;
use tracing::{Level, Metadata};
use tracing_subscriber::filter::{FilterExt as _, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::{Registry, fmt};

/// The beginning of the names of this project's crates.
const OWN: &str = "session_limit";

/// Logs from now on what `levels` let through. The crates that `own` names, and those of this
/// project, may log at any level. All others may not log below INFO: one of them prints the whole
/// event, password included.
pub(crate) fn start(levels: &LogLevels, own: &'static [&'static str]) {
    let subscriber = Registry::default().with(layer(levels, own, std::io::stdout));
    // Somebody else's logging is already there: then it stays.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// True for the runtime's line about an error that a handler has returned, which
/// [`run`](crate::run) has logged already. It comes from the layer that catches panics. The line
/// about a panic has a field `error`.
fn is_said_by_us(metadata: &Metadata<'_>) -> bool {
    metadata.target() == "lambda_runtime::layers::panic"
        && metadata.fields().field("error").is_none()
}

fn layer<S, W>(levels: &LogLevels, own: &'static [&'static str], writer: W) -> impl Layer<S>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
    W: for<'w> fmt::MakeWriter<'w> + Send + Sync + 'static,
{
    let allowed = filter_fn(move |metadata| {
        let target = metadata.target();
        !is_said_by_us(metadata)
            && (*metadata.level() <= Level::INFO
                || target.starts_with(OWN)
                || own.contains(&target.split("::").next().unwrap_or_default()))
    });
    fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(writer)
        .with_filter(levels.targets().clone().and(allowed))
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use session_limit_settings::Settings;

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// The lines that `log` writes with this `RUST_LOG`.
    pub(crate) fn logged(filter: &str, log: impl FnOnce()) -> Vec<serde_json::Value> {
        let settings = Settings::read(|name| match name {
            "SESSION_STORE" => Some("none".into()),
            "RUST_LOG" => Some(filter.into()),
            _ => None,
        });
        let lines = Lines::default();
        let writer = lines.clone();
        let layer = layer(&settings.unwrap().log, &["my_lambda"], move || writer.clone());
        tracing::subscriber::with_default(Registry::default().with(layer), log);
        let bytes = lines.0.lock().unwrap().clone();
        let text = String::from_utf8(bytes).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_line_is_one_flat_json_object() {
        let lines = logged("info", || tracing::info!(user = "bob", counted = 3, "login\nadmitted"));
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["message"], "login\nadmitted");
        assert_eq!((&lines[0]["user"], &lines[0]["counted"]), (&"bob".into(), &3.into()));
        assert_eq!(lines[0]["level"], "INFO");
    }

    #[test]
    fn an_error_of_a_handler_is_logged_once_and_a_panic_is_logged() {
        let lines = logged("info", || {
            let error = "not applied";
            tracing::error!(target: "lambda_runtime::layers::panic", "{error:?}");
            tracing::error!(target: "lambda_runtime::layers::panic", ?error, "user handler panicked");
        });
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0]["message"], "user handler panicked");
    }

    #[test]
    fn dependencies_never_log_below_info() {
        for filter in ["trace", "trace,lambda_runtime=trace", "lambda_runtime=trace"] {
            let lines = logged(filter, || {
                tracing::trace!(target: "lambda_runtime::requests", "the event");
                tracing::debug!(target: "my_lambda_s_dependency", "no");
            });
            assert_eq!(lines, [] as [serde_json::Value; 0], "{filter}");
        }
        let lines = logged("trace", || {
            tracing::trace!("one");
            tracing::trace!(target: "my_lambda::users", "two");
            tracing::info!(target: "lambda_runtime", "three");
        });
        assert_eq!(lines.len(), 3);
    }
}
