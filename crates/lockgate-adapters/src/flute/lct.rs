//! Datagrams as ALC writes them (RFC 5775 over RFC 5651): a header of whole words, extensions, then what is carried.
//!
//! ```text
//!   version (4 bits), C (2), PSI (2), S (1), O (2), H (1), reserved (2), A (1), B (1), words of the header (8), codepoint (8)
//!   congestion control, 4 (C + 1) bytes; session, 4 S + 2 H; object, 4 O + 2 H; extensions
//! ```
//!
//! Ours have no congestion control (its field is zero: the rate is the deployment's), 4 bytes of session and 8 of object, 4 for the
//! FDT. What others send may be of any of the lengths that the standard has.

use alloc::vec::Vec;
use lockgate_bytes::{Reader, Untrusted};

/// Bytes before what a datagram of an object carries: header and FEC payload ID.
pub const OBJECT_HEAD: usize = 24;
/// The same of an FDT, with its two extensions.
pub(super) const FDT_HEAD: usize = 40;
/// Version of LCT and ALC.
const VERSION: u8 = 1;
/// Version of FLUTE (RFC 6726, 3.4.1).
const FLUTE: u8 = 2;
/// Extensions (RFC 5651, 5.2; RFC 5775, 4.2; RFC 6726, 3.4).
const EXT_FTI: u8 = 64;
const EXT_FDT: u8 = 192;
const EXT_CENC: u8 = 193;
/// From here on an extension is one word.
const ONE_WORD: u8 = 128;

/// The header of a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// The session; none where the field is not there.
    pub session: Option<u64>,
    /// The object, 0 for the FDT; none where the field is not there.
    pub object: Option<u128>,
    /// The session ends (flag A).
    pub ends_session: bool,
    /// The object ends (flag B).
    pub ends_object: bool,
    /// What FLUTE has the FEC encoding ID in.
    pub codepoint: u8,
    /// The number of an FDT instance (extension 192).
    pub instance: Option<u32>,
    /// What `EXT_FTI` carries, without type and length.
    pub fti: Option<&'a [u8]>,
    /// FEC payload ID and symbols; nothing where the datagram carries none.
    pub payload: &'a [u8],
}

/// Why a datagram is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderFault {
    /// It ends before its header does.
    Short,
    /// Of another version of LCT or of FLUTE.
    Version,
    /// Its parts do not go together, or an extension stands twice.
    Malformed,
    /// What it carries is encoded (`EXT_CENC`): nothing here takes that off.
    Encoded,
}

impl<'a> Header<'a> {
    /// Reads the header of a datagram. Extensions that are not known are passed over by their length, as the standard asks.
    ///
    /// # Errors
    /// [`HeaderFault`].
    pub fn read(datagram: &'a [u8]) -> Result<Self, HeaderFault> {
        let [first, flags, words, codepoint, ..] = *datagram else { return Err(HeaderFault::Short) };
        if first >> 4 != VERSION {
            return Err(HeaderFault::Version);
        }
        let length = usize::from(words).saturating_mul(4);
        let (head, payload) = datagram.split_at_checked(length).ok_or(HeaderFault::Short)?;
        let mut reader = Untrusted::new(head.get(4..).ok_or(HeaderFault::Malformed)?).reader();
        let bit = |at: u8| usize::from(flags >> at & 1);
        let (half, wide) = (bit(4).saturating_mul(2), usize::from(first >> 2 & 3).saturating_add(1));
        let mut field = |bytes: usize| number(&mut reader, bytes);
        field(wide.saturating_mul(4))?;
        let session = field(bit(7).saturating_mul(4).saturating_add(half))?;
        let object = field(usize::from(flags >> 5 & 3).saturating_mul(4).saturating_add(half))?;
        let mut header = Self {
            session: session.and_then(|number| u64::try_from(number).ok()),
            object,
            ends_session: bit(1) == 1,
            ends_object: bit(0) == 1,
            codepoint,
            instance: None,
            fti: None,
            payload,
        };
        while !reader.at_end() {
            header.extension(&mut reader)?;
        }
        Ok(header)
    }

