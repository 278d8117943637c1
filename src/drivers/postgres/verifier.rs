//! Certificate verification at different levels. rustls itself only supports full verification.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// Level of verification.
#[derive(Debug)]
pub(super) enum Checks {
    /// No verification: encryption only.
    Nothing,
    /// The certificate must be signed by one of these.
    Chain(Vec<CertificateDer<'static>>),
    /// As `Chain`, and the certificate must be valid for the requested host.
    ChainAndName(Vec<CertificateDer<'static>>),
}

/// Verifies the server's certificate at the given level. The signatures of the handshake are always verified.
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
        // A self-signed server certificate in the file of trusted ones: webpki would refuse it because it is not a CA
        // certificate.
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
