//! Why a node did not do what it was asked to, and what that means to a ledger.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use session_limit_core::store::StoreError;
use thiserror::Error;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem;

use crate::config::{Address, ConfigError};
use crate::request::Effect;

/// Why a store cannot be made of its settings. No node has been asked anything.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The address is none.
    #[error(transparent)]
    Address(#[from] ConfigError),
    /// The file of certificate authorities cannot be read.
    #[error("cannot read certificates from {}", file.display())]
    CaFile {
        /// The file.
        file: PathBuf,
        /// Why.
        source: pem::Error,
    },
    /// The file of certificate authorities has none.
    #[error("no certificate in {}", file.display())]
    NoCertificate {
        /// The file.
        file: PathBuf,
    },
    /// The file of certificate authorities has one that cannot be used.
    #[error("a certificate in {} cannot be used", file.display())]
    Certificate {
        /// The file.
        file: PathBuf,
        /// Why.
        source: rustls::Error,
    },
    /// The operating system has no certificate authorities, or none that can be read.
    #[error("the operating system trusts no certificate authority; name one with ca=FILE")]
    NoSystemCertificates,
    /// A node's name cannot be in a certificate.
    #[error("the name of {node} cannot be in a certificate")]
    HostName {
        /// The node.
        node: String,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS")]
    Tls(#[source] rustls::Error),
}

/// Why an exchange with a node failed, by what the node may have done.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The node cannot have acted: it has not been sent a whole command.
    NotSent(Cause),
    /// A whole command was sent, or more. No answer came, or none that makes sense of all of it.
    Unanswered(Cause),
    /// The node answered that it did none of it.
    Refused(Refusal),
    /// No connection is left on which the version of a value means anything.
    VersionGone,
}

/// What went wrong on the way.
#[derive(Debug, Error)]
pub(crate) enum Cause {
    #[error("nothing came back in time")]
    Timeout,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error("the answer is not one of memcached's: {0}")]
    Nonsense(String),
    #[error("a part of it was refused: {0}")]
    Partly(String),
}

/// An answer that says no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// `SERVER_ERROR …` and `ERROR …`, with a reason: the server is short of something. `ERROR Too
    /// many open connections` is said to whoever connects, before anything is asked.
    Server(String),
    /// `CLIENT_ERROR …`, and `ERROR` alone for a command that the server does not know.
    Client(String),
}

impl Failure {
    /// Whether the same request may be sent again without changing what it does.
    pub(crate) fn may_repeat(&self, effect: Effect) -> bool {
        match self {
            Self::NotSent(_) => true,
            Self::Unanswered(_) => effect != Effect::Once,
            Self::Refused(_) | Self::VersionGone => false,
        }
    }

    /// What it means to a ledger that `node` failed to do something that has `effect`.
    pub(crate) fn into_store_error(self, node: &Address, effect: Effect) -> StoreError {
        match self {
            Self::NotSent(cause) => StoreError::Unavailable(said(node, &cause)),
            Self::Unanswered(cause) if effect == Effect::None => {
                StoreError::Unavailable(said(node, &cause))
            }
            Self::Unanswered(cause) => StoreError::Ambiguous(said(node, &cause)),
            Self::Refused(refusal) => refusal.into_store_error(node),
            Self::VersionGone => StoreError::Unavailable(format!("{node}: connection lost")),
        }
    }
}

impl Refusal {
    /// Rejected is only what would be refused again whenever it is sent: the login or event that
    /// asked for it is given up. All that may pass is unavailable, also what is not known here.
    fn into_store_error(self, node: &Address) -> StoreError {
        match self {
            Self::Server(text) if text.contains("too large") => {
                StoreError::Rejected(format!("{node}: {text}"))
            }
            Self::Server(text) => StoreError::Unavailable(format!("{node}: {text}")),
            Self::Client(text) if text.contains("non-numeric") => {
                StoreError::Corrupt(format!("{node}: {text}"))
            }
            Self::Client(text) => StoreError::Rejected(format!("{node}: {text}")),
        }
    }
}

/// The node, the cause and the causes behind it, as one line.
fn said(node: &Address, cause: &Cause) -> String {
    let mut text = format!("{node}: {cause}");
    let mut source = std::error::Error::source(cause);
    while let Some(error) = source {
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}