    fn extension(&mut self, reader: &mut Reader<'a>) -> Result<(), HeaderFault> {
        let malformed = HeaderFault::Malformed;
        let kind = reader.byte().ok_or(malformed)?;
        let length = if kind >= ONE_WORD { 3 } else { words(reader.byte().ok_or(malformed)?)? };
        let body = reader.take(length).ok_or(malformed)?;
        match (kind, body) {
            (EXT_FDT, [high, middle, low]) => {
                if high >> 4 != FLUTE {
                    return Err(HeaderFault::Version);
                }
                let number = u32::from_be_bytes([0, high & 15, *middle, *low]);
                if self.instance.replace(number).is_some() {
                    return Err(malformed);
                }
            }
            (EXT_CENC, [encoding, ..]) if *encoding != 0 => return Err(HeaderFault::Encoded),
            (EXT_FTI, body) if self.fti.replace(body).is_some() => return Err(malformed),
            _ => {}
        }
        Ok(())
    }
}

/// Bytes of a longer extension behind its length, which counts words and itself.
fn words(length: u8) -> Result<usize, HeaderFault> {
    usize::from(length).saturating_mul(4).checked_sub(2).ok_or(HeaderFault::Malformed)
}

/// A field of up to 16 bytes; none where it has no length.
fn number(reader: &mut Reader<'_>, bytes: usize) -> Result<Option<u128>, HeaderFault> {
    let field = reader.take(bytes).ok_or(HeaderFault::Malformed)?;
    let number = field.iter().fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    Ok((bytes > 0).then_some(number))
}

/// What a datagram of an object begins with, before its FEC payload ID.
#[derive(Clone, Copy, Debug)]
pub(super) struct ObjectHead {
    pub(super) session: u32,
    pub(super) object: u64,
    pub(super) codepoint: u8,
    pub(super) ends: bool,
}

impl ObjectHead {
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        // S = 1, O = 2.
        out.extend([VERSION << 4, 0xC0 | u8::from(self.ends), 5, self.codepoint, 0, 0, 0, 0]);
        out.extend(self.session.to_be_bytes());
        out.extend(self.object.to_be_bytes());
    }
}

/// What a datagram of an FDT instance begins with, before its FEC payload ID: no code, and the extension that says so.
pub(super) fn write_fdt_head(session: u32, instance: u32, fti: &[u8; 16], out: &mut Vec<u8>) {
    // S = 1, O = 1.
    out.extend([VERSION << 4, 0xA0, 9, 0, 0, 0, 0, 0]);
    out.extend(session.to_be_bytes());
    out.extend([0; 4]);
    let [_, high, middle, low] = instance.to_be_bytes();
    out.extend([EXT_FDT, FLUTE << 4 | high & 15, middle, low]);
    out.extend(fti);
}

