//! What deep inspection found in an object of no known type.

use alloc::string::String;

/// What a finding threatens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Worth knowing; no threat by itself.
    Note,
    /// Something that says more than the object shows: names, places, programs, times.
    Disclosure,
    /// Something that a reader of the object does not get to see.
    Hiding,
    /// Something that acts on whoever opens the object, or misleads the reader of its format.
    Attack,
}

impl Class {
    /// The word used in the command-line contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Disclosure => "disclosure",
            Self::Hiding => "hiding",
            Self::Attack => "attack",
        }
    }
}

/// One kind of finding. The program has a closed list of them; a worker names one by its number there.
#[derive(Debug, PartialEq, Eq)]
pub struct FindingCode {
    /// Its stable name: the format, a dot, and the construct, such as `png.text`.
    pub name: &'static str,
    /// What it threatens.
    pub class: Class,
    /// What it is, in a sentence.
    pub says: &'static str,
}

/// One finding. It holds no text of the object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which kind.
    pub code: &'static FindingCode,
    /// Where in the object: the construct by its name in the format, and bytes from the start. Visible ASCII.
    pub place: String,
}
