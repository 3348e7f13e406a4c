//! Trust, signature, deployment, key and certificate files: no bytes break a reader, and nothing that comes of them is
//! trusted. Signatures that are read are written as they were meant.

use lockgate_attest::{Certificate, PublicKey, SecretKey, tls_key};
use lockgate_bundle::trust::{Demands, Signatures, Trust};
use lockgate_bytes::Time;
use lockgate_deployment::Deployment;

pub(crate) const WORDS: &[&str] = &[
    "deployment \"a\" {",
    "trust needs=1 {",
    "signer \"a\" ed25519=\"",
    "signatures bundle=\"",
    "signature key=\"",
    "intake {",
    "udp \"10.0.0.1:1\"",
    "framing length bits=16",
    "client \"",
    "-----BEGIN CERTIFICATE-----\n",
    "-----END CERTIFICATE-----\n",
    "-----BEGIN PRIVATE KEY-----\n",
    "MCowBQYDK2VwAyEA",
];

pub(crate) fn run(data: &[u8]) {
    if let Err(diagnostics) = Deployment::read("fuzz.kdl", data) {
        drop((diagnostics.render(), diagnostics.json()));
    }
    let signatures = Signatures::read("fuzz.sigs", data).ok();
    if let Some(signatures) = &signatures
        && Signatures::read("fuzz.sigs", signatures.to_kdl().as_bytes()).ok().as_ref() != Some(signatures)
    {
        panic!("signatures are not written as they were read");
    }
    if let Ok(trust) = Trust::read("fuzz.kdl", data) {
        let demands =
            Demands { now: Time::from_unix_nanos(0), at_least: 0, name: None, ran: None, lanes: &[] };
        if trust.needs == 0 || trust.verify(data, signatures.as_ref(), &demands).is_ok() {
            panic!("trusted without a signature");
        }
    }
    let _ = Certificate::read_pem(data);
    let _ = tls_key(data.to_vec());
    let _ = SecretKey::from_pem(data.to_vec());
    if let Some(key) = std::str::from_utf8(data).ok().and_then(|text| PublicKey::parse(text).ok())
        && key.text().as_bytes() != data
    {
        panic!("one key has two texts");
    }
}
