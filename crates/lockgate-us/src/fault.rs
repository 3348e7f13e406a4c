//! What is wrong with a marking: a stable code, a place, a reason.

use core::fmt;
use core::ops::Range;

/// One fault of a marking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The stable code: `U0xx` of [`CODES`], or the code of a rule (`U1xx`) in [`crate::RULES`].
    pub code: &'static str,
    /// Where in the text, as bytes; the whole text where the fault is of the whole.
    pub at: Range<usize>,
    /// What is wrong and what to do. Never holds text of the marking itself.
    pub says: &'static str,
    /// Who says so.
    pub cites: &'static str,
}

impl Fault {
    /// A fault with the words of its code.
    pub(crate) fn new(code: &'static str, at: Range<usize>) -> Self {
        let (says, cites) = CODES
            .iter()
            .find(|known| known.0 == code)
            .map_or(("the marking is not understood", ""), |known| (known.1, known.2));
        Self { code, at, says, cites }
    }

    /// The same fault, `by` bytes further on.
    pub(crate) fn moved(mut self, by: usize) -> Self {
        self.at = self.at.start.saturating_add(by)..self.at.end.saturating_add(by);
        self
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at {}..{}: {} [{}]", self.code, self.at.start, self.at.end, self.says, self.cites)
    }
}

pub(crate) const LONG: &str = "U001";
pub(crate) const LETTER: &str = "U002";
pub(crate) const EMPTY: &str = "U003";
pub(crate) const SPACE: &str = "U004";
pub(crate) const LEVEL: &str = "U005";
pub(crate) const UNKNOWN: &str = "U006";
pub(crate) const CATEGORY_ORDER: &str = "U007";
pub(crate) const CATEGORY_TWICE: &str = "U008";
pub(crate) const CATEGORY_MIXED: &str = "U009";
pub(crate) const TWICE: &str = "U010";
pub(crate) const ORDER: &str = "U011";
pub(crate) const COUNTRY: &str = "U012";
pub(crate) const LIST_ORDER: &str = "U013";
pub(crate) const PARENTHESES: &str = "U014";
pub(crate) const LIST_EMPTY: &str = "U015";
pub(crate) const ATTRIBUTE: &str = "U020";
pub(crate) const VALUE: &str = "U021";
pub(crate) const VALUE_TWICE: &str = "U022";
pub(crate) const NO_LEVEL: &str = "U023";
pub(crate) const DATE: &str = "U024";
pub(crate) const BANNERS_DIFFER: &str = "U031";
pub(crate) const LOOSER: &str = "U032";
pub(crate) const STRICTER: &str = "U033";
pub(crate) const UNMARKED: &str = "U034";
pub(crate) const TOO_MANY: &str = "U035";
pub(crate) const ONLY_PORTIONS: &str = "U036";

/// Codes of faults that no rule of the register states: code, what is wrong and what to do, who says so.
pub const CODES: &[(&str, &str, &str)] = &[
    (LONG, "the marking, a value or a list is longer than any that is read; shorten it", "Lockgate"),
    (LETTER, "a marking is written in capitals, digits and - / , : . _ only", "CAPCO 2016 D.1"),
    (
        EMPTY,
        "nothing stands between two slashes; a category that does not apply has no place-holder",
        "CAPCO 2016 D.1",
    ),
    (SPACE, "one space between words, none beside a slash or hyphen", "CAPCO 2016 D.1"),
    (LEVEL, "no classification that this edition knows stands where it belongs", "CAPCO 2016 D.1"),
    (
        UNKNOWN,
        "not a marking of this edition's register, or not in the form for a banner or portion",
        "CAPCO 2016 G.1",
    ),
    (CATEGORY_ORDER, "a category stands after one that it precedes", "CAPCO 2016 D.1"),
    (CATEGORY_TWICE, "a category stands twice; join its entries with a single slash", "CAPCO 2016 D.1"),
    (
        CATEGORY_MIXED,
        "an entry of another category; separate categories with a double slash",
        "CAPCO 2016 D.1",
    ),
    (TWICE, "the same entry stands twice", "ISM-ID-00236"),
    (ORDER, "entries of a category stand in the order of the register", "CAPCO 2016 D.1"),
    (
        COUNTRY,
        "not a country or organisation code, or not separated as this list is",
        "CAPCO 2016 G.1, H.3, H.8",
    ),
    (
        LIST_ORDER,
        "countries in alphabetical order, then organisations; USA first in REL TO",
        "CAPCO 2016 H.3, H.8",
    ),
    (PARENTHESES, "a portion mark is enclosed in one pair of parentheses", "CAPCO 2016 C.1"),
    (LIST_EMPTY, "a list without a country or organisation", "CAPCO 2016 G.1"),
    (ATTRIBUTE, "not an attribute of ISM that this edition reads", "ISM-ID-00125"),
    (VALUE, "not a value of this attribute in this edition", "ISM-ID-00253 to 00267"),
    (VALUE_TWICE, "an attribute or one of its values stands twice", "ISM-ID-00236"),
    (NO_LEVEL, "no classification or no owner, and both are needed", "ISM-ID-00002"),
    (DATE, "not a date of the form 2026-03-01", "ISM-ID-00379"),
    (BANNERS_DIFFER, "two banner lines of one text differ; the strictest counts", "CAPCO 2016 D"),
    (LOOSER, "the banner line does not cover every portion", "ISM-ID-00056, 00318"),
    (
        STRICTER,
        "the banner line is stricter than its portions, and no compilation reason is known",
        "ISM-ID-00108 to 00110",
    ),
    (UNMARKED, "no banner line and no portion mark", "CAPCO 2016 B.1"),
    ("U040", "no release that every portion allows is left: NOFORN", "CAPCO 2016 Table 3"),
    ("U041", "a source is concealed, so no source is named", "CAPCO 2016 D.2"),
    ("U042", "the exemption needs a date or event, and no portion states one", "ISM-ID-00141"),
    ("U043", "no portion takes part in the roll-up", "CAPCO 2016 D.2"),
    (TOO_MANY, "more markings than are read of one text", "Lockgate"),
    (ONLY_PORTIONS, "portion marks and no banner line", "CAPCO 2016 D.1"),
];
