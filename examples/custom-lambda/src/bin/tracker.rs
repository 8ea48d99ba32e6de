//! The session tracker: reads in the server's log, as CloudWatch Logs delivers it, which sessions
//! start and end, and so gives slots back.

use session_limit_lambda::{StartError, Tracker};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let settings = session_limit_lambda::start(&[module_path!()])?;
    let ledger = session_limit_settings::open(&settings)?;
    Tracker::new(ledger).with_methods(settings.methods).run().await
}
