//! Waiting for something, but not forever, on any executor.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use crate::ledger::LedgerError;
use crate::store::StoreError;

/// Waits for `work`. `None` if `deadline` is ready before.
pub(super) async fn race<T>(
    work: impl Future<Output = T>,
    mut deadline: Pin<&mut impl Future<Output = ()>>,
) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => deadline.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// The error of an admission that did not come in time: it may or may not have happened.
pub(super) fn passed() -> LedgerError {
    StoreError::Ambiguous("the deadline has passed".into()).into()
}
