//! TLS 1.3 with client certificates: who is known comes in as a source; nobody else does, and it is said why.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that stops has failed; a skipped one must be loud"
)]

mod common;

use common::{Running, TestClock, config, start_with};
use lockgate_bytes::Digest;
use lockgate_intake::{
    Admission, Client, Framing, Identity, Intake, Listener, Patience, Pool, Tcp, Tls, Way, Why,
};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, SanType, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion};
use sha2::{Digest as _, Sha256};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

type Authority = CertifiedIssuer<'static, KeyPair>;

struct Card {
    der: Vec<u8>,
    key: Vec<u8>,
}

impl Card {
    fn fingerprint(&self) -> Identity {
        Identity::Fingerprint(Digest(Sha256::digest(&self.der).into()))
    }
}

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn card(authority: &Authority, names: &[&str], from: i32, until: i32) -> Card {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.subject_alt_names = names
        .iter()
        .map(|name| match name.split_once("://") {
            Some(_) => SanType::URI((*name).try_into().unwrap()),
            None => SanType::DnsName((*name).try_into().unwrap()),
        })
        .collect();
    params.not_before = date_time_ymd(from, 1, 1);
    params.not_after = date_time_ymd(until, 1, 1);
    let key = KeyPair::generate().unwrap();
    let der = params.signed_by(&key, authority).unwrap().der().to_vec();
    Card { der, key: key.serialize_der() }
}

/// A server of 2026-06-01 with an authority of its own, and another that issues to clients.
struct Site {
    ours: Authority,
    theirs: Authority,
    running: Running,
}

fn site(clients: impl FnOnce(&Authority) -> Vec<(Identity, &'static str)>) -> Site {
    site_of([None; 2], clients)
}

/// The same with a largest frame of the sources `a` and `b`.
fn site_of(
    largest: [Option<usize>; 2],
    clients: impl FnOnce(&Authority) -> Vec<(Identity, &'static str)>,
) -> Site {
    let (ours, theirs) = (authority(), authority());
    let server = card(&ours, &["gate.example"], 2026, 2027);
    let clients = clients(&theirs)
        .into_iter()
        .map(|(identity, source)| Client { identity, source: source.into() })
        .collect();
    let tls = Tls {
        chain: vec![server.der],
        key: server.key,
        authorities: vec![theirs.as_ref().der().to_vec()],
        clients,
    };
    let mut config = config(&["a", "b"], vec![listener(tls)]);
    for (source, size_max) in config.sources.iter_mut().zip(largest) {
        source.size_max = size_max;
    }
    let running = start_with(config, TestClock::new(), Arc::default());
    Site { ours, theirs, running }
}

fn listener(tls: Tls) -> Listener {
    let way = Way::Tcp(Tcp {
        address: "127.0.0.1:0".parse().unwrap(),
        interface: None,
        framing: Framing::Delimiter(b"</event>".to_vec()),
        patience: Patience::default(),
        connections_max: 8,
        connections_per_peer_max: 8,
        admission: Admission::Tls(tls),
    });
    Listener { name: "tls".into(), size_max: 100_000, way }
}

#[derive(Debug)]
struct Summer;

impl TimeProvider for Summer {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_780_272_000)))
    }
}

