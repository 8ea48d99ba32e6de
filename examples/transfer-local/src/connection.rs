//! One SSH connection: from the first key exchange to its end, whichever way it ends.

use std::net::{IpAddr, TcpStream};
use std::sync::{Arc, OnceLock};

use cap_std::fs::Dir;
use russh::server::{
    Auth, ChannelOpenHandle, Handler, Msg, PublicKeyOffer, Session, VerifiedPublicKey,
};
use russh::{Channel, ChannelId, ChannelOpenFailure, MethodKind, MethodSet};
use tokio::sync::Semaphore;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::authentication::{Authentication, Login, Step};
use crate::backlog::Backlog;
use crate::channel::Channels;
use crate::files::View;
use crate::log::{Connected, ServerLog, SessionLog};
use crate::sftp::Sftp;
use crate::stderr;

/// The most files and folders that a session may hold open at once.
const MOST_HANDLES: usize = 256;

/// The parts of its server that a connection needs.
pub(crate) struct Context {
    /// The folder that all files lie in.
    pub root: Dir,
    /// The server's log.
    pub log: ServerLog,
    /// The client's address.
    pub source: IpAddr,
    /// A second handle of the client's socket, to see whether the client is still there.
    pub socket: TcpStream,
    /// The client's requests that nobody has answered yet.
    pub backlog: Arc<Backlog>,
    /// Ends everything that belongs to the connection.
    pub over: CancellationToken,
    /// Set when a session starts.
    pub session: Arc<OnceLock<Arc<SessionLog>>>,
}

/// One connection.
pub(crate) struct Connection {
    context: Context,
    authentication: Authentication,
    login: Option<Box<Login>>,
    session: Option<ActiveSession>,
    channels: Channels,
    _over: DropGuard,
}

/// An authenticated connection.
struct ActiveSession {
    view: Arc<View>,
    log: Arc<SessionLog>,
    handles: Arc<Semaphore>,
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
        let channels = Channels::new(Arc::clone(&context.backlog), context.over.clone());
        let over = context.over.clone().drop_guard();
        Self { context, authentication, login: None, session: None, channels, _over: over }
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

    /// True if the client has closed its side while it was being authenticated.
    fn client_has_left(&self) -> bool {
        match self.context.socket.peek(&mut [0]) {
            Ok(count) => count == 0,
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }

    fn start_sftp(&mut self, channel: ChannelId) -> bool {
        let Some(session) = &self.session else { return false };
        let sftp = || {
            let (view, log) = (Arc::clone(&session.view), Arc::clone(&session.log));
            Sftp::new(view, log, Arc::clone(&session.handles))
        };
        self.channels.serve(channel, sftp)
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
        // A connection is authenticated once.
        let _ = self.context.session.set(Arc::clone(&log));
        let handles = Arc::new(Semaphore::new(MOST_HANDLES));
        self.session = Some(ActiveSession { view: Arc::new(view), log, handles });
        Ok(())
    }

    async fn channel_open_session(
        &mut self,
        channel: Channel<Msg>,
        reply: ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        if self.channels.open(channel) {
            reply.accept().await;
        } else {
            reply.reject(ChannelOpenFailure::ResourceShortage).await;
        }
        Ok(())
    }

    async fn data(
        &mut self,
        channel: ChannelId,
        data: &[u8],
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channels.received(channel, data);
        Ok(())
    }

    async fn channel_eof(
        &mut self,
        channel: ChannelId,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channels.at_end(channel);
        Ok(())
    }

    async fn channel_close(
        &mut self,
        channel: ChannelId,
        _: &mut Session,
    ) -> Result<(), Self::Error> {
        self.channels.closed(channel);
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
