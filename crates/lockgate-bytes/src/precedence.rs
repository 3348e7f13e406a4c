//! Message precedence, highest first (ACP 121; the six steps of STANAG 4406 Annex A).

use core::fmt;

/// How urgently an object asks to be handled; `Override` is the highest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Precedence {
    /// May wait for everything else.
    Deferred,
    /// The usual case.
    Routine,
    /// Ahead of routine traffic.
    Priority,
    /// Ahead of priority traffic.
    Immediate,
    /// Contact with an enemy; ahead of immediate traffic.
    Flash,
    /// Ahead of everything.
    Override,
}

impl Precedence {
    /// All six, lowest first.
    pub const ALL: [Self; 6] =
        [Self::Deferred, Self::Routine, Self::Priority, Self::Immediate, Self::Flash, Self::Override];

    /// The words for all six, lowest first.
    pub const NAMES: [&str; 6] = ["DEFERRED", "ROUTINE", "PRIORITY", "IMMEDIATE", "FLASH", "OVERRIDE"];

    /// Its step: 0 for the lowest, 5 for the highest, as in [`Self::ALL`].
    pub fn step(self) -> u8 {
        match self {
            Self::Deferred => 0,
            Self::Routine => 1,
            Self::Priority => 2,
            Self::Immediate => 3,
            Self::Flash => 4,
            Self::Override => 5,
        }
    }

    /// Its step as a place in a list of all six, lowest first.
    pub fn place(self) -> usize {
        usize::from(self.step())
    }

    /// The word used in files and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Deferred => "DEFERRED",
            Self::Routine => "ROUTINE",
            Self::Priority => "PRIORITY",
            Self::Immediate => "IMMEDIATE",
            Self::Flash => "FLASH",
            Self::Override => "OVERRIDE",
        }
    }

    /// The precedence with this name, spelled exactly.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|precedence| precedence.name() == name)
    }
}

impl fmt::Display for Precedence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::Precedence;

    #[test]
    fn names_read_back_and_order_is_by_urgency() {
        for (place, precedence) in Precedence::ALL.into_iter().enumerate() {
            assert_eq!(precedence.place(), place);
            assert_eq!(precedence.name(), Precedence::NAMES[place]);
            assert_eq!(Precedence::named(precedence.name()), Some(precedence));
        }
        assert!(Precedence::Flash > Precedence::Immediate);
        assert_eq!(Precedence::named("flash"), None);
    }
}
