//! A marking: what banner lines, portion marks and ISM attributes say, in one canonical form.

use crate::country::Code;
use crate::edition::Edition;
use crate::rollup::Date;
use crate::vocabulary::{Aea, Dissem, Level, NonIc, NonUs};
use alloc::collections::BTreeSet;
use alloc::string::String;

/// Who owns the information.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Owner {
    /// The United States alone.
    #[default]
    Us,
    /// The owners together; the United States are one of them where `USA` is in the list.
    Joint(BTreeSet<Code>),
    /// One other country or organisation.
    Foreign(Code),
    /// A foreign government that is not to be named.
    Concealed,
}

impl Owner {
    /// True where the United States own it, alone or with others.
    pub fn is_us(&self) -> bool {
        match self {
            Self::Us => true,
            Self::Joint(owners) => owners.iter().any(Code::is_usa),
            Self::Foreign(_) | Self::Concealed => false,
        }
    }

    /// True where NATO or one of its activities is the owner.
    pub fn is_nato(&self) -> bool {
        matches!(self, Self::Foreign(code) if code.is_nato())
    }
}

/// One marking. Lists are sets in the order of the register, so equal markings have equal values.
///
/// A marking may break the rules of its edition: [`crate::check`] tells. [`crate::parse`] returns only those that hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marking {
    /// The classification.
    pub level: Level,
    /// Who owns the information.
    pub owner: Owner,
    /// SCI controls as in ISM, `SI-G-ABCD`; everything above a compartment is in the set as well.
    pub sci: BTreeSet<String>,
    /// Special access programs as in ISM, `PROM_TUX-JR-A16`.
    pub sar: BTreeSet<String>,
    /// Atomic energy information.
    pub aea: BTreeSet<Aea>,
    /// Foreign sources that may be named.
    pub fgi: BTreeSet<Code>,
    /// Some foreign source may not be named.
    pub fgi_concealed: bool,
    /// NATO's controls.
    pub non_us: BTreeSet<NonUs>,
    /// Dissemination controls.
    pub dissem: BTreeSet<Dissem>,
    /// Who is in REL TO or EYES ONLY.
    pub rel: BTreeSet<Code>,
    /// Who is in DISPLAY ONLY.
    pub display: BTreeSet<Code>,
    /// Controls from outside of the intelligence community.
    pub non_ic: BTreeSet<NonIc>,
    /// Nicknames of alternative compensatory control measures.
    pub accm: BTreeSet<String>,
    /// What only attributes say.
    pub more: More,
}

/// What attributes say and no banner line shows.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct More {
    /// The highest NATO level within.
    pub nato_high_water: Option<Level>,
    /// Exemptions from automatic declassification.
    pub exemptions: BTreeSet<&'static str>,
    /// When it is declassified.
    pub declass_date: Option<Date>,
    /// The event at which it is declassified is stated.
    pub declass_event: bool,
    /// Some marking was estimated.
    pub approximate: bool,
    /// The portion takes no part in the roll-up.
    pub excluded: bool,
    /// A reason for a classification by compilation is stated.
    pub compilation: bool,
}

impl Marking {
    /// A US marking with nothing but a level.
    pub fn new(level: Level) -> Self {
        Self {
            level,
            owner: Owner::Us,
            sci: BTreeSet::new(),
            sar: BTreeSet::new(),
            aea: BTreeSet::new(),
            fgi: BTreeSet::new(),
            fgi_concealed: false,
            non_us: BTreeSet::new(),
            dissem: BTreeSet::new(),
            rel: BTreeSet::new(),
            display: BTreeSet::new(),
            non_ic: BTreeSet::new(),
            accm: BTreeSet::new(),
            more: More::default(),
        }
    }

    /// The same with only what banner lines and portion marks show.
    pub fn visible(&self) -> Self {
        Self { more: More::default(), ..self.clone() }
    }

    /// True where a banner line shows the same of both: all but what only attributes say.
    pub fn shows_the_same_as(&self, other: &Self) -> bool {
        // Without `..`: what is added to a marking has to be compared here.
        let Self {
            level,
            owner,
            sci,
            sar,
            aea,
            fgi,
            fgi_concealed,
            non_us,
            dissem,
            rel,
            display,
            non_ic,
            accm,
            more: _,
        } = self;
        let lists = *sci == other.sci && *sar == other.sar && *aea == other.aea && *fgi == other.fgi;
        let controls = *non_us == other.non_us && *dissem == other.dissem && *non_ic == other.non_ic;
        let readers = *rel == other.rel && *display == other.display && *accm == other.accm;
        let owned = *owner == other.owner && *fgi_concealed == other.fgi_concealed;
        *level == other.level && owned && lists && controls && readers
    }

    /// True where the marking is as strict as `part` in every respect: rolling both up gives nothing new.
    pub fn covers(&self, part: &Self, edition: &'static Edition) -> bool {
        // To join is idempotent, and most portions are marked as their whole is.
        if self.shows_the_same_as(part) {
            return true;
        }
        let mut alone = crate::RollUp::new(edition);
        alone.join(&self.visible());
        let mut both = alone.clone();
        both.join(&part.visible());
        alone.strictest().visible() == both.strictest().visible()
    }

    /// True where there is more than a level.
    pub(crate) fn is_caveated(&self) -> bool {
        let sets = [self.sci.is_empty(), self.sar.is_empty(), self.aea.is_empty(), self.fgi.is_empty()];
        let more =
            [self.non_us.is_empty(), self.dissem.is_empty(), self.non_ic.is_empty(), self.accm.is_empty()];
        self.fgi_concealed || self.owner != Owner::Us || sets.contains(&false) || more.contains(&false)
    }
}
