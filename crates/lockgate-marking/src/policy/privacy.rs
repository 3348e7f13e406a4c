//! Privacy marks: hints for the reader, outside of every access decision.

use crate::spif::{RawMark, RawMarks};
use crate::text::Compare;
use alloc::string::String;
use alloc::vec::Vec;

/// Most privacy marks of one policy: one bit each in a label.
pub(crate) const MAX_MARKS: usize = 64;
/// The one privacy mark of NATO (ADatP-4774, appendix 1).
pub(crate) const CLEAR: &str = "CLEAR";

/// The privacy marks of a policy.
#[derive(Debug, Clone, Default)]
pub(crate) struct Privacy {
    marks: Vec<Mark>,
    /// Fewest of them that a label carries.
    pub(crate) least: u32,
    /// Most of them, where the file says.
    pub(crate) most: Option<u32>,
}

#[derive(Debug, Clone)]
struct Mark {
    name: String,
    obsolete: bool,
}

impl Privacy {
    /// Those that a SPIF lists. A policy of NATO has CLEAR, whatever its file lists.
    pub(crate) fn of(raw: &RawMarks<'_>, is_nato: bool) -> Self {
        let mark = |mark: &RawMark<'_>| Mark { name: mark.name.into(), obsolete: mark.obsolete };
        let mut marks: Vec<Mark> = raw.list.iter().map(mark).collect();
        if is_nato && marks.iter().all(|mark| mark.name != CLEAR) {
            marks.insert(0, Mark { name: CLEAR.into(), obsolete: false });
        }
        // More of them are an error already.
        marks.truncate(MAX_MARKS);
        Self { marks, least: raw.least, most: raw.most }
    }

    /// The bit of the one mark with this name.
    pub(crate) fn find(&self, name: &str, compare: Compare) -> Option<u64> {
        let mut found =
            (0_u32..).zip(&self.marks).filter(|(_, mark)| compare.equal(&mark.name, name)).map(|(at, _)| at);
        let at = found.next()?;
        found.next().is_none().then(|| 1_u64.wrapping_shl(at))
    }

    /// The names of the marks in `bits`.
    pub(crate) fn names(&self, bits: u64) -> impl Iterator<Item = &str> {
        self.in_bits(bits).map(|mark| mark.name.as_str())
    }

    /// The name of one of them that new labels no longer carry.
    pub(crate) fn obsolete(&self, bits: u64) -> Option<&str> {
        self.in_bits(bits).find(|mark| mark.obsolete).map(|mark| mark.name.as_str())
    }

    fn in_bits(&self, bits: u64) -> impl Iterator<Item = &Mark> {
        let is_in = move |at: u32| bits & 1_u64.wrapping_shl(at) != 0;
        (0_u32..).zip(&self.marks).filter(move |(at, _)| is_in(*at)).map(|(_, mark)| mark)
    }
}

/// The privacy marks of one policy in another: those of one name.
#[derive(Debug, Clone)]
pub(crate) struct PrivacyMap(Vec<Option<u64>>);

impl PrivacyMap {
    pub(crate) fn new(from: &Privacy, to: &Privacy) -> Self {
        let exact = Compare { fold: false };
        Self(from.marks.iter().map(|mark| to.find(&mark.name, exact)).collect())
    }

    /// `None` where one of them is not there: no hint of the originator is ever lost.
    pub(crate) fn translate(&self, bits: u64) -> Option<u64> {
        let mut left = bits;
        let mut translated = 0;
        for (at, to) in (0_u32..64).zip(&self.0) {
            let bit = 1_u64.wrapping_shl(at);
            if left & bit != 0 {
                translated |= (*to)?;
                left &= !bit;
            }
        }
        (left == 0).then_some(translated)
    }
}