/// A sign of life: a header without an object (RFC 5775, 4.1).
pub(super) fn write_sign(session: u32, out: &mut Vec<u8>) {
    out.extend([VERSION << 4, 0x80, 3, 0, 0, 0, 0, 0]);
    out.extend(session.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::{FDT_HEAD, Header, HeaderFault, OBJECT_HEAD, ObjectHead, write_fdt_head, write_sign};
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn object() -> Vec<u8> {
        let mut out = Vec::new();
        ObjectHead { session: 7, object: 0x1_0000_0002, codepoint: 6, ends: true }.write(&mut out);
        out
    }

    #[test]
    fn what_is_written_is_read() {
        let mut out = object();
        out.extend([9; 4]);
        assert_eq!(out.len(), OBJECT_HEAD);
        let header = Header::read(&out).unwrap();
        assert_eq!((header.session, header.object), (Some(7), Some(0x1_0000_0002)));
        assert_eq!((header.codepoint, header.ends_object, header.ends_session), (6, true, false));
        assert_eq!((header.instance, header.fti, header.payload), (None, None, &[9; 4][..]));
        let (mut out, mut fti) = (Vec::new(), [5; 16]);
        (fti[0], fti[1]) = (64, 4);
        write_fdt_head(7, 0xA_BCDE, &fti, &mut out);
        assert_eq!(out.len() + 4, FDT_HEAD);
        let header = Header::read(&out).unwrap();
        assert_eq!(
            (header.object, header.instance, header.fti),
            (Some(0), Some(0xA_BCDE), Some(&[5; 14][..]))
        );
        let mut out = Vec::new();
        write_sign(7, &mut out);
        let header = Header::read(&out).unwrap();
        assert_eq!((header.session, header.object, header.payload.len()), (Some(7), None, 0));
    }

    /// Every length of congestion control, session and object that the standard has, with extensions that nobody knows between.
    #[test]
    fn headers_of_any_length_are_read_and_unknown_extensions_are_passed_over() {
        for (c, s, o, h) in (0..4_u8).flat_map(|c| {
            (0..2_u8).flat_map(move |s| (0..4_u8).flat_map(move |o| (0..2_u8).map(move |h| (c, s, o, h))))
        }) {
            let half = usize::from(h) * 2;
            let (session, object) = (usize::from(s) * 4 + half, usize::from(o) * 4 + half);
            let mut out = alloc::vec![0x10 | c << 2 | 3, s << 7 | o << 5 | h << 4 | 0b1100, 0, 6];
            out.extend(alloc::vec![0xEE; usize::from(c + 1) * 4]);
            for length in [session, object] {
                out.extend((1..=length).map(|at| u8::from(at == length)));
            }
            // EXT_NOP, EXT_TIME of three words, a fixed one of nobody's.
            out.extend([0, 1, 9, 9]);
            out.extend([2, 3, 0xC0, 0, 1, 2, 3, 4, 5, 6, 7, 8]);
            out.extend([200, 1, 2, 3]);
            out[2] = (out.len() / 4) as u8;
            out.push(0xAA);
            let header = Header::read(&out).unwrap();
            assert_eq!(header.session, (session > 0).then_some(1), "{c} {s} {o} {h}");
            assert_eq!(header.object, (object > 0).then_some(1), "{c} {s} {o} {h}");
            assert_eq!(header.payload, [0xAA]);
        }
    }

    #[test]
    fn what_does_not_go_together_is_a_fault() {
        let good = object();
        for (at, byte, fault) in [
            (0, 0x20, HeaderFault::Version),
            (2, 4, HeaderFault::Malformed),
            (2, 0, HeaderFault::Malformed),
            (2, 6, HeaderFault::Short),
        ] {
            let mut bad = good.clone();
            bad[at] = byte;
            assert_eq!(Header::read(&bad), Err(fault), "{at} {byte}");
        }
        let with = |extensions: &[u8]| {
            let mut out = good.clone();
            out.extend(extensions);
            out[2] = (out.len() / 4) as u8;
            Header::read(&out).err()
        };
        assert_eq!(with(&[192, 0x20, 0, 1]), None);
        assert_eq!(with(&[192, 0x10, 0, 1]), Some(HeaderFault::Version));
        assert_eq!(with(&[192, 0x20, 0, 1, 192, 0x20, 0, 1]), Some(HeaderFault::Malformed));
        assert_eq!(with(&[193, 0, 0, 0]), None);
        assert_eq!(with(&[193, 3, 0, 0]), Some(HeaderFault::Encoded));
        assert_eq!(with(&[64, 1, 0, 0, 64, 1, 0, 0]), Some(HeaderFault::Malformed));
        assert_eq!(with(&[7, 0, 0, 0]), Some(HeaderFault::Malformed), "no length");
        assert_eq!(with(&[7, 2, 0, 0]), Some(HeaderFault::Malformed), "beyond the header");
        for length in 0..good.len() {
            assert!(Header::read(&good[..length]).is_err(), "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_at_all(mut bytes in prop::collection::vec(any::<u8>(), 0..90), is_ours: bool) {
            if is_ours && let Some(first) = bytes.first_mut() {
                *first = 0x10 | *first & 15;
            }
            if let Ok(header) = Header::read(&bytes) {
                prop_assert!(header.payload.len() + 8 <= bytes.len());
            }
        }
    }
}
