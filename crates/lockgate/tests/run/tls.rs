//! TLS 1.3 with client certificates: who is known is a source; who is not is turned away, and that is on record.

use crate::gate::{Gate, free_tcp, now, track, unmarked};
use crate::rules::bundle;
use crate::running::{Running, http, lockgate, wait_for};
use lockgate_bytes::Digest;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

type Authority = CertifiedIssuer<'static, KeyPair>;

struct Card {
    der: Vec<u8>,
    key: Vec<u8>,
}

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    (params.not_before, params.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2099, 1, 1));
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn card(authority: &Authority, name: &str, until: i32) -> Card {
    card_until(authority, name, [until, 1, 1])
}

fn card_until(authority: &Authority, name: &str, [year, month, day]: [i32; 3]) -> Card {
    let [month, day] = [month, day].map(|part| u8::try_from(part).unwrap());
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(2020, 1, 1);
    params.not_after = date_time_ymd(year, month, day);
    let key = KeyPair::generate().unwrap();
    let der = params.signed_by(&key, authority).unwrap().der().to_vec();
    Card { der, key: key.serialize_der() }
}

fn pem(kind: &str, der: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let letters: String = der
        .chunks(3)
        .flat_map(|bytes| {
            let word = (0..3).fold(0_u32, |word, at| word << 8 | u32::from(*bytes.get(at).unwrap_or(&0)));
            (0..4_usize).map(move |at| match at <= bytes.len() {
                true => char::from(LETTERS[usize::try_from(word >> (18 - 6 * at) & 63).unwrap()]),
                false => '=',
            })
        })
        .collect();
    let lines: Vec<&str> =
        letters.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {kind}-----\n{}\n-----END {kind}-----\n", lines.join("\n"))
}

/// Sends the bytes as this client; false where the other side turned it away. It is given longer for that than for saying nothing.
fn speak(lane: &Running, ours: &Authority, card: Option<&Card>, bytes: &[u8], wait: Duration) -> bool {
    let mut roots = RootCertStore::empty();
    roots.add(ours.as_ref().der().clone()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])
        .unwrap()
        .with_root_certificates(roots);
    let config = match card {
        None => config.with_no_client_auth(),
        Some(card) => {
            let key = PrivateKeyDer::try_from(card.key.clone()).unwrap();
            config.with_client_auth_cert(vec![CertificateDer::from(card.der.clone())], key).unwrap()
        }
    };
    let mut session =
        ClientConnection::new(Arc::new(config), ServerName::try_from("gate.example").unwrap()).unwrap();
    let mut socket = TcpStream::connect(lane.address("tls-1")).unwrap();
    socket.set_read_timeout(Some(wait)).unwrap();
    let mut stream = rustls::Stream::new(&mut session, &mut socket);
    if stream.write_all(bytes).and_then(|()| stream.flush()).is_err() {
        return false;
    }
    let mut byte = [0];
    match stream.read(&mut byte) {
        Ok(0) => false,
        Ok(_) => panic!("a byte came back"),
        Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
    }
}

