//! The server: listens, starts a connection for each client, and ends them all when it is told
//! to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use cap_std::fs::Dir;
use russh::keys::PrivateKey;
use russh::server::Config;
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::names::ServerId;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::authentication::{Authentication, LoginTimes};
use crate::backlog::{Backlog, PATIENCE, ROOM, Throttled};
use crate::cancellable_stream::CancellableStream;
use crate::connection::{Connection, Context};
use crate::identity::IdentityFunction;
use crate::life::Life;
use crate::log::ServerLog;
use crate::stderr;

/// The interval at which a silent client's machine is asked whether it is still there. This is left
/// to TCP: SSH's own way of asking, before the client has logged in, makes OpenSSH give up.
const SIGN_OF_LIFE: Duration = Duration::from_secs(20);
/// The number of unanswered questions which mean that it is gone.
const MOST_UNANSWERED: u32 = 3;
/// A client that is there and does nothing for this long is sent away, as on AWS.
const MOST_IDLE: Duration = Duration::from_secs(30 * 60);
/// The longest time from a client's first byte to its session, with all that a person types.
/// OpenSSH gives as long.
const MOST_WAITING: Duration = Duration::from_secs(120);
/// The shortest time of a refusal, whatever its reason.
const REFUSAL_TIME: Duration = Duration::from_millis(100);
/// The number of failed attempts that end a connection.
const MOST_ATTEMPTS: usize = 10;

/// The settings of a server.
pub struct ServerSettings {
    /// Its name.
    pub id: ServerId,
    /// The methods by which its clients authenticate.
    pub methods: AuthenticationMethods,
    /// The folder that all files lie in.
    pub root: Dir,
    /// The key that it shows to its clients.
    pub host_key: PrivateKey,
    /// The longest times of logins, once the identity provider is asked.
    pub login_times: LoginTimes,
}

/// The outside of a server: the function that it asks, and the log that it writes.
#[derive(Clone)]
pub struct Outside {
    /// The identity provider, which is asked about every login.
    pub identity: Arc<dyn IdentityFunction>,
    /// The log of all that happens.
    pub log: ServerLog,
}

/// A server that listens.
pub struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Starts to listen.
    ///
    /// # Errors
    /// The server cannot listen on the address.
    pub async fn start(
        listen: SocketAddr,
        settings: ServerSettings,
        outside: Outside,
    ) -> Result<Self> {
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen}"))?;
        let address = listener.local_addr()?;
        let stop = CancellationToken::new();
        let listening = Listening {
            ssh: Arc::new(ssh_config(&settings)),
            settings,
            outside,
            stop: stop.clone(),
        };
        let task = tokio::spawn(listening.run(listener));
        Ok(Self { address, stop, task })
    }

    /// The address that it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops listening and ends all connections.
    pub async fn stop(self) {
        self.stop.cancel();
        // The task only fails if it panics, and then it has stopped as well.
        let _ = self.task.await;
    }
}

fn ssh_config(settings: &ServerSettings) -> Config {
    let mut methods = russh::MethodSet::empty();
    if settings.methods != AuthenticationMethods::Password {
        methods.push(russh::MethodKind::PublicKey);
    }
    let password_first =
        [AuthenticationMethods::Password, AuthenticationMethods::PublicKeyOrPassword];
    if password_first.contains(&settings.methods) {
        methods.push(russh::MethodKind::Password);
    }
    Config {
        server_id: russh::SshId::Standard("SSH-2.0-TransferLocal".into()),
        methods,
        auth_rejection_time: REFUSAL_TIME,
        auth_rejection_time_initial: Some(Duration::ZERO),
        max_auth_attempts: MOST_ATTEMPTS,
        inactivity_timeout: Some(MOST_IDLE),
        keys: vec![settings.host_key.clone()],
        ..Config::default()
    }
}

struct Listening {
    ssh: Arc<Config>,
    settings: ServerSettings,
    outside: Outside,
    stop: CancellationToken,
}

impl Listening {
    async fn run(self, listener: TcpListener) {
        let mut connections = JoinSet::new();
        loop {
            tokio::select! {
                () = self.stop.cancelled() => break,
                accepted = listener.accept() => match accepted {
                    Ok((socket, client)) => match self.connection(socket, client) {
                        Ok(connection) => drop(connections.spawn(connection)),
                        Err(error) => stderr::line(format_args!("cannot serve {client}: {error:#}")),
                    },
                    Err(error) => {
                        // Out of file descriptors, most likely: existing clients come first.
                        stderr::line(format_args!("cannot accept a connection: {error}"));
                        tokio::time::sleep(Duration::from_millis(100)).await;
                    }
                },
                Some(_) = connections.join_next() => {}
            }
        }
        drop(listener);
        while connections.join_next().await.is_some() {}
    }

    /// Serves one client to its end.
    fn connection(
        &self,
        socket: TcpStream,
        client: SocketAddr,
    ) -> Result<impl Future<Output = ()> + Send + 'static> {
        // Replies are small, and clients that wait for each of them would wait for Nagle too.
        socket.set_nodelay(true)?;
        notice_when_it_is_gone(&socket)?;
        let socket = socket.into_std()?;
        let watched = socket.try_clone()?;
        let (backlog, over) = (Backlog::new(ROOM), CancellationToken::new());
        let socket = Throttled::new(TcpStream::from_std(socket)?, Arc::clone(&backlog), PATIENCE);
        let socket = CancellableStream::new(socket, over.clone());
        let life = Life {
            session: Arc::default(),
            over: over.clone(),
            stop: self.stop.clone(),
            login_deadline: Instant::now() + MOST_WAITING,
        };
        let source = client.ip().to_canonical();
        let context = Context {
            root: self.settings.root.try_clone()?,
            log: self.outside.log.clone(),
            source,
            socket: watched,
            backlog,
            over,
            session: Arc::clone(&life.session),
        };
        let authentication = Authentication::new(
            self.settings.methods,
            self.settings.login_times,
            self.settings.id.clone(),
            source,
            Arc::clone(&self.outside.identity),
            self.outside.log.clone(),
        );
        let connection = Connection::new(context, authentication);
        let starting = russh::server::run_stream(Arc::clone(&self.ssh), socket, connection);
        Ok(life.watch(starting))
    }
}

/// Makes reading from the socket fail when the machine at its other end is gone.
fn notice_when_it_is_gone(socket: &TcpStream) -> std::io::Result<()> {
    let keepalive = TcpKeepalive::new()
        .with_time(SIGN_OF_LIFE)
        .with_interval(SIGN_OF_LIFE)
        .with_retries(MOST_UNANSWERED);
    SockRef::from(socket).set_tcp_keepalive(&keepalive)
}
