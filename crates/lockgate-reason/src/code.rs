//! One reason code.

use crate::Who;
use core::fmt;

/// What a code does to the object that carries it; refuse beats hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// People decide.
    Hold,
    /// It does not cross.
    Refuse,
}

impl Outcome {
    /// The word used in files and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Refuse => "refuse",
        }
    }
}

/// The families of codes; the letter stands in the identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Framing and bounds.
    Framing,
    /// The type's schema.
    Schema,
    /// Markings and labels.
    Marking,
    /// Agreements, validity and release.
    Agreement,
    /// Authored rules.
    Rule,
    /// Words and free text.
    Words,
    /// Deep inspection.
    Deep,
    /// Hold and review.
    Hold,
    /// Egress.
    Egress,
    /// Internal faults.
    Fault,
}

impl Family {
    /// What every identifier of the family begins with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Framing => "LG-F",
            Self::Schema => "LG-S",
            Self::Marking => "LG-M",
            Self::Agreement => "LG-A",
            Self::Rule => "LG-R",
            Self::Words => "LG-W",
            Self::Deep => "LG-D",
            Self::Hold => "LG-H",
            Self::Egress => "LG-E",
            Self::Fault => "LG-X",
        }
    }

    /// What the family is about.
    pub fn title(self) -> &'static str {
        match self {
            Self::Framing => "Framing and bounds",
            Self::Schema => "Schema",
            Self::Marking => "Markings and labels",
            Self::Agreement => "Agreement, validity and release",
            Self::Rule => "Authored rules",
            Self::Words => "Words and free text",
            Self::Deep => "Deep inspection",
            Self::Hold => "Hold and review",
            Self::Egress => "Egress",
            Self::Fault => "Internal faults",
        }
    }
}

/// A stable reason code. Two codes are equal where their identifiers are.
#[derive(Clone, Copy)]
pub struct Code(&'static Entry);

/// What the table says of one code; see the modules of the families.
pub(crate) struct Entry {
    pub(crate) id: &'static str,
    pub(crate) family: Family,
    pub(crate) outcome: Outcome,
    pub(crate) who: Who,
    pub(crate) otherwise: Who,
    pub(crate) says: &'static str,
    pub(crate) cause: &'static str,
    pub(crate) example: &'static str,
    pub(crate) remedy: &'static str,
}

impl Code {
    pub(crate) const fn new(entry: &'static Entry) -> Self {
        Self(entry)
    }

    /// The identifier, such as `LG-S003`.
    pub fn id(self) -> &'static str {
        self.0.id
    }

    /// The family it belongs to.
    pub fn family(self) -> Family {
        self.0.family
    }

    /// What it does to an object where neither the lane nor the rule says otherwise.
    pub fn outcome(self) -> Outcome {
        self.0.outcome
    }

    /// Who acts on it; people where their lane lets them answer it, and it holds.
    pub fn who(self) -> Who {
        self.0.who
    }

    /// Who acts on it where people may not.
    pub fn who_without_people(self) -> Who {
        self.0.otherwise
    }

    /// One line for the account: what is wrong.
    pub fn says(self) -> &'static str {
        self.0.says
    }

    /// How it comes about.
    pub fn cause(self) -> &'static str {
        self.0.cause
    }

    /// An example of an object or file that earns it.
    pub fn example(self) -> &'static str {
        self.0.example
    }

    /// What a person can do about it.
    pub fn remedy(self) -> &'static str {
        self.0.remedy
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        core::ptr::eq(self.0, other.0) || self.0.id == other.0.id
    }
}

impl Eq for Code {}

impl fmt::Debug for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0.id)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0.id)
    }
}

/// The second of two, or the only one.
macro_rules! last {
    ($who:ident) => {
        $crate::Who::$who
    };
    ($who:ident $other:ident) => {
        $crate::Who::$other
    };
}
pub(crate) use last;

/// Declares the codes of one family: a constant each, and `ALL` in order.
macro_rules! codes {
    ($family:ident; $($name:ident = $id:literal, $outcome:ident, $who:ident $(else $other:ident)?, $says:literal;
        cause: $cause:literal; example: $example:literal; remedy: $remedy:literal;)*) => {
        $(
            #[doc = concat!("`", $id, "`: ", $says, ".")]
            pub const $name: $crate::Code = $crate::Code::new(&$crate::code::Entry {
                id: $id,
                family: $crate::Family::$family,
                outcome: $crate::Outcome::$outcome,
                who: $crate::Who::$who,
                otherwise: $crate::code::last!($who $($other)?),
                says: $says,
                cause: $cause,
                example: $example,
                remedy: $remedy,
            });
        )*
        /// The codes of this family, in order.
        pub const ALL: &[$crate::Code] = &[$($name),*];
    };
}
pub(crate) use codes;
