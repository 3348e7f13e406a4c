//! TLS 1.3 with client certificates: the chain first, then which source the leaf is.

use crate::config::{Identity, Tls};
use crate::{Clock, Why};
use lockgate_bytes::{Digest, Time};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::time_provider::TimeProvider;
use rustls::{CertificateError, Error, RootCertStore, ServerConfig, ServerConnection};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::sync::Arc;

impl Tls {
    /// Whether a listener can be opened with these: the key is the certificate's, and the authorities can be used.
    ///
    /// # Errors
    /// A sentence that says what to do. It never shows the key.
    pub fn check(&self) -> Result<(), String> {
        Gatekeeper::new(self, Arc::new(Still), |_| None).map(drop)
    }
}

/// A clock for what needs one and never asks it.
struct Still;

impl Clock for Still {
    fn now(&self) -> Time {
        Time::from_unix_nanos(0)
    }

    fn steady(&self) -> Time {
        Time::from_unix_nanos(0)
    }
}

/// Admits the clients of one listener.
pub(crate) struct Gatekeeper {
    config: Arc<ServerConfig>,
    clients: Vec<(Identity, usize)>,
}

impl Gatekeeper {
    /// Reads certificates and key; `source` gives the place of a source.
    ///
    /// # Errors
    /// A sentence that says what to do. It never shows the key.
    pub(crate) fn new(
        tls: &Tls,
        clock: Arc<dyn Clock>,
        source: impl Fn(&str) -> Option<usize>,
    ) -> Result<Self, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut authorities = RootCertStore::empty();
        for authority in &tls.authorities {
            authorities
                .add(CertificateDer::from(authority.clone()))
                .map_err(|error| format!("a client authority cannot be used: {error}"))?;
        }
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(authorities), Arc::clone(&provider))
                .build()
                .map_err(|error| format!("the client authorities cannot be used: {error}"))?;
        let key = PrivateKeyDer::try_from(tls.key.clone())
            .map_err(|_| "the key is not PKCS #8, SEC 1 or PKCS #1 in DER; convert it".to_owned())?;
        let chain = tls.chain.iter().map(|one| CertificateDer::from(one.clone())).collect();
        let mut config = ServerConfig::builder_with_details(provider, Arc::new(LaneTime(clock)))
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(|error| format!("TLS 1.3 is not there: {error}"))?
            .with_client_cert_verifier(verifier)
            .with_single_cert(chain, key)
            .map_err(|error| format!("our certificate and key cannot be used: {error}"))?;
        // Each connection shows its certificate anew; after the handshake we send nothing.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        let clients = tls.clients.iter();
        let clients = clients.filter_map(|client| Some((client.identity.clone(), source(&client.source)?)));
        Ok(Self { config: Arc::new(config), clients: clients.collect() })
    }

    /// A new session.
    ///
    /// # Errors
    /// Those of the TLS library.
    pub(crate) fn session(&self) -> Result<ServerConnection, Error> {
        ServerConnection::new(Arc::clone(&self.config))
    }

    /// Which source a session is whose handshake is over.
    ///
    /// # Errors
    /// Why it is none.
    pub(crate) fn admit(&self, session: &ServerConnection) -> Result<usize, Why> {
        let leaf = session.peer_certificates().and_then(|chain| chain.first()).ok_or(Why::NoCertificate)?;
        let fingerprint = Identity::Fingerprint(Digest(Sha256::digest(leaf).into()));
        let parsed = webpki::EndEntityCert::try_from(leaf).map_err(|_| Why::UntrustedCertificate)?;
        let is_its_name = |wanted: &str| {
            parsed.valid_dns_names().any(|name| name == wanted)
                || parsed.valid_uri_names().any(|name| name == wanted)
        };
        let mut found = self.clients.iter().filter_map(|(identity, source)| {
            let fits = match identity {
                Identity::Fingerprint(_) => *identity == fingerprint,
                Identity::Name(name) => is_its_name(name),
            };
            fits.then_some(*source)
        });
        let source = found.next().ok_or(Why::UnknownCertificate)?;
        if found.all(|other| other == source) { Ok(source) } else { Err(Why::AmbiguousCertificate) }
    }
}

impl fmt::Debug for Gatekeeper {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Gatekeeper({} clients)", self.clients.len())
    }
}

/// Why a session failed.
pub(crate) fn why(error: &Error) -> Why {
    use CertificateError::{Expired, ExpiredContext, NotValidYet, NotValidYetContext};
    match error {
        Error::NoCertificatesPresented => Why::NoCertificate,
        Error::InvalidCertificate(Expired | ExpiredContext { .. }) => Why::ExpiredCertificate,
        Error::InvalidCertificate(NotValidYet | NotValidYetContext { .. }) => Why::NotYetValidCertificate,
        Error::InvalidCertificate(_) => Why::UntrustedCertificate,
        _ => Why::Handshake,
    }
}

/// Certificates are judged by the lane's time.
struct LaneTime(Arc<dyn Clock>);

impl TimeProvider for LaneTime {
    fn current_time(&self) -> Option<UnixTime> {
        // A time before 1970 is none: no certificate is valid then.
        let nanos = u64::try_from(self.0.now().unix_nanos()).ok()?;
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_nanos(nanos)))
    }
}

impl fmt::Debug for LaneTime {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("LaneTime")
    }
}
