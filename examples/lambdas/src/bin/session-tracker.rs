//! The session tracker: reads the server's log, from CloudWatch Logs or from a queue of what could
//! not be applied earlier, and tells the ledger which sessions start and end.

use session_limit_lambda::{StartError, Tracker};
use session_limit_lambdas::{ledger, track};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let settings = session_limit_lambda::start(&[])?;
    let tracker = Tracker::new(ledger(&settings)?);
    session_limit_lambda::run(async |event: &[u8], invocation| {
        Ok(track(event, &mut tracker.batch(&invocation)).await?)
    })
    .await
}
