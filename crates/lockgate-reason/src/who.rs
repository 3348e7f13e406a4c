//! Who acts on a reason: the one whom its remedy asks first.

use core::fmt;

/// Those who can do something about an object that does not cross. A closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Whoever made, marked or sent the object: it has to come again, otherwise.
    Originator,
    /// Whoever answers for the bundle: types, rules, lanes, policies, communities, agreements.
    Author,
    /// Whoever runs the guard: its machine, deployment, clock, workers and links, and what they raise as an alarm.
    Operator,
    /// Reviewers of the lane: they may answer it, or sign again.
    People,
    /// There is nothing to do.
    Nobody,
}

impl Who {
    /// Each of them.
    pub const ALL: [Self; 5] = [Self::Originator, Self::Author, Self::Operator, Self::People, Self::Nobody];

    /// The word used in the command-line contract.
    pub fn name(self) -> &'static str {
        match self {
            Self::Originator => "originator",
            Self::Author => "author",
            Self::Operator => "operator",
            Self::People => "people",
            Self::Nobody => "nobody",
        }
    }

    /// The one with this word.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|who| who.name() == name)
    }
}

impl fmt::Display for Who {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Originator => "the originator",
            Self::Author => "the author",
            Self::Operator => "the operator",
            Self::People => "people",
            Self::Nobody => "nobody",
        })
    }
}
