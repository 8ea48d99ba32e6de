//! A small SFTP client, for the demonstration and for tests.

use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::Arc;

use anyhow::{Result, bail};
use russh::client::{self, AuthResult, Handle};
use russh::keys::{PrivateKey, PrivateKeyWithHashAlg, PublicKeyOrCertificate};
use russh::{Channel, Disconnect, MethodSet};
use russh_sftp::client::SftpSession;

/// A connection to a server on this machine.
pub struct Client {
    ssh: Handle<TrustsAnyServer>,
    switch: TcpStream,
}

/// The result of an attempt to log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// The client is in.
    In,
    /// The attempt was right and not enough; the server names what must follow.
    HalfIn(MethodSet),
    /// The server refuses, and names what the client may try.
    Refused(MethodSet),
}

/// Only fit for a server that the same person has just started.
struct TrustsAnyServer;

impl client::Handler for TrustsAnyServer {
    type Error = russh::Error;

    async fn check_server_key(&mut self, _: &PublicKeyOrCertificate) -> Result<bool, russh::Error> {
        Ok(true)
    }
}

impl Client {
    /// Connects, and logs nobody in yet.
    ///
    /// # Errors
    /// No SSH server answers there.
    pub async fn connect(address: SocketAddr) -> Result<Self> {
        let socket = tokio::net::TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        let socket = socket.into_std()?;
        let switch = socket.try_clone()?;
        let socket = tokio::net::TcpStream::from_std(socket)?;
        let config = Arc::new(client::Config::default());
        let ssh = client::connect_stream(config, socket, TrustsAnyServer).await?;
        Ok(Self { ssh, switch })
    }

    /// A second handle of the socket, to drop the connection from elsewhere.
    ///
    /// # Errors
    /// There are too many open files.
    pub fn switch(&self) -> Result<TcpStream> {
        Ok(self.switch.try_clone()?)
    }

    /// Tries to log in by password.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn password(&mut self, user: &str, password: &str) -> Result<Attempt> {
        Ok(self.ssh.authenticate_password(user, password).await?.into())
    }

    /// Tries to log in by key.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn key(&mut self, user: &str, key: &PrivateKey) -> Result<Attempt> {
        let key = PrivateKeyWithHashAlg::new(Arc::new(key.clone()), None);
        Ok(self.ssh.authenticate_publickey(user, key).await?.into())
    }

    /// Opens an SFTP channel; the client must be in.
    ///
    /// # Errors
    /// The server refuses, or the connection broke.
    pub async fn sftp(&self) -> Result<SftpSession> {
        Ok(SftpSession::new(self.sftp_channel().await?.into_stream()).await?)
    }

    /// Opens an SFTP channel on which nothing has been said yet; the client must be in.
    ///
    /// # Errors
    /// The server refuses, or the connection broke.
    pub async fn sftp_channel(&self) -> Result<Channel<client::Msg>> {
        let channel = self.ssh.channel_open_session().await?;
        channel.request_subsystem(true, "sftp").await?;
        Ok(channel)
    }

    /// Takes leave of the server.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn quit(self) -> Result<()> {
        if self.ssh.is_closed() {
            bail!("the server has ended the connection");
        }
        Ok(self.ssh.disconnect(Disconnect::ByApplication, "", "").await?)
    }

    /// Drops the connection without a word, as a client does that is killed.
    ///
    /// # Errors
    /// The connection was gone already.
    pub fn kill(self) -> Result<()> {
        Ok(self.switch.shutdown(Shutdown::Both)?)
    }
}

impl From<AuthResult> for Attempt {
    fn from(result: AuthResult) -> Self {
        match result {
            AuthResult::Success => Self::In,
            AuthResult::Failure { remaining_methods, partial_success: true } => {
                Self::HalfIn(remaining_methods)
            }
            AuthResult::Failure { remaining_methods, partial_success: false } => {
                Self::Refused(remaining_methods)
            }
        }
    }
}
