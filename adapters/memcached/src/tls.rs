//! What a server has to show before it is trusted.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::config::{Address, Trust};
use crate::error::OpenError;

/// How to make sure of one node: that it has a certificate for its name, from a trusted authority.
#[derive(Clone)]
pub(crate) struct Tls {
    pub(crate) connector: TlsConnector,
    pub(crate) name: ServerName<'static>,
}

/// How to make sure of any node.
pub(crate) fn connector(trust: &Trust) -> Result<TlsConnector, OpenError> {
    let roots = match trust {
        Trust::System => system_roots()?,
        Trust::File(file) => roots_in(file)?,
    };
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(OpenError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

impl Tls {
    /// For the node at `address`.
    pub(crate) fn new(connector: &TlsConnector, address: &Address) -> Result<Self, OpenError> {
        let name = ServerName::try_from(address.host().to_owned())
            .map_err(|_| OpenError::HostName { node: address.to_string() })?;
        Ok(Self { connector: connector.clone(), name })
    }
}

/// Certificates that cannot be read or used are left out, as every system has some.
fn system_roots() -> Result<RootCertStore, OpenError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { Err(OpenError::NoSystemCertificates) } else { Ok(roots) }
}

/// Every certificate has to be usable: it was put there on purpose.
fn roots_in(file: &Path) -> Result<RootCertStore, OpenError> {
    let unreadable = |source| OpenError::CaFile { file: file.to_owned(), source };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(file).map_err(unreadable)? {
        let certificate = certificate.map_err(unreadable)?;
        roots
            .add(certificate)
            .map_err(|source| OpenError::Certificate { file: file.to_owned(), source })?;
    }
    if roots.is_empty() {
        return Err(OpenError::NoCertificate { file: file.to_owned() });
    }
    Ok(roots)
}
