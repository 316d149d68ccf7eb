//! TLS by rustls.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

/// Why TLS can't be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TlsError {
    /// A file that isn't what it should be.
    #[error("{} holds no {expected} in PEM form: {cause}", .path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// "certificate" or "private key".
        expected: &'static str,
        /// What is wrong with it.
        cause: String,
    },
    /// A key and certificates that can't be used, or not together.
    #[error("{} and {} can't be used: {cause}", .cert.display(), .key.display())]
    Pair {
        /// The certificates' file.
        cert: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// What is wrong with them.
        cause: rustls::Error,
    },
}

/// What answers TLS's handshakes with this certificate (its chain in one file, the server's own first) and key.
///
/// # Errors
/// [`TlsError`].
pub(crate) fn acceptor(cert: &Path, key: &Path) -> Result<TlsAcceptor, TlsError> {
    let pem = |path: &Path, expected| {
        let path = path.to_owned();
        move |cause: pem::Error| TlsError::Pem { path, expected, cause: cause.to_string() }
    };
    let chain = CertificateDer::pem_file_iter(cert).map_err(pem(cert, "certificate"))?;
    let chain: Vec<_> = chain.collect::<Result<_, _>>().map_err(pem(cert, "certificate"))?;
    if chain.is_empty() {
        let cause = "there is none in it".into();
        return Err(TlsError::Pem { path: cert.into(), expected: "certificate", cause });
    }
    let private = PrivateKeyDer::from_pem_file(key).map_err(pem(key, "private key"))?;
    let unusable = |cause| TlsError::Pair { cert: cert.into(), key: key.into(), cause };
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(unusable)?.with_no_client_auth();
    let mut config = builder.with_single_cert(chain, private).map_err(unusable)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
