//! One connection to a node: a request goes out, its answers come in.
//!
//! A connection is given up as soon as anything is wrong with it, since whatever still comes in
//! would be taken for the answer to the next request.

use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::config::Address;
use crate::deadline::Deadline;
use crate::failure::{Cause, Failure};
use crate::names::Names;
use crate::reply::{self, Reply, Unwelcome};
use crate::request::Request;
use crate::tls::Tls;
use crate::version::Proven;

/// The most bytes that are read at once while it is not known how many come.
const READ_LEN: usize = 4 * 1024;

/// A stream of bytes to a node and back.
trait Transport: AsyncRead + AsyncWrite + Send + Unpin {
    /// The socket underneath.
    fn socket(&self) -> &TcpStream;
}

impl Transport for TcpStream {
    fn socket(&self) -> &TcpStream {
        self
    }
}

impl Transport for TlsStream<TcpStream> {
    fn socket(&self) -> &TcpStream {
        self.get_ref().0
    }
}

/// A connection that is in step: all that was asked on it has been answered.
pub(crate) struct Connection {
    transport: Box<dyn Transport>,
    peer: SocketAddr,
    received: Vec<u8>,
    /// Set with the first answer.
    pub(crate) proven: Option<Proven>,
    idle_since: SystemTime,
}

impl Connection {
    /// Connects. The name is looked up each time, since a replaced node keeps its name but not
    /// its address.
    pub(crate) async fn open(
        address: &Address,
        names: &Names,
        tls: Option<&Tls>,
        deadline: Deadline,
    ) -> Result<Self, Failure> {
        match deadline.bound(connect(address, names, tls)).await {
            Some(Ok((transport, peer))) => {
                let idle_since = SystemTime::now();
                Ok(Self { transport, peer, received: Vec::new(), proven: None, idle_since })
            }
            Some(Err(error)) => Err(Failure::NotSent(Cause::Io(error))),
            None => Err(Failure::NotSent(Cause::Timeout)),
        }
    }

    /// True if nothing has happened to an idle connection: neither its end nor an answer that
    /// nobody has asked for. Asks the socket itself, since the runtime may not have noticed yet.
    pub(crate) fn is_quiet(&self) -> bool {
        let mut byte = [MaybeUninit::uninit()];
        let peeked = SockRef::from(self.transport.socket()).peek(&mut byte);
        peeked.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock)
    }

    /// The time since its last answer, by the wall clock. The clock of this process may have stood
    /// still while the process was frozen.
    pub(crate) fn idle_for(&self) -> Duration {
        self.idle_since.elapsed().unwrap_or(Duration::MAX)
    }

    #[cfg(feature = "__bench")]
    pub(crate) fn transport(&mut self) -> &mut (impl AsyncRead + AsyncWrite + Unpin) {
        &mut self.transport
    }

    #[cfg(test)]
    pub(crate) fn age(&mut self, by: Duration) {
        self.idle_since -= by;
    }

    /// Sends `request` and reads its answers, none of them with a value over `longest` bytes.
    ///
    /// After a failure, or if it is dropped before its end, the connection is out of step.
    pub(crate) async fn exchange(
        &mut self,
        request: &Request,
        longest: usize,
        deadline: Deadline,
    ) -> Result<(Vec<Reply>, Proven), Failure> {
        let mut is_sent = false;
        let talk = async {
            self.send(request, &mut is_sent).await?;
            self.receive(request, longest).await
        };
        let cause = match deadline.bound(talk).await {
            Some(Ok(replies)) => {
                self.idle_since = SystemTime::now();
                let proven = *self.proven.get_or_insert_with(|| Proven::now(self.peer));
                return Ok((replies, proven));
            }
            Some(Err(Unwelcome::Refused(refusal))) => return Err(Failure::Refused(refusal)),
            Some(Err(Unwelcome::Broken(cause))) => cause,
            None => Cause::Timeout,
        };
        Err(if is_sent { Failure::Unanswered(cause) } else { Failure::NotSent(cause) })
    }

    /// Sets `is_sent` when the transport has taken so much that a server may act.
    async fn send(&mut self, request: &Request, is_sent: &mut bool) -> Result<(), Unwelcome> {
        let mut left = request.bytes();
        while !left.is_empty() {
            let taken = self.transport.write(left).await?;
            if taken == 0 {
                return Err(std::io::Error::from(std::io::ErrorKind::WriteZero).into());
            }
            left = left.get(taken..).unwrap_or_default();
            *is_sent = request.may_act_on(request.bytes().len().saturating_sub(left.len()));
        }
        Ok(self.transport.flush().await?)
    }

    async fn receive(
        &mut self,
        request: &Request,
        longest: usize,
    ) -> Result<Vec<Reply>, Unwelcome> {
        let mut replies = Vec::with_capacity(request.commands());
        loop {
            while let Some((reply, consumed)) = reply::decode(&self.received, longest)
                .map_err(|error| error.after(replies.len()))?
            {
                if !request.accepts(replies.len(), &reply) {
                    return Err(reply::nonsense(b"the answer to another command"));
                }
                self.received.drain(..consumed);
                replies.push(reply);
                if replies.len() == request.commands() {
                    return self.check_nothing_is_left().map(|()| replies);
                }
            }
            self.received.reserve(READ_LEN);
            if self.transport.read_buf(&mut self.received).await? == 0 {
                return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
            }
        }
    }

    fn check_nothing_is_left(&self) -> Result<(), Unwelcome> {
        if self.received.is_empty() { Ok(()) } else { Err(reply::nonsense(&self.received)) }
    }
}

impl From<std::io::Error> for Unwelcome {
    fn from(error: std::io::Error) -> Self {
        Self::Broken(Cause::Io(error))
    }
}

async fn connect(
    address: &Address,
    names: &Names,
    tls: Option<&Tls>,
) -> std::io::Result<(Box<dyn Transport>, SocketAddr)> {
    let socket = TcpStream::connect(&*names.look_up(address).await?).await?;
    socket.set_nodelay(true)?;
    let peer = socket.peer_addr()?;
    let transport: Box<dyn Transport> = match tls {
        None => Box::new(socket),
        Some(Tls { connector, name }) => Box::new(connector.connect(name.clone(), socket).await?),
    };
    Ok((transport, peer))
}
