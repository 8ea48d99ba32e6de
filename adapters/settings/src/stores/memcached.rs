//! Memcached and ElastiCache, at `memcached://…`.

use std::error::Error;
use std::time::Duration;

use session_limit_memcached::{Config, MemcachedStore};

use super::{Kind, Known, OpenStore};

pub(super) type Store = MemcachedStore;

pub(super) const KNOWN: Option<Known> =
    Some(Known { name: "memcached", scheme: "memcached", form: Config::FORM, open });

fn open(address: &str, timeout: Duration) -> Result<OpenStore, String> {
    let store = MemcachedStore::open(address, timeout).map_err(|error| whole(&error))?;
    Ok(OpenStore(Kind::Memcached(store)))
}

/// The error and the causes behind it, as one line.
fn whole(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
mod tests {
    use session_limit_core::ledger::{AnyLedger, LeaseTimes};
    use session_limit_core::limit::SessionLimit;
    use session_limit_core::names::{ServerId, UserName};
    use session_limit_core::store::{Key, Store as _, TableStore as _, Write};
    use session_limit_core::time::Timestamp;

    use super::*;
    use crate::ledger_kind::LedgerKind;
    use crate::settings::Settings;
    use crate::stores;

    const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

    fn settings() -> Settings {
        let store = "memcached://cache.example:11211?max_value=16384";
        Settings::read(|name| (name == "SESSION_STORE").then(|| store.into())).unwrap()
    }

    #[test]
    fn the_scheme_chooses_the_store_and_the_ledger_is_the_one_of_the_settings() {
        let mut settings = settings();
        let store = OpenStore::open(&settings).unwrap().unwrap();
        assert!(matches!(store.0, Kind::Memcached(_)));
        assert!((15_000..16_384).contains(&store.max_value_len()));
        assert!(matches!(stores::open(&settings), Ok(AnyLedger::Lease(_))));
        settings.ledger = LedgerKind::Counter;
        assert!(matches!(stores::open(&settings), Ok(AnyLedger::Counter(_))));
    }

    #[test]
    fn a_default_limit_is_held_against_the_store() {
        let mut settings = settings();
        settings.default_limit = SessionLimit::new(1_000);
        assert_eq!(stores::open(&settings).err().unwrap().name(), "DEFAULT_MAX_SESSION_LIMIT");
    }

    #[test]
    fn an_address_that_cannot_be_used_is_told_with_those_that_can() {
        let accepted = "; accepted: none or memcached://host:port[,host:port…]\
                        [?tls=true[&ca=FILE][&max_value=BYTES]]";
        let starts = "the address of a memcached store starts with memcached://";
        for (address, problem) in [
            ("valkey://MARKER@x:1", starts),
            ("memory://here", starts),
            ("memcached", starts),
            ("", starts),
            (
                "memcached://MARKER@x:1",
                "memcached takes no user name or password; write memcached://host:port",
            ),
            (
                "memcached://x:1?tls=true&ca=/none.pem",
                "cannot read certificates from /none.pem: I/O error: No such file or directory (os error 2)",
            ),
        ] {
            let error = OpenStore::at(address, Settings::DEFAULT_STORE_TIMEOUT).err().unwrap();
            assert_eq!(error.name(), "SESSION_STORE");
            assert_eq!(error.problem(), problem, "{address}");
            assert_eq!(error.to_string(), format!("SESSION_STORE: {problem}{accepted}"));
        }
    }

    /// It is good for the handle that loaded it and for no other.
    #[test]
    fn a_version_of_another_kind_of_store_is_a_conflict() {
        let key = Key::table(&ServerId::new("s-1234").unwrap(), &UserName::new("bob").unwrap());
        let ttl = LeaseTimes::DEFAULT_SESSION_TTL;
        let other = OpenStore::open(&settings()).unwrap().unwrap();
        pollster::block_on(async {
            let store = OpenStore::in_memory();
            assert_eq!(store.add(&key, b"one", ttl, NOW).await, Ok(Write::Done));
            let items = store.load(std::slice::from_ref(&key), NOW).await.unwrap();
            let version = &items[0].as_ref().unwrap().version;
            assert_eq!(other.replace(&key, version, b"two", ttl, NOW).await, Ok(Write::Conflict));
            assert_eq!(store.replace(&key, version, b"two", ttl, NOW).await, Ok(Write::Done));
        });
    }
}
