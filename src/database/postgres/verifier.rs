//! How much of a server's certificate is checked. rustls alone knows only all of it.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// What to check.
#[derive(Debug)]
pub(super) enum Checks {
    /// Nothing: encryption only.
    Nothing,
    /// That one of these certificates signed it.
    Chain(Vec<CertificateDer<'static>>),
    /// That, and that it is for the host asked for.
    ChainAndName(Vec<CertificateDer<'static>>),
}

/// Checks as much as it is told. The handshake's signatures are always checked.
#[derive(Debug)]
pub(super) struct Verifier {
    checks: Checks,
    store: RootCertStore,
    provider: Arc<CryptoProvider>,
}

impl Verifier {
    pub(super) fn new(checks: Checks, provider: Arc<CryptoProvider>) -> Self {
        let mut store = RootCertStore::empty();
        if let Checks::Chain(roots) | Checks::ChainAndName(roots) = &checks {
            store.add_parsable_certificates(roots.iter().cloned());
        }
        Self { checks, store, provider }
    }

    fn check_chain(
        &self,
        roots: &[CertificateDer<'static>],
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        // A self-signed server certificate that is itself the trusted file: webpki would refuse it as a CA.
        if roots.iter().any(|root| root.as_ref() == certificate.as_ref()) {
            return Ok(());
        }
        let parsed = ParsedCertificate::try_from(certificate)?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        verify_server_cert_signed_by_trust_anchor(&parsed, &self.store, intermediates, now, algorithms)
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match &self.checks {
            Checks::Nothing => {}
            Checks::Chain(roots) => self.check_chain(roots, certificate, intermediates, now)?,
            Checks::ChainAndName(roots) => {
                self.check_chain(roots, certificate, intermediates, now)?;
                verify_server_name(&ParsedCertificate::try_from(certificate)?, name)?;
            }
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
