//! The session tracker: reads the server's log, and tells the ledger which sessions start and end.
//! The log comes from CloudWatch Logs, or from a queue of what could not be applied earlier.

use session_limit_lambda::{StartError, Tracker};
use session_limit_lambdas::secret_names;
use session_limit_settings::both;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    // No secret is read here, but a setting that stops one function stops both.
    let (settings, (ledger, _)) = session_limit_lambda::start_with(&[], |settings| {
        both(session_limit_settings::open(settings), secret_names(settings))
    })?;
    Tracker::new(ledger).with_methods(settings.methods).run().await
}
