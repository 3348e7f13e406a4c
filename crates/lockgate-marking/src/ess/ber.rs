//! The basic encoding rules of ASN.1 (ITU-T X.690), as far as labels need them: strict, bounded, nothing kept.
//!
//! Read: tags below 31, definite lengths in the shortest form, indefinite lengths of constructed values, strings in
//! segments. Refused: everything longer than it says or than it may be, lengths with leading zeros, deeper than
//! [`MAX_DEPTH`], more than [`MAX_VALUES`] values, bytes behind the end.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write as _;

/// Deepest nesting.
const MAX_DEPTH: u8 = 16;
/// Most values in one file.
const MAX_VALUES: u32 = 10_000;
/// Most bytes of a bit string: 32,768 bits. Codes of NATO go to 10,000.
const MAX_BIT_BYTES: usize = 4096;
/// Most bits that are set.
const MAX_BITS: usize = 512;
/// Most bytes of a text.
const MAX_TEXT: usize = 1024;
/// Most arcs of an object identifier.
const MAX_ARCS: usize = 32;

/// The tags that labels use: class, constructed bit and number, as they stand in the first octet.
pub(super) mod tag {
    pub(in crate::ess) const INTEGER: u8 = 0x02;
    pub(in crate::ess) const BITS: u8 = 0x03;
    pub(in crate::ess) const OCTETS: u8 = 0x04;
    pub(in crate::ess) const OID: u8 = 0x06;
    pub(in crate::ess) const UTF8: u8 = 0x0C;
    pub(in crate::ess) const PRINTABLE: u8 = 0x13;
    pub(in crate::ess) const SEQUENCE: u8 = 0x30;
    pub(in crate::ess) const SET: u8 = 0x31;
    pub(in crate::ess) const CONSTRUCTED: u8 = 0x20;
    /// `[n]` of the context, primitive.
    pub(in crate::ess) const CONTEXT: u8 = 0x80;
}

/// What is wrong with the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// They are no BER, or no BER within our bounds; what.
    Encoding(&'static str),
    /// They are BER, but not of the type that is read; what.
    Type(&'static str),
}

/// One value: its first octet and its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
}

/// Checks that `bytes` are exactly one value of BER, all through.
///
/// # Errors
/// [`Fault::Encoding`].
pub(super) fn check(bytes: &[u8]) -> Result<(), Fault> {
    let mut left = MAX_VALUES;
    let (_, rest) = split(bytes, MAX_DEPTH, &mut left)?;
    if rest.is_empty() { Ok(()) } else { Err(Fault::Encoding("bytes behind the end of the value")) }
}

/// The first value and what stands behind it; every value inside of it is looked at too.
fn split<'a>(bytes: &'a [u8], depth: u8, left: &mut u32) -> Result<(Value<'a>, &'a [u8]), Fault> {
    let fault = |says| Err(Fault::Encoding(says));
    *left = left.checked_sub(1).ok_or(Fault::Encoding("more values than are read"))?;
    let [tag, rest @ ..] = bytes else { return fault("cut off") };
    if tag & 0x1F == 0x1F {
        return fault("a tag of more than one octet");
    }
    if *tag == 0 {
        return fault("an end where none was open");
    }
    let is_constructed = tag & tag::CONSTRUCTED != 0;
    let depth = depth.checked_sub(1).ok_or(Fault::Encoding("nested deeper than is read"))?;
    let (length, rest) = length(rest)?;
    let Some(length) = length else {
        if !is_constructed {
            return fault("an indefinite length of a primitive value");
        }
        let mut inner = rest;
        loop {
            if let [0, 0, behind @ ..] = inner {
                let content = rest.get(..rest.len().saturating_sub(inner.len())).unwrap_or(&[]);
                return Ok((Value { tag: *tag, content }, behind));
            }
            (_, inner) = split(inner, depth, left)?;
        }
    };
    let (Some(content), Some(behind)) = (rest.get(..length), rest.get(length..)) else {
        return fault("longer than what is there");
    };
    let mut inner = content;
    while is_constructed && !inner.is_empty() {
        (_, inner) = split(inner, depth, left)?;
    }
    Ok((Value { tag: *tag, content }, behind))
}

/// The length and what stands behind it; `None` for the indefinite one.
fn length(bytes: &[u8]) -> Result<(Option<usize>, &[u8]), Fault> {
    let fault = |says| Err(Fault::Encoding(says));
    let [first, rest @ ..] = bytes else { return fault("cut off") };
    let octets = usize::from(first & 0x7F);
    match first {
        0x80 => Ok((None, rest)),
        0..=0x7F => Ok((Some(octets), rest)),
        _ if octets > 4 => fault("a length of more than four octets"),
        _ => {
            let (Some(octets), Some(behind)) = (rest.get(..octets), rest.get(octets..)) else {
                return fault("cut off");
            };
            let length = octets.iter().fold(0_usize, |sum, octet| (sum << 8) | usize::from(*octet));
            if length < 0x80 || octets.first() == Some(&0) {
                return fault("a length that is not in its shortest form");
            }
            Ok((Some(length), behind))
        }
    }
}

/// The values inside of a constructed one, one by one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values<'a>(&'a [u8]);

impl<'a> Values<'a> {
    /// Those in `content`, which [`check`] has seen.
    pub(super) fn of(content: &'a [u8]) -> Self {
        Self(content)
    }

