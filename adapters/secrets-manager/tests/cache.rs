//! The answers that are kept, by a clock that the test moves.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use session_limit_core::secret::UserSecrets;
use session_limit_core::time::Timestamp;
use session_limit_harness::secrets_manager::{Reply, Stub};
use session_limit_secrets_manager::{CacheSettings, SecretsManager};
use support::{alice, secrets};

struct World {
    stub: Stub,
    secrets: SecretsManager,
    clock: Arc<AtomicU64>,
}

impl World {
    async fn new(cache: CacheSettings, reply: Reply) -> Self {
        let stub = Stub::start(reply).await;
        let clock = Arc::new(AtomicU64::new(1_700_000_000_000));
        let time = Arc::clone(&clock);
        let now = move || Timestamp::from_millis(time.load(Ordering::SeqCst));
        let secrets = secrets(&stub, cache).with_clock(now);
        Self { stub, secrets, clock }
    }

    fn pass(&self, time: Duration) {
        self.clock.fetch_add(time.as_millis() as u64, Ordering::SeqCst);
    }

    async fn secret(&self) -> Option<String> {
        let (server, user) = alice();
        let secret = self.secrets.secret(&server, &user).await.unwrap();
        secret.map(|it| String::from_utf8(it.expose().to_vec()).unwrap())
    }

    async fn newer(&self) -> Option<String> {
        let (server, user) = alice();
        let secret = self.secrets.newer_secret(&server, &user).await.unwrap();
        secret.map(|it| String::from_utf8(it.expose().to_vec()).unwrap())
    }

    fn requests(&self) -> usize {
        self.stub.requests().len()
    }
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_replaced_secret_lives_for_the_cache_s_time_and_no_longer() {
    let world = World::new(CacheSettings::default(), Reply::secret("old")).await;
    assert_eq!(world.secret().await.unwrap(), "old");
    world.stub.reply(Reply::secret("new"));
    world.pass(60 * SECOND - Duration::from_millis(1));
    assert_eq!((world.secret().await.unwrap(), world.requests()), ("old".into(), 1));
    world.pass(Duration::from_millis(1));
    assert_eq!((world.secret().await.unwrap(), world.requests()), ("new".into(), 2));
}

#[tokio::test]
async fn without_a_time_every_login_asks() {
    let cache = CacheSettings::default().with_ttl(Duration::ZERO);
    let world = World::new(cache, Reply::secret("old")).await;
    world.secret().await;
    world.secret().await;
    assert_eq!(world.requests(), 2);
    assert_eq!((world.newer().await, world.requests()), (None, 2), "there is nothing newer");
}

#[tokio::test]
async fn a_kept_answer_is_fetched_again_when_a_login_fails_by_it() {
    let world = World::new(CacheSettings::default(), Reply::secret("old")).await;
    world.secret().await;
    assert_eq!((world.newer().await, world.requests()), (None, 1), "it was fetched just now");
    world.secret().await;
    world.stub.reply(Reply::secret("new"));
    assert_eq!((world.newer().await.unwrap(), world.requests()), ("new".into(), 2));
    assert_eq!((world.secret().await.unwrap(), world.requests()), ("new".into(), 2));

    world.stub.reply(Reply::secret("newest"));
    assert_eq!((world.newer().await, world.requests()), (None, 2), "too early");
    world.pass(SECOND);
    assert_eq!((world.newer().await.unwrap(), world.requests()), ("newest".into(), 3));
    world.secret().await;
    world.pass(SECOND);
    assert_eq!((world.newer().await, world.requests()), (None, 4), "it is the same as before");
}

#[tokio::test]
async fn no_such_user_is_kept_and_fetched_again_as_well() {
    let world = World::new(CacheSettings::default(), Reply::no_such_secret()).await;
    assert_eq!(world.secret().await, None);
    assert_eq!((world.secret().await, world.requests()), (None, 1));
    assert_eq!((world.newer().await, world.requests()), (None, 2));
    world.secret().await;
    world.stub.reply(Reply::secret("made"));
    world.pass(SECOND);
    assert_eq!((world.newer().await.unwrap(), world.requests()), ("made".into(), 3));

    world.secret().await;
    world.pass(SECOND);
    world.stub.reply(Reply::no_such_secret());
    assert_eq!((world.newer().await, world.secret().await), (None, None), "the user is gone");
    assert_eq!(world.requests(), 4);
}

#[tokio::test]
async fn no_answer_is_not_kept_and_does_not_drive_out_one() {
    let world = World::new(CacheSettings::default(), Reply::error(400, "DecryptionFailure")).await;
    let (server, user) = alice();
    assert!(world.secrets.secret(&server, &user).await.is_err());
    world.stub.reply(Reply::secret("old"));
    assert_eq!(world.secret().await.unwrap(), "old");
    world.secret().await;
    world.stub.reply(Reply::error(400, "DecryptionFailure"));
    assert!(world.secrets.newer_secret(&server, &user).await.is_err());
    assert_eq!(world.newer().await, None, "an error counts as having asked");
    assert_eq!((world.secret().await.unwrap(), world.requests()), ("old".into(), 3));
}
