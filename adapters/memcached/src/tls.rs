//! The certificates that a server has to show before it is trusted.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::{CryptoProvider, ring};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::config::{Address, Trust};
use crate::error::OpenError;

/// A check of one node: it needs a certificate for its name, from a trusted authority.
#[derive(Clone)]
pub(crate) struct Tls {
    pub(crate) connector: TlsConnector,
    pub(crate) name: ServerName<'static>,
}

/// Makes the connector that checks the certificates of any node.
pub(crate) fn connector(trust: &Trust) -> Result<TlsConnector, OpenError> {
    let roots = match trust {
        Trust::System => usable(rustls_native_certs::load_native_certs().certs)?,
        Trust::File(file) => roots_in(file)?,
    };
    connector_by(ring::default_provider(), roots)
}

fn connector_by(provider: CryptoProvider, roots: RootCertStore) -> Result<TlsConnector, OpenError> {
    let config = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .map_err(OpenError::Tls)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

impl Tls {
    /// The check of the node at `address`.
    pub(crate) fn new(connector: &TlsConnector, address: &Address) -> Result<Self, OpenError> {
        let name = ServerName::try_from(address.host().to_owned())
            .map_err(|_| OpenError::HostName { node: address.to_string() })?;
        Ok(Self { connector: connector.clone(), name })
    }
}

/// The certificates of a system that can be used: every system has some that cannot.
fn usable(certificates: Vec<CertificateDer<'static>>) -> Result<RootCertStore, OpenError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certificates);
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

#[cfg(test)]
mod tests {
    use session_limit_harness::assert_provoked;

    use super::*;
    use crate::Config;

    #[test]
    fn open_error() {
        let folder = tempfile::tempdir().unwrap();
        let named = |pem: &str| {
            let file = folder.path().join("ca.pem");
            std::fs::write(&file, pem).unwrap();
            connector(&Trust::File(file)).err().unwrap()
        };
        let certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let no_suites = CryptoProvider { cipher_suites: Vec::new(), ..ring::default_provider() };
        let any = connector_by(ring::default_provider(), RootCertStore::empty()).unwrap();
        let provoked = [
            OpenError::from("memcached://".parse::<Config>().unwrap_err()),
            connector(&Trust::File(folder.path().join("none"))).err().unwrap(),
            named("nothing\n"),
            named(certificate),
            usable(Vec::new()).unwrap_err(),
            Tls::new(&any, &"a..b:1".parse().unwrap()).err().unwrap(),
            connector_by(no_suites, RootCertStore::empty()).err().unwrap(),
        ];
        assert_provoked!(
            OpenError {
                Address,
                CaFile,
                NoCertificate,
                Certificate,
                NoSystemCertificates,
                HostName,
                Tls
            },
            provoked
        );
    }
}
