//! The security group: 167 bytes in NITF 2.1 and NSIF 1.0 (MIL-STD-2500C, table A-1), 166 and sometimes 206 in NITF 2.0
//! (MIL-STD-2500A).

use super::fields::Fields;

/// Which of the two layouts a file has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// NITF 2.0.
    Two,
    /// NITF 2.1 and NSIF 1.0.
    TwoOne,
}

/// How a file or a segment is classified, in the order of the standard's own words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Unclassified,
    Restricted,
    Confidential,
    Secret,
    TopSecret,
}

impl Class {
    /// U, R, C, S or T; any other letter is no classification, and never the lowest one.
    fn of(letter: u8) -> Option<Self> {
        Some(match letter {
            b'U' => Self::Unclassified,
            b'R' => Self::Restricted,
            b'C' => Self::Confidential,
            b'S' => Self::Secret,
            b'T' => Self::TopSecret,
            _ => return None,
        })
    }

    /// What the letter stands for, in the standard's own words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Unclassified => "UNCLASSIFIED",
            Self::Restricted => "RESTRICTED",
            Self::Confidential => "CONFIDENTIAL",
            Self::Secret => "SECRET",
            Self::TopSecret => "TOP SECRET",
        }
    }
}

/// What of the group is compared between a file and its segments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Security<'a> {
    /// `None` where the letter is none of the five.
    pub(super) class: Option<Class>,
    /// Codewords, digraphs separated by blanks (2.1), or free text (2.0).
    pub(super) codewords: &'a [u8],
    /// Control and handling.
    pub(super) control: &'a [u8],
    /// Who it may be released to: country codes separated by blanks.
    pub(super) release: &'a [u8],
    /// What else of the group may say something: system and text (2.1), authority, control number, what it is downgraded by (2.0).
    pub(super) others: [&'a [u8]; 4],
}

impl<'a> Security<'a> {
    pub(super) fn read(fields: &mut Fields<'a>, version: Version) -> Option<Self> {
        let [letter] = *fields.fixed::<1>()?;
        let class = Class::of(letter);
        match version {
            Version::TwoOne => {
                let system = fields.text(2)?;
                let (codewords, control, release) = (fields.text(11)?, fields.text(2)?, fields.text(20)?);
                // Declassification 2 + 8 + 4, downgrade 1 + 8; the type of the authority; reason 1, source 8.
                fields.skip(23)?;
                let text = fields.text(43)?;
                fields.skip(1)?;
                let authority = fields.text(40)?;
                fields.skip(9)?;
                let others = [system, text, authority, fields.text(15)?];
                Some(Self { class, codewords, control, release, others })
            }
            Version::Two => {
                let (codewords, control, release) = (fields.text(40)?, fields.text(40)?, fields.text(40)?);
                let (authority, number) = (fields.text(20)?, fields.text(20)?);
                // A downgrade by an event is described in 40 further bytes.
                let event = if fields.text(6)? == b"999998" { fields.text(40)? } else { &[] };
                Some(Self { class, codewords, control, release, others: [authority, number, event, &[]] })
            }
        }
    }

    /// What of `part` is above this, in words; empty where the file covers its part.
    pub(super) fn lacks(&self, part: &Security<'_>) -> Vec<&'static str> {
        let mut lacks = Vec::new();
        if self.class.is_none() || part.class.is_none() || part.class > self.class {
            lacks.push("class");
        }
        if !words(part.codewords).all(|word| words(self.codewords).any(|own| own == word)) {
            lacks.push("codewords");
        }
        if !words(part.control).all(|word| words(self.control).any(|own| own == word)) {
            lacks.push("control and handling");
        }
        // A part with a list can be read by those alone; the file must not name anyone else, nor leave the list open.
        let listed = words(part.release).next().is_some();
        let within = words(self.release).all(|nation| words(part.release).any(|own| own == nation));
        let open = words(self.release).next().is_none() && self.class == Some(Class::Unclassified);
        if listed && (!within || open) {
            lacks.push("release list");
        }
        lacks
    }
}

/// The words of a field.
pub(super) fn words(field: &[u8]) -> impl Iterator<Item = &[u8]> {
    field.split(|byte| matches!(byte, b' ' | b'/' | b',' | 0)).filter(|word| !word.is_empty())
}
