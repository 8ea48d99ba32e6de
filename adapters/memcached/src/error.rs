//! The reasons why a store cannot be opened.

use std::path::PathBuf;

use thiserror::Error;
use tokio_rustls::rustls;
use tokio_rustls::rustls::pki_types::pem;

use crate::config::ConfigError;

/// The reason why a store cannot be made of its settings. No node has been asked anything.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The address cannot be used.
    #[error(transparent)]
    Address(#[from] ConfigError),
    /// The file of certificate authorities cannot be read.
    #[error("cannot read certificates from {}", file.display())]
    CaFile {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: pem::Error,
    },
    /// The file of certificate authorities holds no certificate.
    #[error("no certificate in {}; write certificates in PEM", file.display())]
    NoCertificate {
        /// The file.
        file: PathBuf,
    },
    /// The file of certificate authorities holds a certificate that cannot be used.
    #[error("a certificate in {} cannot be used", file.display())]
    Certificate {
        /// The file.
        file: PathBuf,
        /// The cause.
        source: rustls::Error,
    },
    /// The operating system has no certificate authorities, or none that can be read.
    #[error("the operating system trusts no certificate authority; name one with ca=FILE")]
    NoSystemCertificates,
    /// The name of a node's host cannot be in a certificate.
    #[error("the host of {node} cannot be in a certificate; write a DNS name or an IP address")]
    HostName {
        /// The node.
        node: String,
    },
    /// TLS cannot be set up.
    #[error("cannot set up TLS")]
    Tls(#[source] rustls::Error),
}
