//! NITF 2.1 and NSIF 1.0 (STANAG 4545): the security block of a file or segment header, 167 octets.

use super::contradiction;
use lockgate_bytes::Time;
use lockgate_reason::{Finding, schema};

super::levels! {
    /// Security classification of a file or segment, one letter.
    NitfLevel, "NITF 2.1", u8;
    /// UNCLASSIFIED.
    Unclassified = b'U' "UNCLASSIFIED",
    /// RESTRICTED.
    Restricted = b'R' "RESTRICTED",
    /// CONFIDENTIAL.
    Confidential = b'C' "CONFIDENTIAL",
    /// SECRET.
    Secret = b'S' "SECRET",
    /// TOP SECRET.
    TopSecret = b'T' "TOP SECRET",
}

/// Octets of a block.
const LENGTH: usize = 167;

/// What a field of the block may hold beside spaces.
#[derive(Clone, Copy)]
enum Holds {
    /// Printable ASCII, left-justified.
    Text,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A day, CCYYMMDD.
    Day,
    /// Countries: two or three capital letters each, one space between them.
    Countries,
}

/// The fields in their order, with their lengths; the classification itself stands before them.
const FIELDS: [(&str, usize, Holds); 15] = [
    ("CLSY", 2, Holds::Countries),
    ("CODE", 11, Holds::Text),
    ("CTLH", 2, Holds::Text),
    ("REL", 20, Holds::Countries),
    ("DCTP", 2, Holds::OneOf(&["DD", "DE", "GD", "GE", "O", "X"])),
    ("DCDT", 8, Holds::Day),
    ("DCXM", 4, Holds::Text),
    ("DG", 1, Holds::OneOf(&["S", "C", "R"])),
    ("DGDT", 8, Holds::Day),
    ("CLTX", 43, Holds::Text),
    ("CATP", 1, Holds::OneOf(&["O", "D", "M"])),
    ("CAUT", 40, Holds::Text),
    ("CRSN", 1, Holds::OneOf(&["A", "B", "C", "D", "E", "F", "G"])),
    ("SRDT", 8, Holds::Day),
    ("CTLN", 15, Holds::Text),
];

/// A security block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NitfSecurity<'a> {
    /// Its level.
    pub level: NitfLevel,
    /// The system that the level belongs to, such as `XN` for NATO; empty where none is named.
    pub system: &'a str,
    /// Codewords; empty where there are none.
    pub codewords: &'a str,
    /// Control and handling; empty where there is none.
    pub handling: &'a str,
    /// The countries it is releasable to, as written. The field holds five: a sixth may have been cut off.
    pub releasable_to: &'a str,
}

impl<'a> NitfSecurity<'a> {
    /// Reads a block: every field of its width and alphabet, filled up with spaces at its right.
    ///
    /// # Errors
    /// LG-S009 where a field is not as its format asks, LG-M039 an unknown level, LG-M040 where fields are filled but no
    /// system says whose they are.
    pub fn read(block: &'a [u8; LENGTH]) -> Result<Self, Finding> {
        let [level, fields @ ..] = block;
        let level = NitfLevel::read(*level)?;
        let text = core::str::from_utf8(fields)
            .ok()
            .filter(|text| text.bytes().all(|byte| matches!(byte, b' '..=b'~')));
        let mut rest = text.ok_or_else(wrong)?;
        let mut found = [""; FIELDS.len()];
        for ((_, length, holds), place) in FIELDS.iter().zip(&mut found) {
            let (field, behind) = rest.split_at_checked(*length).ok_or_else(wrong)?;
            let value = field.trim_end_matches(' ');
            if value.starts_with(' ') || !(value.is_empty() || holds.takes(value)) {
                return Err(wrong());
            }
            (*place, rest) = (value, behind);
        }
        let [system, codewords, handling, releasable_to, others @ ..] = found;
        let filled =
            [codewords, handling, releasable_to].iter().chain(&others).any(|value| !value.is_empty());
        if system.is_empty() && filled {
            return Err(contradiction(
                "a security block with fields that belong to no classification system",
            ));
        }
        Ok(Self { level, system, codewords, handling, releasable_to })
    }

    /// The countries it is releasable to.
    pub fn countries(&self) -> impl Iterator<Item = &'a str> {
        self.releasable_to.split(' ').filter(|country| !country.is_empty())
    }
}

impl Holds {
    fn takes(self, value: &str) -> bool {
        match self {
            Self::Text => true,
            Self::OneOf(list) => list.contains(&value),
            Self::Day => day(value),
            Self::Countries => value.split(' ').all(|country| {
                matches!(country.len(), 2 | 3) && country.bytes().all(|byte| byte.is_ascii_uppercase())
            }),
        }
    }
}

fn day(value: &str) -> bool {
    let Ok([a, b, c, d, e, f, g, h]) = <[u8; 8]>::try_from(value.as_bytes()) else { return false };
    Time::parse_date(&[a, b, c, d, b'-', e, f, b'-', g, h]).is_ok()
}

fn wrong() -> Finding {
    Finding::new(schema::BAD_VALUE).saying("a field of the security block is not as NITF 2.1 asks")
}
