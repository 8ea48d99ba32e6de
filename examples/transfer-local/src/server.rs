//! The server: listens, starts a connection for each client, and ends them all when it is told
//! to.

use std::net::{Shutdown, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use cap_std::fs::Dir;
use russh::keys::PrivateKey;
use russh::server::Config;
use session_limit_core::methods::AuthenticationMethods;
use session_limit_core::names::ServerId;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::authentication::Authentication;
use crate::connection::{Connection, Context};
use crate::identity::IdentityFunction;
use crate::log::ServerLog;

/// A client that says nothing for this long is asked for a sign of life.
const KEEPALIVE: Duration = Duration::from_secs(20);
/// A client that gives no sign of life for this long is gone.
const SILENCE: Duration = Duration::from_secs(90);
/// How long clients have to take leave when the server ends.
const FAREWELL: Duration = Duration::from_secs(2);
/// How long a refusal takes at least, whatever its reason.
const REFUSAL_TIME: Duration = Duration::from_millis(100);
/// How many failed attempts end a connection.
const MOST_ATTEMPTS: usize = 10;

/// What a server is.
pub struct ServerSettings {
    /// Its name.
    pub id: ServerId,
    /// How its clients authenticate.
    pub methods: AuthenticationMethods,
    /// The folder that all files lie in.
    pub root: Dir,
    /// The key that it shows to its clients.
    pub host_key: PrivateKey,
    /// How long a client has from its first byte to its session.
    pub login_time: Duration,
}

/// What a server asks and tells.
#[derive(Clone)]
pub struct Outside {
    /// Asked about every login.
    pub identity: Arc<dyn IdentityFunction>,
    /// Told what happens.
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
    /// The address cannot be listened on.
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

    /// Where it listens.
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
        inactivity_timeout: Some(SILENCE),
        keepalive_interval: Some(KEEPALIVE),
        keepalive_max: 3,
        keys: vec![settings.host_key.clone()],
        nodelay: true,
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
                        Err(error) => eprintln!("cannot serve {client}: {error:#}"),
                    },
                    Err(error) => {
                        // Out of file descriptors, most likely: existing clients come first.
                        eprintln!("cannot accept a connection: {error}");
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
        let socket = socket.into_std()?;
        let (watched, switch) = (socket.try_clone()?, socket.try_clone()?);
        let socket = TcpStream::from_std(socket)?;
        let has_session = Arc::new(AtomicBool::new(false));
        let source = client.ip().to_canonical();
        let context = Context {
            root: self.settings.root.try_clone()?,
            log: self.outside.log.clone(),
            source,
            socket: watched,
            has_session: Arc::clone(&has_session),
        };
        let authentication = Authentication::new(
            self.settings.methods,
            self.settings.id.clone(),
            source,
            Arc::clone(&self.outside.identity),
            self.outside.log.clone(),
        );
        let connection = Connection::new(context, authentication);
        let (ssh, stop) = (Arc::clone(&self.ssh), self.stop.clone());
        let login_deadline = tokio::time::Instant::now() + self.settings.login_time;
        Ok(async move {
            let starting = russh::server::run_stream(ssh, socket, connection);
            let mut session = tokio::select! {
                started = starting => match started {
                    Ok(session) => session,
                    Err(_) => return,
                },
                () = stop.cancelled() => return,
                () = tokio::time::sleep_until(login_deadline) => return,
            };
            let too_late = async {
                tokio::time::sleep_until(login_deadline).await;
                if has_session.load(Ordering::Relaxed) {
                    std::future::pending::<()>().await;
                }
            };
            tokio::select! {
                // However it ends, the connection's own end has written the log.
                _ = &mut session => return,
                () = too_late => {}
                () = stop.cancelled() => {
                    let reason = russh::Disconnect::ByApplication;
                    let text = "the server is being stopped".to_owned();
                    let _ = session.handle().disconnect(reason, text, String::new()).await;
                    if tokio::time::timeout(FAREWELL, &mut session).await.is_ok() {
                        return;
                    }
                }
            }
            let _ = switch.shutdown(Shutdown::Both);
            let _ = session.await;
        })
    }
}
