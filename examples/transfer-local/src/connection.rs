//! One SSH connection: from the first key exchange to its end, whichever way it ends.

use std::net::{IpAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cap_std::fs::Dir;
use russh::server::{
    Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, MethodKind, MethodSet};
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::authentication::{Authentication, Login, Step};
use crate::files::View;
use crate::log::{Connected, ServerLog, SessionLog};
use crate::sftp::Sftp;
use crate::stderr;
use crate::until::Until;

/// How many files and folders a session may hold open at once.
const MOST_HANDLES: usize = 256;
/// How many channels a session may hold open at once.
const MOST_CHANNELS: usize = 8;

/// What a connection needs from its server.
pub(crate) struct Context {
    /// The folder that all files lie in.
    pub root: Dir,
    /// The server's log.
    pub log: ServerLog,
    /// The client's address.
    pub source: IpAddr,
    /// A second handle of the client's socket, to see whether the client is still there.
    pub socket: TcpStream,
    /// Set when a session starts.
    pub has_session: Arc<AtomicBool>,
}

/// One connection.
pub(crate) struct Connection {
    context: Context,
    authentication: Authentication,
    login: Option<Box<Login>>,
    session: Option<ActiveSession>,
    channels: usize,
    /// The channels that have not asked for SFTP yet.
    waiting: Vec<Channel<Msg>>,
}

/// An authenticated connection.
struct ActiveSession {
    view: Arc<View>,
    log: Arc<SessionLog>,
    handles: Arc<Semaphore>,
    /// Ends the channels when the connection ends, so that none of them waits for ever.
    over: CancellationToken,
    _end_channels: DropGuard,
}

impl Drop for ActiveSession {
    fn drop(&mut self) {
        self.log.disconnected();
    }
}

impl Connection {
    /// A connection that nobody has authenticated yet.
    #[must_use]
    pub(crate) fn new(context: Context, authentication: Authentication) -> Self {
        let (login, session, waiting) = (None, None, Vec::new());
        Self { context, authentication, login, session, channels: 0, waiting }
    }

    /// The answer to an attempt that did not lead into a session.
    fn rejected(&self, partial_success: bool) -> Auth {
        let mut methods = MethodSet::empty();
        if self.authentication.takes_keys() {
            methods.push(MethodKind::PublicKey);
        }
        if self.authentication.takes_passwords() {
            methods.push(MethodKind::Password);
        }
        Auth::Reject { proceed_with_methods: Some(methods), partial_success }
    }

    fn outcome(&mut self, step: Step) -> Auth {
        match step {
            Step::Done(login) => {
                self.login = Some(login);
                Auth::Accept
            }
            Step::PasswordNext => self.rejected(true),
            Step::Refused => self.rejected(false),
        }
    }

    /// Whether the client has closed its side while it was being authenticated.
    fn client_has_left(&self) -> bool {
        match self.context.socket.peek(&mut [0]) {
            Ok(count) => count == 0,
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }

    fn start_sftp(&mut self, channel: ChannelId) -> bool {
        let Some(at) = self.waiting.iter().position(|waiting| waiting.id() == channel) else {
            return false;
        };
        let Some(session) = &self.session else { return false };
        let stream = self.waiting.swap_remove(at).into_stream();
        let sftp = Sftp::new(
            Arc::clone(&session.view),
            Arc::clone(&session.log),
            Arc::clone(&session.handles),
        );
        let stream = Until::new(stream, session.over.clone());
        tokio::spawn(russh_sftp::server::run(stream, sftp));
        true
    }
}

impl Handler for Connection {
    type Error = anyhow::Error;

    async fn auth_none(&mut self, _: &str) -> Result<Auth, Self::Error> {
        Ok(self.rejected(false))
    }

    async fn auth_publickey_offered(
        &mut self,
        user: &str,
        offer: PublicKeyOffer<'_>,
    ) -> Result<Auth, Self::Error> {
        let worth_while = self.authentication.key_offered(user, offer.public_key).await;
        Ok(if worth_while { Auth::Accept } else { self.rejected(false) })
    }

    async fn auth_publickey(
        &mut self,
        user: &str,
        key: VerifiedPublicKey<'_>,
    ) -> Result<Auth, Self::Error> {
        let step = self.authentication.key_proved(user, key.public_key).await;
        Ok(self.outcome(step))
    }

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        let step = self.authentication.password(user, password).await;
        Ok(self.outcome(step))
    }

    async fn auth_succeeded(&mut self, session: &mut Session) -> Result<(), Self::Error> {
        let Some(login) = self.login.take() else { anyhow::bail!("nobody has logged in") };
        if self.client_has_left() {
            anyhow::bail!("the client left before its session began");
        }
        let client = String::from_utf8_lossy(session.remote_sshid()).trim_end().to_owned();
        let log = self.context.log.connected(&Connected {
            user: &login.user,
            source: self.context.source,
            key: login.key.as_ref(),
            client: &client,
            role: &login.grant.role,
            home: &login.grant.home,
        });
        let log = Arc::new(log);
        let root = self.context.root.try_clone()?;
        let mapping = login.grant.mapping.clone();
        let view = tokio::task::spawn_blocking(move || View::open(&root, mapping)).await?;
        let view = view.inspect_err(|error| {
            stderr::line(format_args!("the folders of {} cannot be opened: {error}", login.user));
        })?;
        let over = CancellationToken::new();
        self.session = Some(ActiveSession {
            view: Arc::new(view),
            log,
            handles: Arc::new(Semaphore::new(MOST_HANDLES)),
            _end_channels: over.clone().drop_guard(),
            over,
        });
        self.context.has_session.store(true, Ordering::Relaxed);
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.channels < MOST_CHANNELS {
            self.channels += 1;
            self.waiting.push(channel);
            reply.accept().await;
        } else {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
        }
        Ok(())
    }

    async fn channel_close(
        &mut self,
        channel: ChannelId,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channels = self.channels.saturating_sub(1);
        self.waiting.retain(|waiting| waiting.id() != channel);
        Ok(())
    }

    async fn subsystem_request(
        &mut self,
        channel: ChannelId,
        name: &str,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        if name == "sftp" && self.start_sftp(channel) {
            session.channel_success(channel)?;
        } else {
            session.channel_failure(channel)?;
        }
        Ok(())
    }

    async fn shell_request(
        &mut self,
        channel: ChannelId,
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        Ok(session.channel_failure(channel)?)
    }

    async fn exec_request(
        &mut self,
        channel: ChannelId,
        _: &[u8],
        session: &mut Session,
    ) -> Result<(), Self::Error> {
        Ok(session.channel_failure(channel)?)
    }
}
