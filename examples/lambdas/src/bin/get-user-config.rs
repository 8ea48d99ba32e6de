//! The identity provider: authenticates users by their secrets in Secrets Manager, and admits as
//! many sessions of each as they may hold.

use session_limit_lambda::settings::both;
use session_limit_lambda::{IdentityHandler, StartError};
use session_limit_lambdas::{ledger, user_secrets};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), StartError> {
    let (settings, (ledger, secrets)) = session_limit_lambda::start_with(&[], |settings| {
        both(ledger(settings), user_secrets(settings))
    })?;
    IdentityHandler::new(secrets, ledger, &settings).run().await
}
