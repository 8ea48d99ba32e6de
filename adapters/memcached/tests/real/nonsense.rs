//! Servers that speak something else, or lie.

use session_limit_core::store::{CounterStore, Store, StoreError, TableStore};
use session_limit_harness::PATIENCE;
use session_limit_memcached::{Config, MemcachedStore};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use crate::tools::{HOUR, NOW, get, key, run};

/// A store whose server answers every line with `answer`.
async fn store_of_a_server_that_says(answer: &'static [u8]) -> MemcachedStore {
    store_of_a_server_that_says_in_turn(vec![answer]).await
}

/// A store whose server answers the first line with the first of `answers`, and so on, and then
/// from the start again.
async fn store_of_a_server_that_says_in_turn(answers: Vec<&'static [u8]>) -> MemcachedStore {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("memcached://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut answers = answers.clone().into_iter().cycle();
            tokio::spawn(async move {
                let (read, mut write) = client.split();
                let mut lines = BufReader::new(read).lines();
                while let Ok(Some(_)) = lines.next_line().await {
                    let answer = answers.next().unwrap();
                    if write.write_all(answer).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    let config: Config = address.parse().unwrap();
    MemcachedStore::new(&config.with_timeout(PATIENCE)).unwrap()
}

const NONSENSE: [&[u8]; 14] = [
    b"HTTP/1.1 400 Bad Request\r\n\r\n",
    b"-ERR unknown command 'mg'\r\n",
    b"\r\n",
    b"\0\0\0\0\n",
    b"VA\r\n",
    b"VA -1 c1\r\n\r\n",
    b"VA 99999999999999999999 c1\r\n",
    b"VA 1073741824 c1\r\n",
    b"VA 3 c1\r\nlonger\r\n",
    b"VA 1 c99999999999999999999\r\n1\r\n",
    b"VA 1 c1 O0\r\n1\r\n",
    b"HD\r\nHD\r\nHD\r\n",
    b"STORED\r\n",
    &[b'x'; 5_000],
];

#[test]
fn nonsense_is_an_error_of_the_right_kind() {
    run(async {
        for answer in NONSENSE {
            let store = store_of_a_server_that_says(answer).await;
            let quoted = answer.escape_ascii().to_string();
            let loaded = store.load(&[key()], NOW).await;
            assert!(matches!(loaded, Err(StoreError::Unavailable(_))), "{quoted}: {loaded:?}");
            let incremented = store.increment(&key(), HOUR, NOW).await;
            let is_right = matches!(incremented, Err(StoreError::Ambiguous(_)));
            assert!(is_right, "{quoted}: {incremented:?}");
            let touched = store.touch(&[key()], HOUR, NOW).await;
            assert!(touched.is_err() && touched != Ok(()), "{quoted}: {touched:?}");
        }
    });
}

/// An answer of memcached's, but to another question.
#[test]
fn an_answer_of_another_kind_is_no_answer() {
    run(async {
        for answer in [&b"MN\r\n"[..], b"EX\r\n", b"HD\r\n"] {
            let store = store_of_a_server_that_says(answer).await;
            let loaded = store.load(&[key()], NOW).await;
            assert!(matches!(loaded, Err(StoreError::Unavailable(_))), "{loaded:?}");
            let decremented = store.decrement(&key(), NOW).await;
            assert!(matches!(decremented, Err(StoreError::Ambiguous(_))), "{decremented:?}");
        }
        for answer in [&b"MN\r\n"[..], b"HD\r\n", b"NS\r\n", b"VA 1 c1\r\n1\r\n"] {
            let store = store_of_a_server_that_says(answer).await;
            let added = store.add(&key(), b"", HOUR, NOW).await;
            assert!(matches!(added, Err(StoreError::Ambiguous(_))), "{added:?}");
        }
    });
}

#[test]
fn refusals_are_told_apart() {
    run(async {
        let refusal = async |answer| {
            let store = store_of_a_server_that_says(answer).await;
            store.increment(&key(), HOUR, NOW).await.unwrap_err()
        };
        for answer in [
            &b"SERVER_ERROR out of memory\r\n"[..],
            b"SERVER_ERROR backend failure\r\n",
            b"ERROR Too many open connections\r\n",
        ] {
            let busy = refusal(answer).await;
            assert!(matches!(busy, StoreError::Unavailable(_)), "{busy:?}");
        }
        let large = refusal(b"SERVER_ERROR object too large for cache\r\n").await;
        assert!(matches!(large, StoreError::Rejected(_)), "{large:?}");
        let unknown = refusal(b"ERROR\r\n").await;
        assert!(matches!(unknown, StoreError::Rejected(_)), "{unknown:?}");
        let wrong = refusal(b"CLIENT_ERROR bad command line format\r\n").await;
        assert!(matches!(wrong, StoreError::Rejected(_)), "{wrong:?}");
    });
}

/// It was done, as the first answer says, or not; the second does not tell.
#[test]
fn a_refused_look_does_not_refuse_the_swap_before_it() {
    run(async {
        for first in [&b"STORED\r\n"[..], b"EXISTS\r\n"] {
            // To a load, the line of a swap, its value, and the load that comes with it.
            let refusal = b"SERVER_ERROR refcount overflow during fetch\r\n";
            let answers = vec![&b"VA 1 c7\r\nx\r\n"[..], b"", first, refusal];
            let store = store_of_a_server_that_says_in_turn(answers).await;
            let version = get(&store, &key()).await.unwrap().version;
            let swap = store.replace_or_load(&key(), &version, b"y", HOUR, NOW).await;
            assert!(matches!(swap, Err(StoreError::Ambiguous(_))), "{swap:?}");
        }
    });
}
