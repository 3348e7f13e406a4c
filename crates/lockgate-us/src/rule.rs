//! What a rule of an edition is made of, and how it is judged.

use crate::codeset::{Codes, Members};
use crate::country::Code;
use crate::edition::Edition;
use crate::grammar::Category;
use crate::marking::{Marking, Owner};
use crate::rules::RULES;
use crate::vocabulary::{Aea, Dissem, Level, NonIc, NonUs, WITHOUT_DATE};

/// One rule: where `when` holds, `needs` holds too.
#[derive(Debug)]
pub struct Rule {
    /// The stable code, `U1xx`.
    pub code: &'static str,
    /// The category that it is about; the level where there is none.
    pub about: Option<Category>,
    /// The editions that have it, as bits.
    pub(crate) editions: u8,
    pub(crate) when: Test,
    pub(crate) needs: Test,
    /// What is wrong where it does not hold.
    pub says: &'static str,
    /// Who says so.
    pub cites: &'static str,
}

impl Rule {
    /// True where the edition has it.
    pub fn is_of(&self, edition: &Edition) -> bool {
        self.editions & edition.bit != 0
    }
}

/// A question about a marking.
#[derive(Debug)]
pub(crate) enum Test {
    Never,
    Level(&'static [Level]),
    Dissem(&'static [Dissem]),
    NonIc(&'static [NonIc]),
    Aea(fn(Aea) -> bool),
    NonUs(&'static [NonUs]),
    /// A control, or something below it.
    Sci(&'static str),
    /// Something below a control.
    SciBelow(&'static str),
    /// Something below the first control that is neither the second nor below it.
    SciBelowBut(&'static str, &'static str),
    AnySci,
    AnyDissem,
    AnySar,
    /// At most so many programs.
    ProgramsAtMost(usize),
    AnyAccm,
    AnyNonUs,
    /// The United States own it, alone or with others.
    UsOwned,
    NatoOwned,
    /// NATO is the owner or a source, or a source is concealed.
    NatoWithin,
    Joint,
    /// Every owner is in REL TO, in so many letters.
    OwnersInRel,
    /// Every owner is in REL TO, or a member of an organisation in it that the edition takes apart.
    OwnersReleased,
    RelListed,
    /// Nobody else is listed.
    RelWithin(&'static [&'static str]),
    /// USA and at least one more.
    RelEnough,
    DisplayListed,
    FgiHasUsa,
    HighWater,
    HighWaterAboveLevel,
    Dated,
    ExemptWithoutDate,
    /// This exemption from declassification.
    Exempt(&'static str),
    DeclassEvent,
    DeclassDate,
    All(&'static [Test]),
    Any(&'static [Test]),
    Not(&'static Test),
}

/// The rules of `edition` that `marking` breaks, in the order of [`RULES`].
pub fn check<'a>(
    marking: &'a Marking,
    edition: &'static Edition,
) -> impl Iterator<Item = &'static Rule> + use<'a> {
    RULES.iter().filter(move |rule| {
        rule.is_of(edition) && rule.when.holds(marking, edition) && !rule.needs.holds(marking, edition)
    })
}

impl Test {
    /// The answer. Tests nest as deep as the table of rules does.
    fn holds(&self, of: &Marking, edition: &'static Edition) -> bool {
        match self {
            Self::Never => false,
            Self::Level(levels) => levels.contains(&of.level),
            Self::Dissem(any) => any.iter().any(|one| of.dissem.contains(one)),
            Self::NonIc(any) => any.iter().any(|one| of.non_ic.contains(one)),
            Self::Aea(is) => of.aea.iter().any(|one| is(*one)),
            Self::NonUs(any) => any.iter().any(|one| of.non_us.contains(one)),
            Self::Sci(control) => of.sci.contains(*control),
            Self::SciBelow(control) => of.sci.iter().any(|one| is_below(one, control)),
            Self::SciBelowBut(control, but) => {
                of.sci.iter().any(|one| is_below(one, control) && one != but && !is_below(one, but))
            }
            Self::AnySci => !of.sci.is_empty(),
            Self::AnyDissem => !of.dissem.is_empty(),
            Self::AnySar => !of.sar.is_empty(),
            Self::ProgramsAtMost(most) => of.sar.iter().filter(|one| !one.contains('-')).count() <= *most,
            Self::AnyAccm => !of.accm.is_empty(),
            Self::AnyNonUs => !of.non_us.is_empty(),
            Self::UsOwned => of.owner.is_us(),
            Self::NatoOwned => of.owner.is_nato(),
            Self::NatoWithin => {
                let owner = match &of.owner {
                    Owner::Joint(owners) => owners.iter().any(Code::is_nato),
                    owner => owner.is_nato() || *owner == Owner::Concealed,
                };
                owner || of.fgi_concealed || of.fgi.iter().any(Code::is_nato)
            }
            Self::Joint => matches!(of.owner, Owner::Joint(_)),
            Self::OwnersInRel => match &of.owner {
                Owner::Joint(owners) => owners.is_subset(&of.rel),
                _ => true,
            },
            Self::OwnersReleased => match &of.owner {
                Owner::Joint(owners) => {
                    let released = Members::new(edition).closure(&of.rel);
                    owners.iter().collect::<Codes>().minus(&released).is_empty()
                }
                _ => true,
            },
            Self::RelListed => !of.rel.is_empty(),
            Self::RelWithin(names) => of.rel.iter().all(|code| names.contains(&code.text())),
            Self::RelEnough => of.rel.len() > 1 && of.rel.iter().any(Code::is_usa),
            Self::DisplayListed => !of.display.is_empty(),
            Self::FgiHasUsa => of.fgi.iter().any(Code::is_usa),
            Self::HighWater => of.more.nato_high_water.is_some(),
            Self::HighWaterAboveLevel => of.more.nato_high_water > Some(of.level),
            Self::Exempt(exemption) => of.more.exemptions.contains(exemption),
            Self::DeclassEvent => of.more.declass_event,
            Self::DeclassDate => of.more.declass_date.is_some(),
            Self::Dated => of.more.declass_date.is_some() || of.more.declass_event,
            Self::ExemptWithoutDate => WITHOUT_DATE.iter().any(|one| of.more.exemptions.contains(one)),
            Self::All(tests) => tests.iter().all(|test| test.holds(of, edition)),
            Self::Any(tests) => tests.iter().any(|test| test.holds(of, edition)),
            Self::Not(test) => !test.holds(of, edition),
        }
    }
}

/// True for a compartment or sub-compartment of `control`.
fn is_below(one: &str, control: &str) -> bool {
    one.strip_prefix(control).is_some_and(|rest| rest.starts_with('-'))
}
