//! Who may receive a whole: foreign disclosure and release markings, combined. CAPCO 2016 Table 3, rules 1 to 27.
//!
//! ```text
//!              NOFORN
//!             /   |   \
//!   NOFORN of   Listed  Unmarked          every element below leaves fewer readers the higher it stands;
//!   non-IC       (sets)   /               to join is to take the lowest one above both
//!             \   |   /
//!              Silent        (an unclassified portion without any control)
//! ```
//!
//! It is a join of a lattice, so the order of portions, and what was joined before, never matters.

use crate::country::{Code, closure};
use crate::edition::Edition;
use crate::marking::Marking;
use crate::vocabulary::{Dissem, Level, NonIc};
use alloc::collections::BTreeSet;

/// The release state of a portion or of a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    /// Nothing takes part: unclassified and without controls.
    Silent,
    /// Controls or a classification, and no marking for release or against it.
    Unmarked,
    /// SBU NOFORN or LES NOFORN, and nothing else.
    NofornOfNonIc,
    /// Somebody is named, or RELIDO stands.
    Listed(Listed),
    /// NOFORN.
    Noforn,
}

/// Who is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Who may have it, with the members of organisations.
    have: BTreeSet<Code>,
    /// Who may see it: `have` and those of DISPLAY ONLY.
    see: BTreeSet<Code>,
    /// The codes that every list has in so many letters.
    written: BTreeSet<Code>,
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
    pub(crate) fn of(portion: &Marking, edition: &Edition) -> Self {
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
            let silent = portion.level == Level::U && !portion.is_caveated();
            return if silent { Self::Silent } else { Self::Unmarked };
        }
        // A list without USA, or with nobody else, names nobody (ISM-ID-00319).
        let whole = portion.rel.len() > 1 && portion.rel.iter().any(Code::is_usa);
        let valid = whole && (has(Dissem::Rel) || has(Dissem::Eyes));
        let none = BTreeSet::new();
        let rel = if valid { &portion.rel } else { &none };
        let display = if has(Dissem::DisplayOnly) { &portion.display } else { &none };
        let have = closure(rel, edition);
        let see = closure(display, edition).union(&have).cloned().collect();
        Self::Listed(Listed {
            have,
            see,
            written: rel.union(display).cloned().collect(),
            relido: has(Dissem::Relido),
            named,
            eyes: has(Dissem::Eyes) || !has(Dissem::Rel),
        })
        .settled()
    }

    /// The lowest state above both.
    pub(crate) fn join(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Silent, one) | (one, Self::Silent) => one.clone(),
            (one, same) if one == same => one.clone(),
            (Self::Listed(one), Self::Listed(two)) => Self::Listed(Listed {
                have: one.have.intersection(&two.have).cloned().collect(),
                see: one.see.intersection(&two.see).cloned().collect(),
                written: one.written.intersection(&two.written).cloned().collect(),
                relido: one.relido && two.relido,
                named: one.named || two.named,
                eyes: one.eyes && two.eyes,
            })
            .settled(),
            _ => Self::Noforn,
        }
    }

    /// NOFORN where nobody is left (rules 9 to 11, 13, 18, 20).
    fn settled(self) -> Self {
        match self {
            Self::Listed(listed) if !listed.somebody() && (listed.named || !listed.relido) => Self::Noforn,
            other => other,
        }
    }

    /// What the banner says.
    pub(crate) fn said(&self, edition: &Edition) -> Said {
        let mut said = Said { controls: BTreeSet::new(), rel: BTreeSet::new(), display: BTreeSet::new() };
        match self {
            Self::Silent | Self::Unmarked | Self::NofornOfNonIc => {}
            Self::Noforn => {
                said.controls.insert(Dissem::Nf);
            }
            Self::Listed(listed) => listed.say(&mut said, edition),
        }
        said
    }
}

impl Listed {
    fn somebody(&self) -> bool {
        self.see.iter().any(|code| !code.is_usa())
    }

    fn say(&self, said: &mut Said, edition: &Edition) {
        if self.have.iter().any(|code| !code.is_usa()) {
            said.controls.insert(if self.eyes { Dissem::Eyes } else { Dissem::Rel });
            said.rel = self.shortest(&self.have, edition);
        }
        // Against what is said, not against what is kept: USA alone is no release list.
        let have = if said.rel.is_empty() { &said.rel } else { &self.have };
        let more: BTreeSet<Code> = self.see.difference(have).cloned().collect();
        if more.iter().any(|code| !code.is_usa()) {
            said.controls.insert(Dissem::DisplayOnly);
            said.display = self.shortest(&more, edition);
        }
        // ISM-ID-00169: RELIDO and DISPLAY ONLY exclude each other; the narrower one stays.
        if self.relido && !said.controls.contains(&Dissem::DisplayOnly) {
            said.controls.insert(Dissem::Relido);
        }
    }

    /// Members are named by their organisation where it is in the list, unless every list wrote them out.
    fn shortest(&self, codes: &BTreeSet<Code>, edition: &Edition) -> BTreeSet<Code> {
        let members: BTreeSet<Code> = codes.iter().flat_map(|code| code.members(edition)).collect();
        let stays = |code: &&Code| code.is_usa() || !members.contains(code) || self.written.contains(code);
        codes.iter().filter(stays).cloned().collect()
    }
}
