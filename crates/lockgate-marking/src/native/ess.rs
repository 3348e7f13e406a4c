//! The basic classifications of X.411 as RFC 2634 (section 3.2) numbers them.

use super::NativeLevel;
use core::cmp::Ordering;
use lockgate_reason::Finding;

/// A classification of the basic list. A policy may define others up to 256, and then its own file says what they are:
/// they are read as codes of that policy ([`crate::LabelFile`]), never by this list.
///
/// `Unmarked` has a number, 0, and no place in the order: that nobody marked a thing does not say how low it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "each is its own name")]
pub enum EssLevel {
    Unmarked,
    Unclassified,
    Restricted,
    Confidential,
    Secret,
    TopSecret,
}

impl EssLevel {
    /// The classification with this number.
    ///
    /// # Errors
    /// LG-M039 where the basic list has no such number.
    pub fn read(code: u64) -> Result<Self, Finding> {
        Ok(match code {
            0 => Self::Unmarked,
            1 => Self::Unclassified,
            2 => Self::Restricted,
            3 => Self::Confidential,
            4 => Self::Secret,
            5 => Self::TopSecret,
            _ => return Err(super::unknown(Self::FORMAT)),
        })
    }

    /// Its place among those that are marked.
    fn place(self) -> Option<u8> {
        Some(match self {
            Self::Unmarked => return None,
            Self::Unclassified => 1,
            Self::Restricted => 2,
            Self::Confidential => 3,
            Self::Secret => 4,
            Self::TopSecret => 5,
        })
    }
}

impl PartialOrd for EssLevel {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        match (self.place(), other.place()) {
            (None, None) => Some(Ordering::Equal),
            (mine, theirs) => Some(mine?.cmp(&theirs?)),
        }
    }
}

impl NativeLevel for EssLevel {
    const FORMAT: &'static str = "ESS";
    const ALL: &'static [Self] = &[
        Self::Unmarked,
        Self::Unclassified,
        Self::Restricted,
        Self::Confidential,
        Self::Secret,
        Self::TopSecret,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Unmarked => "UNMARKED",
            Self::Unclassified => "UNCLASSIFIED",
            Self::Restricted => "RESTRICTED",
            Self::Confidential => "CONFIDENTIAL",
            Self::Secret => "SECRET",
            Self::TopSecret => "TOP SECRET",
        }
    }
    fn number(self) -> u8 {
        self.place().unwrap_or(0)
    }
}
