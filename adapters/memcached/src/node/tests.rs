use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use session_limit_core::names::{ServerId, UserName};
use session_limit_core::store::Key;
use session_limit_harness::PATIENCE;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::*;

fn increment() -> Request {
    let key = Key::counter(&ServerId::new("s-1").unwrap(), &UserName::new("bob").unwrap());
    Request::increment(&key, PATIENCE).unwrap()
}

/// A node that answers `answers` commands on its first connection and no more, but every command
/// on later ones; and the number of increments that have reached it.
async fn forgotten_after(answers: usize) -> (Node, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string().parse().unwrap();
    let increments = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&increments);
    tokio::spawn(async move {
        let mut limit = answers;
        while let Ok((mut client, _)) = listener.accept().await {
            let counted = Arc::clone(&counted);
            tokio::spawn(async move {
                let (read, mut write) = client.split();
                let mut lines = BufReader::new(read).lines();
                let mut answered = 0;
                while let Ok(Some(line)) = lines.next_line().await {
                    counted.fetch_add(usize::from(line.starts_with("ma ")), Ordering::SeqCst);
                    if answered < limit {
                        let answer: &[u8] = if line == "mn" { b"MN\r\n" } else { b"VA 1\r\n1\r\n" };
                        write.write_all(answer).await.unwrap();
                    }
                    answered += 1;
                }
            });
            limit = usize::MAX;
        }
    });
    (Node::new(address, None, 1_024), increments)
}

/// The network has forgotten the connection: what is sent on it vanishes without an error. An
/// increment would be ambiguous and a login refused.
#[tokio::test]
async fn a_connection_that_was_idle_for_long_is_asked_for_a_sign_of_life() {
    let (node, increments) = forgotten_after(1).await;
    let deadline = || Deadline::after(Duration::from_secs(2));
    node.exchange(&increment(), Via::Any, deadline()).await.unwrap();
    node.pool.age(2 * TRUSTED_IDLE);
    node.exchange(&increment(), Via::Any, deadline()).await.unwrap();
    assert_eq!(increments.load(Ordering::SeqCst), 2, "each is sent once");
}

#[tokio::test]
async fn a_connection_that_gives_a_sign_of_life_is_used() {
    let (node, increments) = forgotten_after(usize::MAX).await;
    let deadline = Deadline::after(PATIENCE);
    let first = node.exchange(&increment(), Via::Any, deadline).await.unwrap();
    node.pool.age(2 * TRUSTED_IDLE);
    let second = node.exchange(&increment(), Via::Any, deadline).await.unwrap();
    assert_eq!(first.seen.on, second.seen.on, "the connection is the same");
    assert_eq!(increments.load(Ordering::SeqCst), 2);
}

/// A value that was read on a connection in use can be swapped as soon as that is free.
#[tokio::test]
async fn a_swap_waits_for_a_connection_in_use() {
    let (node, _) = forgotten_after(usize::MAX).await;
    let deadline = Deadline::after(PATIENCE);
    let read = node.exchange(&increment(), Via::Any, deadline).await.unwrap();
    let in_use = node.pool.take().unwrap();
    let request = increment();
    let swap = node.exchange(&request, Via::Valid(&read.seen), deadline);
    let (swapped, ()) = tokio::join!(swap, async {
        tokio::task::yield_now().await;
        in_use.give_back();
    });
    assert_eq!(swapped.unwrap().seen.on, read.seen.on);

    let in_use = node.pool.take().unwrap();
    let swap = node.exchange(&request, Via::Valid(&read.seen), deadline);
    let (swapped, ()) = tokio::join!(swap, async {
        tokio::task::yield_now().await;
        drop(in_use);
    });
    assert!(matches!(swapped, Err(Failure::VersionGone)), "its last connection is closed");
}

/// A replaced node keeps its name and gets another address; what the name stood for is gone.
#[tokio::test]
async fn a_node_is_found_again_at_another_address() {
    let deadline = || Deadline::after(PATIENCE);
    let (replaced, server) = once().await;
    let address = Arc::new(Mutex::new(replaced));
    let mut node = Node::new("cache.test:11211".parse().unwrap(), None, 1_024);
    node.names = Names::Test(Arc::clone(&address));
    node.exchange(&increment(), Via::Any, deadline()).await.unwrap();
    server.await.unwrap();
    node.pool.age(2 * JUST_USED);
    let gone = node.exchange(&increment(), Via::Any, deadline()).await;
    assert!(matches!(gone, Err(Failure::NotSent(_))), "nothing is at the old address");

    let (replacing, _server) = once().await;
    *address.lock().unwrap() = replacing;
    let answers = node.exchange(&increment(), Via::Any, deadline()).await.unwrap();
    assert_eq!(answers.replies.len(), 1);
}

/// A server that answers one command and is gone.
async fn once() -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (client, _) = listener.accept().await.unwrap();
        drop(listener);
        let mut client = BufReader::new(client);
        let mut command = String::new();
        client.read_line(&mut command).await.unwrap();
        client.write_all(b"VA 1\r\n1\r\n").await.unwrap();
    });
    (address, server)
}
