//! X.509 certificates, as far as their dates and their fingerprint (RFC 5280, section 4.1).

use crate::pem;
use alloc::vec::Vec;
use core::fmt;
use lockgate_bytes::{Digest, Time};

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// `[0] EXPLICIT`: the version.
const VERSION: u8 = 0xA0;

/// Why a file is no list of certificates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateFault {
    /// Not PEM with `CERTIFICATE` blocks and nothing else.
    NotEncoded,
    /// A block is no X.509 certificate.
    Malformed,
}

impl fmt::Display for CertificateFault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::NotEncoded => "this is not a PEM file of certificates and nothing else",
            Self::Malformed => "a certificate in this file cannot be read",
        })
    }
}

impl core::error::Error for CertificateFault {}

/// What is known of a certificate without trusting it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate itself.
    pub der: Vec<u8>,
    /// SHA-256 over its DER, as `openssl x509 -fingerprint -sha256` shows it.
    pub sha256: Digest,
    /// First instant of its validity.
    pub from: Time,
    /// First instant after it.
    pub until: Time,
}

impl Certificate {
    /// Reads every certificate of a PEM file.
    ///
    /// # Errors
    /// [`CertificateFault`] where anything else is in it, or nothing.
    pub fn read_pem(text: &[u8]) -> Result<Vec<Self>, CertificateFault> {
        let blocks = pem::blocks(text, "CERTIFICATE").ok_or(CertificateFault::NotEncoded)?;
        blocks.iter().map(|der| Self::of_der(der).ok_or(CertificateFault::Malformed)).collect()
    }

    fn of_der(der: &[u8]) -> Option<Self> {
        let (certificate, rest) = element(der, SEQUENCE)?;
        if !rest.is_empty() {
            return None;
        }
        let (body, _) = element(certificate, SEQUENCE)?;
        let body = element(body, VERSION).map_or(body, |(_, rest)| rest);
        let (_serial, body) = element(body, INTEGER)?;
        let (_algorithm, body) = element(body, SEQUENCE)?;
        let (_issuer, body) = element(body, SEQUENCE)?;
        let (validity, _) = element(body, SEQUENCE)?;
        let (from, validity) = instant(validity)?;
        let (last, rest) = instant(validity)?;
        if !rest.is_empty() {
            return None;
        }
        // `notAfter` is included.
        let until = last.plus(lockgate_bytes::Duration::from_secs(1));
        Some(Self { der: der.to_vec(), sha256: Digest::of(der), from, until })
    }
}

/// The content of the element at the beginning of `der`, which has this tag, and what follows it. Lengths are those of
/// DER: definite, and as short as can be.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [found, first, rest @ ..] = der else { return None };
    if *found != tag {
        return None;
    }
    let (length, rest) = match first {
        0..=0x7F => (usize::from(*first), rest),
        0x81 => {
            let [length, rest @ ..] = rest else { return None };
            (if *length > 0x7F { usize::from(*length) } else { return None }, rest)
        }
        0x82 => {
            let (length, rest) = rest.split_first_chunk::<2>()?;
            let length = usize::from(u16::from_be_bytes(*length));
            (if length > 0xFF { length } else { return None }, rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// A UTCTime or GeneralizedTime with seconds and `Z`, and what follows it.
fn instant(der: &[u8]) -> Option<(Time, &[u8])> {
    let (digits, century, rest) = match element(der, UTC_TIME) {
        Some((text, rest)) => {
            let century: &[u8] = if *text.first()? >= b'5' { b"19" } else { b"20" };
            (text, century, rest)
        }
        None => {
            let (text, rest) = element(der, GENERALIZED_TIME)?;
            (text, &b""[..], rest)
        }
    };
    let digits = [century, digits].concat();
    let [y1, y2, y3, y4, m1, m2, d1, d2, h1, h2, n1, n2, s1, s2, b'Z'] = digits.as_slice() else {
        return None;
    };
    let text = [
        *y1, *y2, *y3, *y4, b'-', *m1, *m2, b'-', *d1, *d2, b'T', *h1, *h2, b':', *n1, *n2, b':', *s1, *s2,
        b'Z',
    ];
    // A certificate without an end says 9999 (RFC 5280, 4.1.2.5), which is beyond what a time here can hold.
    let time = Time::parse(&text).ok().or_else(|| text.starts_with(b"9999-12-31").then_some(Time::MAX));
    Some((time?, rest))
}

#[cfg(test)]
mod tests {
    use super::{Certificate, CertificateFault, element, instant};
    use alloc::string::ToString;
    use lockgate_bytes::Digest;
    use proptest::prelude::*;

    /// Self-signed by `openssl req -x509`.
    const PEM: &str = include_str!("../tests/certificate.pem");

    #[test]
    fn dates_and_fingerprint_are_those_that_openssl_shows() {
        let found = Certificate::read_pem(PEM.as_bytes()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(Digest::of(&found[0].der), found[0].sha256);
        assert_eq!(found[0].from.to_string(), "2026-01-01T00:00:00Z");
        assert_eq!(found[0].until.to_string(), "2036-11-19T03:24:33Z");
        assert_eq!(
            found[0].sha256.to_string(),
            "88e183922cbe72458bef09f6830aa40b629f4dfbcc83ade2522521692841fca8"
        );
    }

    #[test]
    fn other_files_are_refused() {
        for text in ["", "x", "-----BEGIN PRIVATE KEY-----\nZm9v\n-----END PRIVATE KEY-----\n"] {
            assert_eq!(Certificate::read_pem(text.as_bytes()), Err(CertificateFault::NotEncoded));
        }
        let other = "-----BEGIN CERTIFICATE-----\nZm9v\n-----END CERTIFICATE-----\n";
        assert_eq!(Certificate::read_pem(other.as_bytes()), Err(CertificateFault::Malformed));
    }

    #[test]
    fn both_kinds_of_times_are_read() {
        let shown = |der: &[u8]| instant(der).map(|(time, _)| time.to_string());
        assert_eq!(shown(b"\x17\x0D260301100500Z").as_deref(), Some("2026-03-01T10:05:00Z"));
        assert_eq!(shown(b"\x17\x0D990301100500Z").as_deref(), Some("1999-03-01T10:05:00Z"));
        assert_eq!(shown(b"\x18\x0F20560301100500Z").as_deref(), Some("2056-03-01T10:05:00Z"));
        assert!(shown(b"\x18\x0F99991231235959Z").is_some());
        for wrong in
            [&b"\x17\x0B2603011005Z"[..], b"\x17\x0D2603011005001", b"\x17\x0D261301100500Z", b"\x19\x00"]
        {
            assert_eq!(shown(wrong), None);
        }
    }

    #[test]
    fn lengths_are_as_short_as_can_be() {
        assert_eq!(element(b"\x30\x01ab", 0x30), Some((&b"a"[..], &b"b"[..])));
        assert!(element(&[&[0x30, 0x81, 0x80][..], &[0; 0x80]].concat(), 0x30).is_some());
        for wrong in [&b"\x30\x80"[..], b"\x30\x81\x01a", b"\x30\x82\x00\x01a", b"\x30\x02a", b"\x30", b""] {
            assert_eq!(element(wrong, 0x30), None);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Certificate::of_der(&bytes);
        }
    }
}
