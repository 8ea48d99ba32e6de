//! The emulator, with a function of a few lines of its own.

use lambda_emulator::{Emulator, Outcome, TIMEOUT};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

struct Client(BufReader<TcpStream>);

impl Client {
    async fn connect(emulator: &Emulator) -> Self {
        Self(BufReader::new(TcpStream::connect(emulator.address()).await.unwrap()))
    }

    async fn send(&mut self, method: &str, path: &str, body: &str) {
        let length = body.len();
        let text = format!("{method} {path} HTTP/1.1\r\nContent-Length: {length}\r\n\r\n{body}");
        self.0.get_mut().write_all(text.as_bytes()).await.unwrap();
    }

    /// The head and the body of a response.
    async fn receive(&mut self) -> (String, String) {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            assert_ne!(self.0.read_line(&mut head).await.unwrap(), 0, "{head}");
        }
        let length = head.split("Content-Length: ").nth(1).unwrap();
        let mut body = vec![0; length.lines().next().unwrap().parse().unwrap()];
        self.0.read_exact(&mut body).await.unwrap();
        (head, String::from_utf8(body).unwrap())
    }

    /// The name and the payload of the next invocation.
    async fn next(&mut self) -> (String, String) {
        self.send("GET", "/2018-06-01/runtime/invocation/next", "").await;
        let (head, payload) = self.receive().await;
        let id = head.split("Request-Id: ").nth(1).unwrap().lines().next().unwrap().to_owned();
        (id, payload)
    }

    async fn finish(&mut self, id: &str, kind: &str, body: &str) {
        let path = format!("/2018-06-01/runtime/invocation/{id}/{kind}");
        self.send("POST", &path, body).await;
        assert!(self.receive().await.0.starts_with("HTTP/1.1 202"));
    }
}

#[tokio::test]
async fn answers_and_errors_reach_the_caller() {
    let emulator = Emulator::start().await.unwrap();
    let mut function = Client::connect(&emulator).await;
    for (kind, outcome) in
        [("response", Outcome::Answer(b"two".into())), ("error", Outcome::Error(b"two".into()))]
    {
        let invocation = emulator.start_invocation("one", TIMEOUT);
        let (id, payload) = function.next().await;
        assert_eq!((id.as_str(), payload.as_str()), (invocation.request_id(), "one"));
        function.finish(&id, kind, "two").await;
        assert_eq!(invocation.outcome().await, outcome);
    }
}

#[tokio::test]
async fn each_invocation_goes_to_one_function() {
    let emulator = Emulator::start().await.unwrap();
    let functions = (0..5).map(async |_| {
        let mut function = Client::connect(&emulator).await;
        let (id, payload) = function.next().await;
        function.finish(&id, "response", &payload).await;
        payload
    });
    let functions: Vec<_> = functions.collect();
    let invocations: Vec<_> =
        (0..5).map(|n| emulator.start_invocation(n.to_string(), TIMEOUT)).collect();
    let mut payloads = Vec::new();
    for function in functions {
        payloads.push(function.await);
    }
    payloads.sort();
    assert_eq!(payloads, ["0", "1", "2", "3", "4"]);
    for (n, invocation) in invocations.into_iter().enumerate() {
        assert_eq!(invocation.outcome().await.text(), n.to_string());
    }
}

#[tokio::test]
async fn a_function_that_dies_fails_its_invocation_and_no_other() {
    let emulator = Emulator::start().await.unwrap();
    let mut waiting = Client::connect(&emulator).await;
    waiting.send("GET", "/2018-06-01/runtime/invocation/next", "").await;
    emulator.ready(1).await;
    drop(waiting);
    emulator.ready(0).await;
    let first = emulator.start_invocation("1", TIMEOUT);
    let mut dying = Client::connect(&emulator).await;
    dying.next().await;
    drop(dying);
    assert_eq!(first.outcome().await, Outcome::Died);
    let second = emulator.start_invocation("2", TIMEOUT);
    let mut function = Client::connect(&emulator).await;
    let (id, _) = function.next().await;
    function.finish(&id, "response", "ok").await;
    assert_eq!(second.outcome().await.text(), "ok");
}

#[tokio::test]
async fn any_program_can_invoke() {
    let emulator = Emulator::start().await.unwrap();
    let mut caller = Client::connect(&emulator).await;
    let mut function = Client::connect(&emulator).await;
    for (kind, is_error) in [("response", false), ("error", true)] {
        caller.send("POST", "/2015-03-31/functions/any/invocations", "one").await;
        let (id, payload) = function.next().await;
        assert_eq!(payload, "one");
        function.finish(&id, kind, "two").await;
        let (head, body) = caller.receive().await;
        assert!(head.starts_with("HTTP/1.1 200"));
        assert_eq!((head.contains("X-Amz-Function-Error"), body.as_str()), (is_error, "two"));
    }
}
