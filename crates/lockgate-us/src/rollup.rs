//! Roll-up: the banner of a whole from the marks of its portions. CAPCO 2016 D.2; ODNI ISM v2022-DEC.
//!
//! What a banner shows is a join in every respect, so portions may come in any order and wholes may be rolled up again.
//! Only the instructions for declassification, which no banner shows, are computed from the portions at hand.

mod date;
mod down;
mod joint;

pub use date::Date;
pub use down::Stands;

use crate::codeset::Members;
use crate::country::Code;
use crate::edition::Edition;
use crate::fault::Fault;
use crate::marking::{Marking, Owner};
use crate::release::Release;
use crate::rule;
use crate::vocabulary::{Aea, Dissem, EXEMPTIONS, Level, NonIc, WITHOUT_DATE};
use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use joint::Joint;

/// Something worth knowing of a roll-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The code: of a rule, or one of [`crate::CODES`].
    pub code: &'static str,
    /// The portion that it is about, from 0; `None` for the whole.
    pub portion: Option<usize>,
    /// What is so.
    pub says: &'static str,
    /// Who says so.
    pub cites: &'static str,
}

/// The outcome of a roll-up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolledUp {
    /// The marking of the whole; `None` where no portion takes part.
    pub marking: Option<Marking>,
    /// Portions that break rules, and why the whole is stricter than a portion alone says.
    pub reasons: Vec<Reason>,
}

/// Rolls portions up, one after the other.
#[derive(Clone, Debug)]
pub struct RollUp {
    edition: &'static Edition,
    /// How many portions were given, those that take no part included.
    given: usize,
    /// How many take part.
    taken: usize,
    sum: Marking,
    release: Release,
    members: Members,
    /// Some portion has ORCON without ORCON-USGOV.
    plain_orcon: bool,
    /// Some portion says NOFORN itself.
    noforn_said: bool,
    nato: bool,
    joint: Joint,
    /// Who owns portions, beside the United States.
    owners: BTreeSet<Code>,
    reasons: Vec<Reason>,
}

impl RollUp {
    /// Nothing rolled up yet.
    pub fn new(edition: &'static Edition) -> Self {
        Self {
            edition,
            given: 0,
            taken: 0,
            sum: Marking::new(Level::U),
            release: Release::Silent,
            members: Members::new(edition),
            plain_orcon: false,
            noforn_said: false,
            nato: false,
            joint: Joint::Open,
            owners: BTreeSet::new(),
            reasons: Vec::new(),
        }
    }

    /// Takes one portion. One that is excluded from the roll-up takes no part; one that breaks a rule does, and what
    /// it leaves open counts as the strictest.
    pub fn add(&mut self, portion: &Marking) {
        let index = self.given;
        if !portion.more.excluded {
            self.reasons.extend(rule::check(portion, self.edition).map(|broken| Reason {
                code: broken.code,
                portion: Some(index),
                says: broken.says,
                cites: broken.cites,
            }));
        }
        self.join(portion);
    }

    /// Takes one portion whose rules were asked before.
    pub(crate) fn join(&mut self, portion: &Marking) {
        self.given = self.given.saturating_add(1);
        if portion.more.excluded {
            return;
        }
        self.taken = self.taken.saturating_add(1);
        self.release = self.release.join(&Release::of(portion, &mut self.members));
        let orcon = portion.dissem.contains(&Dissem::Oc) && !portion.dissem.contains(&Dissem::OcUsgov);
        self.plain_orcon |= orcon;
        self.noforn_said |= portion.dissem.contains(&Dissem::Nf);
        let sum = &mut self.sum;
        sum.level = sum.level.max(portion.level);
        sum.sci.extend(portion.sci.iter().cloned());
        sum.sar.extend(portion.sar.iter().cloned());
        sum.aea.extend(portion.aea.iter().copied());
        sum.non_us.extend(portion.non_us.iter().copied());
        sum.dissem.extend(portion.dissem.iter().copied());
        sum.non_ic.extend(portion.non_ic.iter().copied());
        sum.accm.extend(portion.accm.iter().cloned());
        sum.more.exemptions.extend(portion.more.exemptions.iter().copied());
        sum.more.declass_date = sum.more.declass_date.max(portion.more.declass_date);
        sum.more.declass_event |= portion.more.declass_event;
        sum.more.approximate |= portion.more.approximate;
        self.joint.join(&portion.owner);
        self.foreign(portion);
    }

