//! One connection, of a function that polls or of a program that invokes.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, BufStream};
use tokio::net::TcpStream;

use crate::TIMEOUT;
use crate::http::{self, Request};
use crate::queue::{Outcome, Queue};

const ACCEPTED: &[u8] = b"{\"status\":\"OK\"}";

pub(crate) async fn serve(stream: TcpStream, queue: Arc<Queue>) {
    let _ = stream.set_nodelay(true);
    let mut connection =
        Connection { stream: BufStream::new(stream), queue: &queue, invocations: Vec::new() };
    // However it ended, the process behind it is gone, or has closed it.
    let _ = connection.serve().await;
    for request_id in connection.invocations {
        queue.finish(&request_id, Outcome::Died);
    }
}

struct Connection<'a> {
    stream: BufStream<TcpStream>,
    queue: &'a Queue,
    /// The invocations that the process behind this connection has been given through it.
    invocations: Vec<String>,
}

impl Connection<'_> {
    async fn serve(&mut self) -> io::Result<()> {
        while let Some(request) = http::read(&mut self.stream).await? {
            let path: Vec<_> = request.path.trim_start_matches('/').split('/').collect();
            match (request.method.as_str(), path.as_slice()) {
                ("GET", ["2018-06-01", "runtime", "invocation", "next"]) => {
                    if !self.next().await? {
                        return Ok(());
                    }
                }
                ("POST", ["2018-06-01", "runtime", "invocation", id, kind]) => {
                    let (id, kind) = ((*id).to_owned(), (*kind).to_owned());
                    self.finished(&id, &kind, request).await?;
                }
                ("POST", ["2018-06-01", "runtime", "init", "error"]) => {
                    self.respond("202 Accepted", &[], ACCEPTED).await?;
                }
                ("POST", ["2015-03-31", "functions", _, "invocations"]) => {
                    self.invoke(request.body).await?;
                }
                _ => self.respond("404 Not Found", &[], b"{}").await?,
            }
        }
        Ok(())
    }

    /// Waits for an invocation and hands it out. Returns true if the process was still there.
    async fn next(&mut self) -> io::Result<bool> {
        let job = tokio::select! {
            biased;
            _ = self.stream.fill_buf() => return Ok(false),
            job = self.queue.next() => job,
        };
        let deadline = job.deadline().to_string();
        let (request_id, payload) = (job.request_id.clone(), job.payload.clone());
        self.invocations.push(request_id.clone());
        self.queue.run(job);
        let headers = [
            ("Lambda-Runtime-Aws-Request-Id", request_id.as_str()),
            ("Lambda-Runtime-Deadline-Ms", deadline.as_str()),
            (
                "Lambda-Runtime-Invoked-Function-Arn",
                "arn:aws:lambda:us-east-1:123456789012:function:test",
            ),
            ("Lambda-Runtime-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793"),
        ];
        self.respond("200 OK", &headers, &payload).await?;
        Ok(true)
    }

    async fn finished(&mut self, id: &str, kind: &str, request: Request) -> io::Result<()> {
        let outcome = match kind {
            "response" => Outcome::Answer(request.body),
            "error" => Outcome::Error(request.body),
            _ => return self.respond("404 Not Found", &[], b"{}").await,
        };
        self.queue.finish(id, outcome);
        self.respond("202 Accepted", &[], ACCEPTED).await
    }

    async fn invoke(&mut self, payload: Vec<u8>) -> io::Result<()> {
        match self.queue.push(payload, TIMEOUT).outcome().await {
            Outcome::Answer(body) => self.respond("200 OK", &[], &body).await,
            Outcome::Error(body) => {
                self.respond("200 OK", &[("X-Amz-Function-Error", "Unhandled")], &body).await
            }
            Outcome::Died | Outcome::TimedOut => {
                let body = br#"{"errorMessage":"the function gave no answer"}"#;
                self.respond("200 OK", &[("X-Amz-Function-Error", "Unhandled")], body).await
            }
        }
    }

    async fn respond(
        &mut self,
        status: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> io::Result<()> {
        http::write(self.stream.get_mut(), status, headers, body).await
    }
}
