//! A store that was chosen at run time is as good as the store that it is.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use session_limit_settings::OpenStore;
use session_limit_testkit::conformance::Subject;

struct Chosen(Arc<OpenStore>);

impl Chosen {
    fn new() -> Self {
        Self(Arc::new(OpenStore::in_memory()))
    }
}

impl Subject for Chosen {
    type Store = Arc<OpenStore>;

    async fn open(&self) -> Arc<OpenStore> {
        Arc::clone(&self.0)
    }

    fn run<F: Future>(&self, future: F) -> F::Output {
        pollster::block_on(future)
    }

    fn pass_time(&self, _: Duration) {}

    fn grain(&self) -> Duration {
        Duration::from_millis(1)
    }
}

session_limit_testkit::store_tests!(Chosen::new());
session_limit_testkit::table_store_tests!(Chosen::new());
session_limit_testkit::counter_store_tests!(Chosen::new());