    /// The next one.
    pub(super) fn next(&mut self) -> Result<Option<Value<'a>>, Fault> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let mut left = MAX_VALUES;
        let (value, rest) = split(self.0, MAX_DEPTH, &mut left)?;
        self.0 = rest;
        Ok(Some(value))
    }

    /// The next one, which is there and has this tag.
    pub(super) fn expect(&mut self, tag: u8, what: &'static str) -> Result<Value<'a>, Fault> {
        self.next()?.filter(|value| value.tag == tag).ok_or(Fault::Type(what))
    }

    /// Nothing more follows.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        match self.next()? {
            None => Ok(()),
            Some(_) => Err(Fault::Type("a value that its type does not have")),
        }
    }
}

impl<'a> Value<'a> {
    /// What is inside of a constructed value.
    pub(super) fn values(self) -> Values<'a> {
        Values(self.content)
    }

    /// The only value inside of it.
    pub(super) fn only(self) -> Result<Value<'a>, Fault> {
        let mut inside = self.values();
        let value = inside.next()?.ok_or(Fault::Type("an empty value"))?;
        inside.end().map(|()| value)
    }

    /// A number that is not negative, in its shortest form.
    pub(super) fn number(self) -> Result<u64, Fault> {
        match self.content {
            [] => Err(Fault::Type("a number without octets")),
            [first, ..] if first & 0x80 != 0 => Err(Fault::Type("a negative number")),
            [0, second, ..] if second & 0x80 == 0 => Err(Fault::Encoding("a number with leading zeros")),
            octets if octets.len() > 8 => Err(Fault::Type("a number that is larger than is read")),
            octets => Ok(octets.iter().fold(0, |sum, octet| (sum << 8) | u64::from(*octet))),
        }
    }

    /// An object identifier in dotted form.
    pub(super) fn identifier(self) -> Result<String, Fault> {
        let mut arcs: Vec<u64> = Vec::new();
        let (mut arc, mut open) = (0_u64, false);
        for octet in self.content {
            if !open && *octet == 0x80 {
                return Err(Fault::Encoding("an arc of an object identifier with leading zeros"));
            }
            if arc >> 56 != 0 {
                return Err(Fault::Type("an arc of an object identifier that is larger than is read"));
            }
            arc = (arc << 7) | u64::from(octet & 0x7F);
            open = octet & 0x80 != 0;
            if !open {
                arcs.push(arc);
                arc = 0;
            }
        }
        let Some((first, others)) = arcs.split_first().filter(|_| !open && arcs.len() < MAX_ARCS) else {
            return Err(Fault::Encoding("an object identifier that is empty, cut off or too long"));
        };
        // The first two arcs stand in one number: 40 times the first, which is 0, 1 or 2, plus the second.
        let root = (first / 40).min(2);
        let mut text = String::new();
        let _ = write!(text, "{root}.{}", first.saturating_sub(root.saturating_mul(40)));
        for arc in others {
            let _ = write!(text, ".{arc}");
        }
        Ok(text)
    }

    /// The numbers of the bits that are set, bit 0 first; the unused bits of the last octet are zero. The string may
    /// come in segments, of the tag `BIT STRING`.
    pub(super) fn bits(self) -> Result<Vec<u64>, Fault> {
        let mut octets: Vec<u8> = Vec::new();
        let mut unused = 0_u8;
        self.segments(tag::BITS, &mut |segment| {
            let [first, rest @ ..] = segment else {
                return Err(Fault::Encoding("a bit string without octets"));
            };
            let fits = *first < 8 && (*first == 0 || !rest.is_empty());
            if unused != 0 || !fits || octets.len().saturating_add(rest.len()) > MAX_BIT_BYTES {
                return Err(Fault::Encoding(
                    "a bit string that is too long, or with unused bits that cannot be",
                ));
            }
            unused = *first;
            octets.extend(rest);
            Ok(())
        })?;
        if octets.last().is_some_and(|last| last.trailing_zeros() < u32::from(unused)) {
            return Err(Fault::Encoding("unused bits that are set"));
        }
        let mut set = Vec::new();
        for (octet, base) in octets.iter().zip((0_u64..).step_by(8)) {
            let is_set = |bit: &u64| octet & (0x80_u8 >> (bit & 7)) != 0;
            set.extend((0..8).filter(is_set).map(|bit| base.saturating_add(bit)));
            if set.len() > MAX_BITS {
                return Err(Fault::Type("more than 512 bits that are set"));
            }
        }
        Ok(set)
    }

    /// A text in UTF-8, or of the letters of `PrintableString`. It may come in segments, of the tag `OCTET STRING`.
    pub(super) fn text(self) -> Result<String, Fault> {
        let mut octets: Vec<u8> = Vec::new();
        self.segments(tag::OCTETS, &mut |segment| {
            octets.extend(segment);
            if octets.len() > MAX_TEXT {
                Err(Fault::Type("a text that is longer than is read"))
            } else {
                Ok(())
            }
        })?;
        let printable = |octet: &u8| octet.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(octet);
        if self.tag & !tag::CONSTRUCTED == tag::PRINTABLE && !octets.iter().all(printable) {
            return Err(Fault::Type("a character that PrintableString does not have"));
        }
        String::from_utf8(octets).map_err(|_| Fault::Type("a text that is not UTF-8"))
    }

    fn segments(self, of: u8, each: &mut dyn FnMut(&[u8]) -> Result<(), Fault>) -> Result<(), Fault> {
        if self.tag & tag::CONSTRUCTED == 0 {
            return each(self.content);
        }
        let mut inside = self.values();
        while let Some(segment) = inside.next()? {
            if segment.tag != of {
                return Err(Fault::Encoding("a segment of another type"));
            }
            each(segment.content)?;
        }
        Ok(())
    }

    /// True where it has this tag, or is a string of this tag in segments.
    pub(super) fn is_string(self, tag: u8) -> bool {
        self.tag & !tag::CONSTRUCTED == tag
    }
}

#[cfg(test)]
mod tests;