    /// What a portion says of foreign sources.
    fn foreign(&mut self, portion: &Marking) {
        let sum = &mut self.sum;
        sum.fgi.extend(portion.fgi.iter().cloned());
        sum.fgi_concealed |= portion.fgi_concealed;
        match &portion.owner {
            Owner::Us => {}
            Owner::Joint(owners) => self.owners.extend(owners.iter().filter(|code| !code.is_usa()).cloned()),
            Owner::Foreign(code) => {
                self.owners.insert(code.clone());
            }
            Owner::Concealed => sum.fgi_concealed = true,
        }
        let nato_owner = match &portion.owner {
            Owner::Joint(owners) => owners.iter().any(Code::is_nato),
            owner => owner.is_nato(),
        };
        if nato_owner || portion.fgi.iter().any(Code::is_nato) {
            self.nato = true;
            let high = portion.more.nato_high_water.unwrap_or(portion.level);
            sum.more.nato_high_water = sum.more.nato_high_water.max(Some(high));
        } else {
            sum.more.nato_high_water = sum.more.nato_high_water.max(portion.more.nato_high_water);
        }
    }

    /// The marking of the whole without a computed date. A United States marking, in which foreign portions become
    /// sources; where all portions are JOINT information of the same owners, it is theirs (CAPCO 2016 H.3).
    pub fn strictest(&self) -> Marking {
        self.settled(self.sum.clone())
    }

    /// The same, where nothing more is rolled up.
    pub(crate) fn into_strictest(mut self) -> Marking {
        let sum = core::mem::replace(&mut self.sum, Marking::new(Level::U));
        self.settled(sum)
    }

    fn settled(&self, mut whole: Marking) -> Marking {
        if whole.level == Level::R {
            // ISM-ID-00056: what is RESTRICTED elsewhere makes a US whole classified.
            whole.level = Level::C;
        }
        let classified = whole.level > Level::U;
        match &self.joint {
            // Who conceals a source, or releases to nobody, has no co-owners to name.
            Joint::Of(owners) if !whole.fgi_concealed && self.release != Release::Noforn => {
                whole.owner = Owner::Joint(owners.clone());
            }
            _ => whole.fgi.extend(self.owners.iter().cloned()),
        }
        if whole.fgi_concealed {
            whole.fgi.clear();
        }
        aea(&mut whole.aea, classified, self.edition);
        self.controls(&mut whole);
        self.non_ic(&mut whole.non_ic, classified);
        self.declassification(&mut whole, classified);
        whole.more.excluded = false;
        if !self.edition.nato_high_water {
            whole.more.nato_high_water = None;
        }
        whole
    }

    /// The outcome; `today` is where a date is computed that no portion states.
    pub fn end(mut self, today: Date) -> RolledUp {
        if self.taken == 0 {
            self.note("U043");
            return RolledUp { marking: None, reasons: self.reasons };
        }
        let mut whole = self.strictest();
        if self.release == Release::Noforn && !self.noforn_said {
            self.note("U040");
        }
        if whole.fgi_concealed && !(self.sum.fgi.is_empty() && self.owners.is_empty()) {
            self.note("U041");
        }
        let dateless = whole.more.exemptions.iter().any(|one| WITHOUT_DATE.contains(one));
        if whole.level > Level::U && !dateless && whole.more.declass_date.is_none() {
            let years = match whole.more.exemptions.iter().max() {
                None => Some(25),
                Some(last) if last.starts_with("25X") => Some(50),
                Some(_) => None,
            };
            match years {
                Some(years) => whole.more.declass_date = Some(today.years_later(years)),
                None => self.note("U042"),
            }
        }
        self.reasons.extend(rule::check(&whole, self.edition).map(|broken| Reason {
            code: broken.code,
            portion: None,
            says: broken.says,
            cites: broken.cites,
        }));
        RolledUp { marking: Some(whole), reasons: self.reasons }
    }

    fn note(&mut self, code: &'static str) {
        let Fault { code, says, cites, .. } = Fault::new(code, 0..0);
        self.reasons.push(Reason { code, portion: None, says, cites });
    }

