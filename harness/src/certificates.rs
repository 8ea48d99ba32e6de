//! Certificates made for one test.

use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use tempfile::TempDir;

/// An authority, and a server's certificate from it.
pub struct Certificates {
    folder: TempDir,
}

impl Certificates {
    /// Makes them for a server that goes by `names`.
    pub fn naming(names: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca = params.self_signed(&ca_key).unwrap();
        let issuer = Issuer::new(params, ca_key);
        let key = KeyPair::generate().unwrap();
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let server = CertificateParams::new(names).unwrap().signed_by(&key, &issuer).unwrap();
        for (file, text) in [
            ("ca.pem", ca.pem()),
            ("server.pem", server.pem()),
            ("server.key", key.serialize_pem()),
        ] {
            std::fs::write(folder.path().join(file), text).unwrap();
        }
        Self { folder }
    }

    /// The file with the authority's certificate.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The arguments that make memcached use them.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        let path = |file| self.folder.path().join(file).display().to_string();
        let options =
            format!("ssl_chain_cert={},ssl_key={}", path("server.pem"), path("server.key"));
        vec!["-Z".into(), "-o".into(), options]
    }
}
