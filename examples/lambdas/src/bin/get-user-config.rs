//! The identity provider: authenticates users by their secrets in Secrets Manager, and admits as
//! many sessions of each as they may hold.

use session_limit_lambda::{IdentityHandler, StartError};
use session_limit_lambdas::user_secrets;
use session_limit_settings::both;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let (settings, (ledger, secrets)) = session_limit_lambda::start_with(&[], |settings| {
        both(session_limit_settings::open(settings), user_secrets(settings))
    })?;
    IdentityHandler::new(secrets, ledger, &settings).run().await
}
