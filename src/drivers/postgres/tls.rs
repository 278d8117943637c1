//! Translation of `sslmode` and its files into a rustls client configuration. Rules:
//! <https://www.postgresql.org/docs/current/libpq-ssl.html>. Reads certificate files only if TLS is used.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ClientConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::settings::{EnvironmentMap, Roots, SslMode, Tls};
use super::target::refuse;
use super::verifier::{Checks, Verifier};
use crate::database::DatabaseError;
use crate::system::file::is_key_open_to_others;
use postgres::config::SslNegotiation;

/// Creates the TLS connector.
///
/// # Errors
/// When a file is missing or unreadable, or contains no certificate or key.
pub(super) fn connector(tls: &Tls, environment: EnvironmentMap<'_>) -> Result<MakeRustlsConnect, DatabaseError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = verifier(tls, &provider, environment)?;
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refuse(format!("TLS: {error}")))?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = match client_certificate(tls)? {
        Some((chain, key)) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| refuse(format!("the client certificate (sslcert, sslkey) cannot be used: {error}")))?,
        None => builder.with_no_client_auth(),
    };
    config.enable_sni = tls.server_name;
    if tls.negotiation == SslNegotiation::Direct {
        config.alpn_protocols = vec![b"postgresql".to_vec()]; // demanded by the server with direct negotiation
    }
    Ok(MakeRustlsConnect::new(config))
}

/// Creates the verifier. For backward compatibility, as in libpq, `require` verifies the chain if there is a root
/// certificate.
fn verifier(
    tls: &Tls,
    provider: &Arc<CryptoProvider>,
    environment: EnvironmentMap<'_>,
) -> Result<Verifier, DatabaseError> {
    let strict = tls.mode >= SslMode::VerifyCa;
    let roots = match &tls.roots {
        Roots::System => Some(system_roots(environment)?),
        Roots::File(file) if strict || file.exists() => Some(certificates(file)?),
        Roots::Usual(file) if file.exists() => Some(certificates(file)?),
        Roots::Usual(file) if strict => {
            let text = format!("the root certificate file {} does not exist (sslrootcert)", file.display());
            return Err(refuse(text));
        }
        Roots::Nowhere if strict => return Err(refuse("there is no root certificate file (sslrootcert)")),
        Roots::File(_) | Roots::Usual(_) | Roots::Nowhere => None,
    };
    let checks = match (tls.mode, roots) {
        (SslMode::VerifyFull, Some(roots)) => Checks::ChainAndName(roots),
        (SslMode::VerifyCa | SslMode::Require, Some(roots)) => Checks::Chain(roots),
        _ => Checks::Nothing,
    };
    Ok(Verifier::new(checks, Arc::clone(provider)))
}

type ClientIdentity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// Returns the client's certificate: the given files, or libpq's default files if they exist.
fn client_certificate(tls: &Tls) -> Result<Option<ClientIdentity>, DatabaseError> {
    let usual = |name: &str| tls.usual_folder.as_ref().map(|folder| folder.join(name));
    let certificate = match &tls.certificate {
        Some(file) => file.clone(),
        None => match usual("postgresql.crt").filter(|file| file.exists()) {
            Some(file) => file,
            None => return Ok(None),
        },
    };
    let key = tls.key.clone().or_else(|| usual("postgresql.key"));
    let key = key.ok_or_else(|| refuse("there is a client certificate, but no key for it (sslkey)"))?;
    refuse_open_key(&key)?;
    let private = PrivateKeyDer::from_pem_reader(open(&key)?).map_err(|error| match error {
        PemError::NoItemsFound => {
            refuse(format!("{} holds no private key in PEM form (an encrypted one is not supported)", key.display()))
        }
        error => unreadable(&key, &error),
    })?;
    Ok(Some((certificates(&certificate)?, private)))
}

fn refuse_open_key(file: &Path) -> Result<(), DatabaseError> {
    let metadata = fs::metadata(file).map_err(|error| unreadable(file, &error))?;
    // Root's keys may be group-readable (fe-secure-openssl.c, initialize_SSL).
    if !is_key_open_to_others(&metadata) {
        return Ok(());
    }
    let shown = file.display();
    Err(refuse(format!("the private key {shown} may be read by group or others: chmod 0600 {shown}")))
}

/// Default locations of the system's trusted certificates. OpenSSL's environment variable overrides them.
const BUNDLES: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
];

fn system_roots(environment: EnvironmentMap<'_>) -> Result<Vec<CertificateDer<'static>>, DatabaseError> {
    let named = environment("SSL_CERT_FILE").filter(|file| !file.is_empty()).map(PathBuf::from);
    let usual = BUNDLES.iter().map(PathBuf::from).find(|file| file.exists());
    let file = named.or(usual);
    certificates(&file.ok_or_else(|| refuse("the system's root certificates were not found (SSL_CERT_FILE)"))?)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, DatabaseError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_reader_iter(open(file)?).collect();
    let found = found.map_err(|error| unreadable(file, &error))?;
    if found.is_empty() {
        return Err(refuse(format!("{} holds no certificate in PEM form", file.display())));
    }
    Ok(found)
}

fn open(file: &Path) -> Result<fs::File, DatabaseError> {
    fs::File::open(file).map_err(|error| unreadable(file, &error))
}

fn unreadable(file: &Path, error: &dyn Display) -> DatabaseError {
    refuse(format!("{} cannot be read: {error}", file.display()))
}