    /// Dissemination controls: all of them, but those of release as the lattice says, FOUO only where nothing else
    /// stands (ISM-ID-00030, 00327, 00328), ORCON-USGOV only where every ORCON portion has it (ISM-ID-00303).
    fn controls(&self, whole: &mut Marking) {
        let release = [Dissem::Nf, Dissem::Rel, Dissem::Relido, Dissem::Eyes, Dissem::DisplayOnly];
        whole.dissem.retain(|control| !release.contains(control));
        if self.plain_orcon {
            whole.dissem.remove(&Dissem::OcUsgov);
        }
        let alone = whole.dissem.len() <= 1 && whole.non_ic.is_empty() && whole.level == Level::U;
        if !alone {
            whole.dissem.remove(&Dissem::Fouo);
        }
        let said = self.release.said(&mut self.members.clone());
        whole.dissem.extend(said.controls);
        whole.rel = said.rel;
        whole.display = said.display;
    }

    /// NOFORN of SBU and LES moves to the dissemination controls as soon as anything else stands (Table 3, 3 to 8).
    fn non_ic(&self, controls: &mut BTreeSet<NonIc>, classified: bool) {
        for (with, without) in [(NonIc::SbuNf, NonIc::Sbu), (NonIc::LesNf, NonIc::Les)] {
            if controls.contains(&with) {
                let (stays, goes) =
                    if self.release == Release::Noforn { (without, with) } else { (with, without) };
                controls.remove(&goes);
                controls.insert(stays);
            }
        }
        if classified && self.edition.drops_limdis {
            controls.remove(&NonIc::Ds);
        }
        if controls.contains(&NonIc::Nd) {
            controls.remove(&NonIc::Xd);
        }
        if controls.contains(&NonIc::Xd)
            || controls.contains(&NonIc::Nd)
            || (classified && !self.edition.keeps_sbu)
        {
            controls.remove(&NonIc::Sbu);
        }
    }

    fn declassification(&self, whole: &mut Marking, classified: bool) {
        let more = &mut whole.more;
        // An event is less than ten years away; the date that is stated or computed is later. CAPCO 2016 E.3.
        more.declass_event = false;
        more.compilation = false;
        if !classified {
            more.exemptions.clear();
            more.declass_date = None;
            return;
        }
        if whole.aea.iter().any(|one| !matches!(one, Aea::Dcni | Aea::Ucni)) {
            more.exemptions.insert("AEA");
        }
        if self.nato || !whole.non_us.is_empty() {
            more.exemptions.insert("NATO");
        }
        let joint = more.exemptions.contains("NATO-AEA");
        if joint || (more.exemptions.contains("NATO") && more.exemptions.contains("AEA")) {
            more.exemptions.retain(|one| !matches!(*one, "NATO" | "AEA"));
            more.exemptions.insert("NATO-AEA");
        }
        if self.edition.one_exemption
            && let Some(longest) = EXEMPTIONS.iter().find(|one| more.exemptions.contains(*one))
        {
            more.exemptions = BTreeSet::from([*longest]);
        }
        if more.exemptions.iter().any(|one| WITHOUT_DATE.contains(one)) {
            more.declass_date = None;
        }
    }
}

/// UCNI stays where the whole is unclassified; RD takes the place of FRD and TFNI, FRD that of TFNI.
fn aea(set: &mut BTreeSet<Aea>, classified: bool, edition: &Edition) {
    if classified {
        set.retain(|one| !matches!(one, Aea::Dcni | Aea::Ucni));
    }
    if !edition.one_aea {
        return;
    }
    if set.contains(&Aea::Rd) {
        let sigmas: Vec<Aea> = set
            .iter()
            .filter_map(|one| match one {
                Aea::FrdSigma(number) => Some(Aea::RdSigma(*number)),
                _ => None,
            })
            .collect();
        set.retain(|one| !matches!(one, Aea::Frd | Aea::FrdSigma(_) | Aea::Tfni));
        set.extend(sigmas);
    } else if set.contains(&Aea::Frd) {
        set.remove(&Aea::Tfni);
    }
}

impl RollUp {
    /// How many portions take part.
    pub fn taken(&self) -> usize {
        self.taken
    }
}