#[test]
fn a_known_certificate_is_a_source_and_any_other_is_turned_away_on_record() {
    let mut gate = Gate::new("cot-down");
    gate.put(&bundle(1, &[("lanes/cot-down.kdl", "by=interface", "by=tls")]));
    let (ours, theirs, strangers) = (authority(), authority(), authority());
    let soon = lockgate_bytes::Duration::from_secs(10 * 86_400);
    let soon = now().plus(soon).to_string();
    let day = soon.split('T').next().unwrap();
    let mut parts = day.split('-').map(|part| part.parse::<i32>().unwrap());
    let ends = std::array::from_fn(|_| parts.next().unwrap());
    gate.trust("2026-01-01", day);
    let port = free_tcp();
    gate.more = format!("metrics \"127.0.0.1:{port}\"\n    drain \"2s\"");
    let server = card_until(&ours, "gate.example", ends);
    let known = card(&theirs, "sensor", 2099);
    let unknown = card(&theirs, "other", 2099);
    let expired = card(&theirs, "old", 2021);
    let forged = card(&strangers, "sensor", 2099);
    fs::write(gate.path("tls.pem"), pem("CERTIFICATE", &server.der)).unwrap();
    fs::write(gate.path("ca.pem"), pem("CERTIFICATE", theirs.as_ref().der())).unwrap();
    let key = pem("PRIVATE KEY", &server.key);
    let body: Vec<&str> = key.lines().filter(|line| !line.starts_with('-')).collect();
    crate::rules::write_secret(&gate.path("tls.key"), &body.join("\n"));
    gate.intake = format!(
        "tls \"127.0.0.1:{}\" cert=\"{}\" key=\"{}\" ca=\"{}\" {{\n client \"{}\" source=\"sensor-net\"\n client \"{}\" \
         source=\"sensor-net\"\n }}",
        free_tcp(),
        gate.text("tls.pem"),
        gate.text("tls.key"),
        gate.text("ca.pem"),
        Digest::of(&known.der),
        Digest::of(&expired.der),
    );
    let lane = gate.start();
    let (silence, patience) = (Duration::from_millis(500), Duration::from_secs(20));
    assert!(speak(&lane, &ours, Some(&known), &[track("A-1", 900), unmarked("C-1")].concat(), silence));
    assert_eq!(gate.wait_out(1).len(), 1);
    for (number, card) in [None, Some(&unknown), Some(&expired), Some(&forged)].into_iter().enumerate() {
        assert!(!speak(&lane, &ours, card, &track("Z-1", 900), patience), "{number}");
        wait_for("the refusal on record", || {
            let told: u64 = gate.events("refusals").iter().map(|one| one["count"].as_u64().unwrap()).sum();
            (told == u64::try_from(number).unwrap() + 1).then_some(())
        });
    }
    let refusals = gate.events("refusals");
    assert!(refusals.iter().all(|one| one["code"] == "LG-F011"), "{refusals:?}");
    // Each with its cause, on record and for whoever looks.
    let causes = ["no-certificate", "unknown-certificate", "expired-certificate", "untrusted-certificate"];
    for (refused, why) in refusals.iter().zip(causes) {
        assert_eq!((&refused["listener"], &refused["why"]), (&"tls-1".into(), &why.into()), "{refused}");
    }
    // What a listener counts is shown at a later look.
    let status = wait_for("the causes, for whoever looks", || {
        let (_, status) = lane.status();
        let told =
            status["listeners"][0]["turned_away"].as_array().is_some_and(|away| away.len() == causes.len());
        told.then_some(status)
    });
    let listener = &status["listeners"][0];
    let away = listener["turned_away"].as_array().unwrap();
    for why in causes {
        let one = away.iter().find(|one| one["why"] == why).unwrap_or_else(|| panic!("{why}: {status}"));
        assert!(one["objects"] == 1 && one["says"].as_str().unwrap().ends_with('.'), "{one}");
    }
    assert_eq!((away.len(), &listener["connections"]), (4, &5.into()), "{listener}");
    let screen = lockgate(&["status", "--config", &gate.text("gate.kdl")]).out;
    assert!(screen.contains("tls-1 expired-certificate 1: The certificate has expired."), "{screen}");
    let metrics = http(port, "/metrics");
    let line =
        "lockgate_turned_away_total{lane=\"cot-down\",listener=\"tls-1\",why=\"expired-certificate\"} 1";
    assert!(metrics.contains(line), "{metrics}");
    // Our own certificate ends in ten days, and so does the trust in who signed.
    let expires = status["expires"].as_array().unwrap();
    for (kind, name) in [("certificate", "tls-1"), ("signer", "a-kovac"), ("signer", "p-hribar")] {
        let one = expires.iter().find(|one| one["kind"] == kind && one["name"] == name);
        let days = one.unwrap_or_else(|| panic!("{kind}: {status}"))["days"].as_i64().unwrap();
        assert!((8..=11).contains(&days), "{kind} {name} {days}");
    }
    assert!(expires.iter().any(|one| one["name"] == "tls-1 ca"), "{status}");
    assert!(status["alarms"].as_array().unwrap().iter().any(|one| one["name"] == "expires-soon"), "{status}");
    assert!(speak(&lane, &ours, Some(&known), &track("A-2", 900), silence), "the known one is still welcome");
    assert_eq!(gate.wait_out(1).len(), 1);
    assert_eq!(lane.stop().code, 0);
    gate.verified().is(&[("received", 7), ("sent", 2), ("held", 1), ("refused", 4)]);
}