impl Site {
    fn session(&self, card: Option<&Card>, version: &'static SupportedProtocolVersion) -> ClientConnection {
        let mut roots = RootCertStore::empty();
        roots.add(self.ours.as_ref().der().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_details(provider, Arc::new(Summer))
            .with_protocol_versions(&[version])
            .unwrap()
            .with_root_certificates(roots);
        let config = match card {
            None => config.with_no_client_auth(),
            Some(card) => {
                let key = PrivateKeyDer::try_from(card.key.clone()).unwrap();
                config.with_client_auth_cert(vec![CertificateDer::from(card.der.clone())], key).unwrap()
            }
        };
        ClientConnection::new(Arc::new(config), ServerName::try_from("gate.example").unwrap()).unwrap()
    }

    /// Sends the bytes as this client; true where the other side then closed.
    fn speak(&self, card: Option<&Card>, bytes: &[u8]) -> bool {
        let mut session = self.session(card, &rustls::version::TLS13);
        let mut socket = TcpStream::connect(self.running.address("tls")).unwrap();
        socket.set_read_timeout(Some(std::time::Duration::from_millis(400))).unwrap();
        let mut stream = rustls::Stream::new(&mut session, &mut socket);
        if stream.write_all(bytes).and_then(|()| stream.flush()).is_err() {
            return true;
        }
        let mut byte = [0_u8];
        match stream.read(&mut byte) {
            Ok(0) => true,
            Ok(_) => panic!("a byte came back"),
            Err(error) => error.kind() != std::io::ErrorKind::WouldBlock,
        }
    }

    /// Nobody came in, and this is why.
    fn refused(&self, why: Why) {
        self.running.wait_why(why);
        assert!(self.running.frames().is_empty());
        let away = self.running.turned().remove(0);
        assert_eq!((away.why, away.source.as_deref(), away.size_bytes), (why, None, 0));
        self.running.wait("closed", |_| self.running.counters.listeners[0].connections_open.value() == 0);
    }
}

#[test]
fn a_known_certificate_is_its_source() {
    let mut cards = Vec::new();
    let site = site(|theirs| {
        cards.push(card(theirs, &["x.example"], 2026, 2027));
        cards.push(card(theirs, &["other.example", "sensor-7.example"], 2026, 2027));
        cards.push(card(theirs, &["spiffe://net/sensor-8"], 2026, 2027));
        vec![
            (cards[0].fingerprint(), "a"),
            (Identity::Name("sensor-7.example".into()), "b"),
            (Identity::Name("spiffe://net/sensor-8".into()), "a"),
        ]
    });
    for (index, source) in ["a", "b", "a"].iter().enumerate() {
        assert!(!site.speak(Some(&cards[index]), format!("<event>{index}</event>\n").as_bytes()));
        site.running.wait_frames(index + 1);
        assert_eq!(
            site.running.frames()[index],
            ((*source).to_string(), format!("<event>{index}</event>").into_bytes())
        );
    }
    // A frame of many records, in one write.
    let large = [&b"<event>"[..], &vec![b'x'; 90_000], b"</event>"].concat();
    assert!(!site.speak(Some(&cards[0]), &large));
    site.running.wait_frames(4);
    assert_eq!(site.running.frames()[3].1, large);
    assert!(site.running.turned().is_empty());
}

#[test]
fn what_is_unfinished_belongs_to_its_source() {
    let mut known = None;
    let site = site(|theirs| {
        let card = card(theirs, &["x.example"], 2026, 2027);
        let identity = card.fingerprint();
        known = Some(card);
        vec![(identity, "a")]
    });
    assert!(!site.speak(known.as_ref(), b"<event>half"));
    site.running.wait_why(Why::Unfinished);
    let away = site.running.turned().remove(0);
    assert_eq!((away.source.as_deref(), away.size_bytes), (Some("a"), 11));
}

/// They come by one listener, whose largest frame is that of the source with the largest.
#[test]
fn a_client_of_short_messages_fills_no_buffer_that_is_meant_for_others() {
    let mut cards = Vec::new();
    let site = site_of([None, Some(64)], |theirs| {
        cards.extend([
            card(theirs, &["long.example"], 2026, 2027),
            card(theirs, &["short.example"], 2026, 2027),
        ]);
        vec![(cards[0].fingerprint(), "a"), (cards[1].fingerprint(), "b")]
    });
    let event = |size: usize| [&b"<event>"[..], &vec![b'x'; size - 15], b"</event>"].concat();
    // Unfinished: the one waits for its end, the other is over.
    let begun = event(90_000)[..80_000].to_vec();
    assert!(!site.speak(Some(&cards[0]), &begun));
    site.running.wait_why(Why::Unfinished);
    assert_eq!(site.running.turned()[0].size_bytes, 80_000);
    assert!(site.speak(Some(&cards[1]), &event(90_000)[..64]));
    site.running.wait_why(Why::Oversize);
    let away = site.running.turned().remove(1);
    assert_eq!((away.why, away.source.as_deref(), away.size_bytes), (Why::Oversize, Some("b"), 64));
    // What it may send comes in, to the last byte.
    assert!(!site.speak(Some(&cards[1]), &event(64)));
    site.running.wait_frames(1);
    assert_eq!(site.running.frames(), [("b".to_owned(), event(64))]);
}

#[test]
fn a_certificate_of_the_authority_that_nobody_knows_stays_outside() {
    // A wildcard is a name like any other: it stands for nothing but itself.
    for name in ["stranger.example", "*.example", "sensor-7.example.com"] {
        let site = site(|_| vec![(Identity::Name("sensor-7.example".into()), "a")]);
        assert!(site.speak(Some(&card(&site.theirs, &[name], 2026, 2027)), b"<event></event>"));
        site.refused(Why::UnknownCertificate);
    }
}

#[test]
fn a_certificate_that_fits_two_sources_is_neither() {
    let site = site(|_| {
        vec![(Identity::Name("one.example".into()), "a"), (Identity::Name("two.example".into()), "b")]
    });
    assert!(
        site.speak(
            Some(&card(&site.theirs, &["one.example", "two.example"], 2026, 2027)),
            b"<event></event>"
        )
    );
    site.refused(Why::AmbiguousCertificate);
}

#[test]
fn time_is_the_lanes_time() {
    for (from, until, why) in
        [(2020, 2026, Why::ExpiredCertificate), (2027, 2028, Why::NotYetValidCertificate)]
    {
        let site = site(|_| vec![(Identity::Name("sensor-7.example".into()), "a")]);
        assert!(
            site.speak(Some(&card(&site.theirs, &["sensor-7.example"], from, until)), b"<event></event>")
        );
        site.refused(why);
    }
    // The same certificate comes in while the lane's clock stands in its year.
    let site = site(|_| vec![(Identity::Name("sensor-7.example".into()), "a")]);
    let card = card(&site.theirs, &["sensor-7.example"], 2026, 2027);
    assert!(!site.speak(Some(&card), b"<event></event>"));
    site.running.clock.advance(300);
    site.running.clock.advance(400 * 86_400);
    assert!(site.speak(Some(&card), b"<event></event>"));
    site.running.wait_why(Why::ExpiredCertificate);
    assert_eq!(site.running.frames().len(), 1);
}

#[test]
fn a_certificate_of_another_authority_or_none_stays_outside() {
    let named = || vec![(Identity::Name("sensor-7.example".into()), "a")];
    let one = site(|_| named());
    assert!(one.speak(Some(&card(&authority(), &["sensor-7.example"], 2026, 2027)), b"<event></event>"));
    one.refused(Why::UntrustedCertificate);
    // The authority of the server issues no clients.
    let two = site(|_| named());
    assert!(two.speak(Some(&card(&two.ours, &["sensor-7.example"], 2026, 2027)), b"<event></event>"));
    two.refused(Why::UntrustedCertificate);
    let three = site(|_| named());
    assert!(three.speak(None, b"<event></event>"));
    three.refused(Why::NoCertificate);
}

#[test]
fn no_older_protocol_and_no_noise() {
    let site_one = site(|_| vec![(Identity::Name("sensor-7.example".into()), "a")]);
    let mut session = site_one
        .session(Some(&card(&site_one.theirs, &["sensor-7.example"], 2026, 2027)), &rustls::version::TLS12);
    let mut socket = TcpStream::connect(site_one.running.address("tls")).unwrap();
    assert!(rustls::Stream::new(&mut session, &mut socket).write_all(b"<event></event>").is_err());
    site_one.refused(Why::Handshake);
    let two = site(|_| vec![(Identity::Name("sensor-7.example".into()), "a")]);
    TcpStream::connect(two.running.address("tls")).unwrap().write_all(b"<event></event>").unwrap();
    two.refused(Why::Handshake);
}

/// Scanners reset what they have opened: that is counted as an orderly end is.
#[test]
fn a_client_that_resets_before_the_end_of_its_handshake_is_counted() {
    let site = site(|_| vec![(Identity::Name("sensor-7.example".into()), "a")]);
    let socket = socket2::Socket::from(TcpStream::connect(site.running.address("tls")).unwrap());
    site.running.wait("open", |_| site.running.counters.listeners[0].connections_open.value() == 1);
    socket.set_linger(Some(std::time::Duration::ZERO)).unwrap();
    drop(socket);
    site.refused(Why::Handshake);
}

#[test]
fn a_handshake_that_does_not_end_is_ended() {
    let site = site(|_| vec![(Identity::Name("sensor-7.example".into()), "a")]);
    let mut silent = TcpStream::connect(site.running.address("tls")).unwrap();
    silent.write_all(&[22, 3, 1]).unwrap();
    site.running.wait("open", |_| site.running.counters.listeners[0].connections_open.value() == 1);
    std::thread::sleep(std::time::Duration::from_millis(150));
    site.running.clock.advance(11);
    site.refused(Why::HandshakeStalled);
}

#[test]
fn broken_certificates_and_keys_of_ours_are_said_clearly() {
    let (ours, theirs) = (authority(), authority());
    let server = card(&ours, &["gate.example"], 2026, 2027);
    let other = card(&ours, &["gate.example"], 2026, 2027);
    let client = || vec![Client { identity: Identity::Name("x".into()), source: "a".into() }];
    let good = Tls {
        chain: vec![server.der.clone()],
        key: server.key.clone(),
        authorities: vec![theirs.as_ref().der().to_vec()],
        clients: client(),
    };
    for (tls, expected) in [
        (Tls { key: b"no key".to_vec(), ..good.clone() }, "the key is not PKCS #8"),
        (Tls { key: other.key.clone(), ..good.clone() }, "our certificate and key cannot be used"),
        (Tls { authorities: vec![], ..good.clone() }, "the client authorities cannot be used"),
        (Tls { authorities: vec![b"junk".to_vec()], ..good.clone() }, "a client authority cannot be used"),
        (Tls { clients: vec![], ..good.clone() }, "it names no client"),
    ] {
        let opened =
            Intake::open(config(&["a"], vec![listener(tls)]), TestClock::new(), Arc::new(Pool::new(1 << 20)));
        let says = opened.unwrap_err().to_string();
        assert!(says.contains(expected), "{says}");
    }
}

/// RFC 7468.
fn pem(label: &str, der: &[u8]) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in der.chunks(3) {
        let word =
            chunk.iter().fold(0_u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            text.push(if place <= chunk.len() {
                DIGITS[(word >> (18 - 6 * place) & 63) as usize].into()
            } else {
                '='
            });
        }
    }
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

#[test]
fn operators_keep_pem_files() {
    let ours = authority();
    let server = card(&ours, &["gate.example"], 2026, 2027);
    let certificate = pem("CERTIFICATE", &server.der);
    let chain = format!("{certificate}{}", pem("CERTIFICATE", ours.as_ref().der()));
    let key = pem("PRIVATE KEY", &server.key);
    let read = Tls::from_pem(chain.as_bytes(), key.as_bytes(), chain.as_bytes(), vec![]).unwrap();
    assert_eq!(read.chain, [server.der.clone(), ours.as_ref().der().to_vec()]);
    assert_eq!((read.key, read.authorities.len()), (server.key, 2));
    let says = |chain: &str, key: &str| {
        Tls::from_pem(chain.as_bytes(), key.as_bytes(), chain.as_bytes(), vec![]).unwrap_err()
    };
    assert_eq!(says(&chain, &chain), "the key is no PEM of a private key (PKCS #8, SEC 1 or PKCS #1)");
    assert_eq!(says(&key, &key), "our certificate holds no readable PEM certificates");
    let cut = chain.get(..chain.len() - 40).unwrap();
    assert_eq!(
        says(cut, &key),
        "our certificate holds no readable PEM certificates",
        "half of a chain is none"
    );
}

#[test]
fn a_broken_record_ends_a_connection_that_was_admitted() {
    let site = site(|_| vec![(Identity::Name("sensor-7.example".into()), "a")]);
    let card = card(&site.theirs, &["sensor-7.example"], 2026, 2027);
    let mut session = site.session(Some(&card), &rustls::version::TLS13);
    let mut socket = TcpStream::connect(site.running.address("tls")).unwrap();
    rustls::Stream::new(&mut session, &mut socket).write_all(b"<event></event><event>half").unwrap();
    site.running.wait_frames(1);
    socket
        .write_all(&[23, 3, 3, 0, 20, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20])
        .unwrap();
    site.running.wait_why(Why::Unfinished);
    let turned: Vec<_> = site.running.turned().iter().map(|one| (one.why, one.source.clone())).collect();
    assert_eq!(turned, [(Why::Handshake, Some("a".into())), (Why::Unfinished, Some("a".into()))]);
}
