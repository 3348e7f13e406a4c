//! Privacy marks: hints for the reader, outside of every access decision.

use crate::spif::NAMESPACE;
use crate::text::Compare;
use alloc::string::String;
use alloc::vec::Vec;
use roxmltree::Node;

/// Most privacy marks of one policy: one bit each in a label.
const MAX_MARKS: usize = 64;
/// The one privacy mark of NATO (ADatP-4774, appendix 1).
pub(crate) const CLEAR: &str = "CLEAR";

/// The privacy marks of a policy.
#[derive(Debug, Clone, Default)]
pub(crate) struct Privacy {
    marks: Vec<Mark>,
    /// Fewest of them that a label carries.
    pub(crate) least: u32,
}

#[derive(Debug, Clone)]
struct Mark {
    name: String,
    obsolete: bool,
}

impl Privacy {
    /// Those that a SPIF lists. A policy of NATO has CLEAR, whatever its file lists.
    pub(crate) fn read(root: Node<'_, '_>, is_nato: bool) -> Self {
        let mut privacy = Self::default();
        let lists = root.children().filter(|node| node.has_tag_name((NAMESPACE, "privacyMarks")));
        for list in lists {
            let least = list.attribute("minSelection").and_then(|least| least.parse().ok());
            privacy.least = privacy.least.max(least.unwrap_or(0));
            let marks = list.children().filter(|node| node.has_tag_name((NAMESPACE, "privacyMark")));
            let mark = |node: Node<'_, '_>| Mark {
                name: node.attribute("name").unwrap_or("").into(),
                obsolete: matches!(node.attribute("obsolete"), Some("true" | "1")),
            };
            privacy.marks.extend(marks.map(mark).filter(|mark| !mark.name.is_empty()));
        }
        if is_nato && privacy.marks.iter().all(|mark| mark.name != CLEAR) {
            privacy.marks.insert(0, Mark { name: CLEAR.into(), obsolete: false });
        }
        privacy.marks.truncate(MAX_MARKS);
        privacy
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
        self.of(bits).map(|mark| mark.name.as_str())
    }

    /// The name of one of them that new labels no longer carry.
    pub(crate) fn obsolete(&self, bits: u64) -> Option<&str> {
        self.of(bits).find(|mark| mark.obsolete).map(|mark| mark.name.as_str())
    }

    fn of(&self, bits: u64) -> impl Iterator<Item = &Mark> {
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
