//! Who may receive a whole: foreign disclosure and release markings, combined. CAPCO 2016 Table 3, rules 1 to 27.
//!
//! ```text
//!              NOFORN
//!             /   |   \
//!   NOFORN of   Listed  Unmarked          every element below leaves fewer readers the higher it stands;
//!   non-IC       (sets)   /               to join is to take the lowest one above both
//!             \   |   /
//!              Silent        (an unclassified portion without any control)
//!
//!   Controlled: where an edition keeps NOFORN of non-IC beside other unclassified controls, these stand below both
//!   NOFORN of non-IC and Unmarked, and above Silent; elsewhere they are Unmarked.
//! ```
//!
//! It is a join of a lattice, so the order of portions, and what was joined before, never matters.

use crate::codeset::{Codes, Members};
use crate::country::Code;
use crate::marking::Marking;
use crate::vocabulary::{Dissem, Level, NonIc};
use alloc::boxed::Box;
use alloc::collections::BTreeSet;

/// The release state of a portion or of a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    /// Nothing takes part: unclassified and without controls.
    Silent,
    /// Unclassified with controls, and no marking for release or against it.
    Controlled,
    /// A classification, and no marking for release or against it.
    Unmarked,
    /// SBU NOFORN or LES NOFORN, and nothing else.
    NofornOfNonIc,
    /// Somebody is named, or RELIDO stands.
    Listed(Box<Listed>),
    /// NOFORN.
    Noforn,
}

/// Who is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Who may have it, with the members of organisations.
    have: Codes,
    /// Who may see it: `have` and those of DISPLAY ONLY.
    see: Codes,
    /// The codes that every list has in so many letters.
    written: Codes,
    relido: bool,
    /// Some portion named somebody; then nobody left is NOFORN, whatever RELIDO says (rules 9 to 11).
    named: bool,
    /// Every list was EYES ONLY.
    eyes: bool,
}

/// What a banner says of release.
pub(crate) struct Said {
    pub(crate) controls: BTreeSet<Dissem>,
    pub(crate) rel: BTreeSet<Code>,
    pub(crate) display: BTreeSet<Code>,
}

impl Release {
    /// The state of one portion.
    pub(crate) fn of(portion: &Marking, members: &mut Members) -> Self {
        let has = |one| portion.dissem.contains(&one);
        if has(Dissem::Nf) {
            return Self::Noforn;
        }
        let named = has(Dissem::Rel) || has(Dissem::Eyes) || has(Dissem::DisplayOnly);
        let of_non_ic = portion.non_ic.contains(&NonIc::SbuNf) || portion.non_ic.contains(&NonIc::LesNf);
        if of_non_ic && (named || has(Dissem::Relido) || portion.level > Level::U) {
            return Self::Noforn;
        }
        if of_non_ic {
            return Self::NofornOfNonIc;
        }
        if !named && !has(Dissem::Relido) {
            let unclassified = portion.level == Level::U;
            let needs_noforn = [NonIc::Xd, NonIc::Nd].iter().any(|one| portion.non_ic.contains(one));
            return match portion.is_caveated() {
                false if unclassified => Self::Silent,
                true if unclassified && !needs_noforn && members.edition().keeps_noforn_of_non_ic => {
                    Self::Controlled
                }
                _ => Self::Unmarked,
            };
        }
        // A list without USA, or with nobody else, names nobody (ISM-ID-00319).
        let whole = portion.rel.len() > 1 && portion.rel.iter().any(Code::is_usa);
        let valid = whole && (has(Dissem::Rel) || has(Dissem::Eyes));
        let none = BTreeSet::new();
        let rel = if valid { &portion.rel } else { &none };
        let display = if has(Dissem::DisplayOnly) { &portion.display } else { &none };
        let have = members.closure(rel);
        Self::Listed(Box::new(Listed {
            see: members.closure(display).or(&have),
            have,
            written: rel.iter().chain(display).collect(),
            relido: has(Dissem::Relido),
            named,
            eyes: has(Dissem::Eyes) || !has(Dissem::Rel),
        }))
        .settled()
    }

    /// The lowest state above both.
    pub(crate) fn join(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Silent, one) | (one, Self::Silent) => one.clone(),
            (Self::Controlled, above @ (Self::Unmarked | Self::NofornOfNonIc))
            | (above @ (Self::Unmarked | Self::NofornOfNonIc), Self::Controlled) => above.clone(),
            (one, same) if one == same => one.clone(),
            (Self::Listed(one), Self::Listed(two)) => Self::Listed(Box::new(Listed {
                have: one.have.and(&two.have),
                see: one.see.and(&two.see),
                written: one.written.and(&two.written),
                relido: one.relido && two.relido,
                named: one.named || two.named,
                eyes: one.eyes && two.eyes,
            }))
            .settled(),
            _ => Self::Noforn,
        }
    }

    /// NOFORN where nobody is left (rules 9 to 11, 13, 18, 20). RELIDO and DISPLAY ONLY exclude each other, and the narrower
    /// one stays (ISM-ID-00169): here, since what is not shown of a whole may not count where it is rolled up again.
    fn settled(self) -> Self {
        match self {
            Self::Listed(mut listed) if listed.relido && has_foreign(&listed.see.minus(&listed.have)) => {
                listed.relido = false;
                Self::Listed(listed).settled()
            }
            Self::Listed(listed) if !listed.somebody() && (listed.named || !listed.relido) => Self::Noforn,
            other => other,
        }
    }

    /// What the banner says.
    pub(crate) fn said(&self, members: &mut Members) -> Said {
        let mut said = Said { controls: BTreeSet::new(), rel: BTreeSet::new(), display: BTreeSet::new() };
        match self {
            Self::Silent | Self::Controlled | Self::Unmarked | Self::NofornOfNonIc => {}
            Self::Noforn => {
                said.controls.insert(Dissem::Nf);
            }
            Self::Listed(listed) => listed.say(&mut said, members),
        }
        said
    }
}

impl Listed {
    fn somebody(&self) -> bool {
        has_foreign(&self.see)
    }

    fn say(&self, said: &mut Said, members: &mut Members) {
        if has_foreign(&self.have) {
            said.controls.insert(if self.eyes { Dissem::Eyes } else { Dissem::Rel });
            said.rel = self.shortest(&self.have, members);
        }
        // Against what is said, not against what is kept: USA alone is no release list.
        let more = if said.rel.is_empty() { self.see.clone() } else { self.see.minus(&self.have) };
        if has_foreign(&more) {
            said.controls.insert(Dissem::DisplayOnly);
            said.display = self.shortest(&more, members);
        }
        if self.relido {
            said.controls.insert(Dissem::Relido);
        }
    }

    /// Members are named by their organisation where it is in the list, unless every list wrote them out.
    fn shortest(&self, codes: &Codes, members: &mut Members) -> BTreeSet<Code> {
        let all = codes.codes();
        let within = members.of(&all).minus(&self.written).minus(&usa());
        codes.minus(&within).codes()
    }
}

fn usa() -> Codes {
    Code::of("USA").iter().collect()
}

/// True where somebody beside the United States is in the set.
fn has_foreign(codes: &Codes) -> bool {
    !codes.minus(&usa()).is_empty()
}
