//! The life of a connection, which ends: by itself, or because it must.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use russh::server::RunningSession;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::connection::Connection;
use crate::log::SessionLog;

/// The time that clients have to take leave when the server ends.
const FAREWELL: Duration = Duration::from_secs(2);

/// One connection, seen from outside it.
pub(crate) struct Life {
    /// The log of its session, once it has one.
    pub session: Arc<OnceLock<Arc<SessionLog>>>,
    /// Ends it, whatever it is about.
    pub over: CancellationToken,
    /// Tells that the server is being stopped.
    pub stop: CancellationToken,
    /// The time at which it must have a session.
    pub login_deadline: Instant,
}

impl Life {
    /// Stays with it to its end, and sees to it that there is one.
    pub(crate) async fn watch<E>(
        self,
        starting: impl Future<Output = Result<RunningSession<Connection>, E>> + Send,
    ) {
        let mut running = tokio::select! {
            started = starting => match started {
                Ok(running) => running,
                Err(_) => return,
            },
            () = self.stop.cancelled() => return,
            () = tokio::time::sleep_until(self.login_deadline) => return,
        };
        tokio::select! {
            // However it ends, the connection's own end has written the log.
            _ = &mut running => return,
            () = self.is_too_late() => {}
            () = self.stop.cancelled() => {
                if tokio::time::timeout(FAREWELL, take_leave(&mut running)).await.is_ok() {
                    return;
                }
            }
        }
        self.over.cancel();
        if tokio::time::timeout(FAREWELL, &mut running).await.is_err()
            && let Some(session) = self.session.get()
        {
            session.disconnected();
        }
    }

    /// Waits for the deadline, and for ever if there is a session by then.
    async fn is_too_late(&self) {
        tokio::time::sleep_until(self.login_deadline).await;
        if self.session.get().is_some() {
            std::future::pending::<()>().await;
        }
    }
}

/// Tells the client to go, and waits until it has gone.
async fn take_leave(running: &mut RunningSession<Connection>) {
    let text = "the server is being stopped".to_owned();
    let reason = russh::Disconnect::ByApplication;
    // Both fail if the client has gone already.
    let _ = running.handle().disconnect(reason, text, String::new()).await;
    let _ = running.await;
}
