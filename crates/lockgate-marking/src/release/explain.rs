//! What the release check says where something fails: every condition, and what would let the object flow.

use super::{ReaderSet, ReleaseCheck, ReleaseFinding, Terms};
use crate::bits::Bits;
use crate::policy::Group;
use crate::{Label, Party};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use lockgate_bytes::Time;
use lockgate_reason::{Code, Finding, agreement, marking};

fn names(parties: &[Party]) -> String {
    let names: Vec<&str> = parties.iter().map(Party::name).collect();
    names.join(", ")
}

fn finding(code: Code, says: String) -> ReleaseFinding {
    ReleaseFinding { finding: Finding::new(code).saying(says), agreement: None, readers: Vec::new() }
}

impl ReleaseCheck {
    pub(super) fn plain(&self, finding: Finding) -> ReleaseFinding {
        ReleaseFinding { finding, agreement: None, readers: Vec::new() }
    }

    pub(super) fn not_in_policy(&self) -> ReleaseFinding {
        self.plain(Finding::new(marking::UNMAPPABLE).saying("the label is not of the lane's policy"))
    }

    fn level(&self, level: u16) -> &str {
        self.policy.level_name(level).unwrap_or("?")
    }

    fn values(&self, values: &Bits) -> String {
        let names: Vec<&str> = values.iter().map(|value| self.policy.value_name(value)).collect();
        names.join(", ")
    }

    pub(super) fn above_destination(&self, label: &Label) -> ReleaseFinding {
        let (level, ceiling) = (self.level(label.level), self.level(self.to_ceiling.level));
        let to = &self.destination;
        finding(
            agreement::ABOVE_DESTINATION,
            format!(
                "{level} is above {ceiling}, the ceiling of {to}; a destination for {level} would let it flow"
            ),
        )
    }

    pub(super) fn no_readers(&self) -> ReleaseFinding {
        finding(
            agreement::NO_READERS,
            format!("nobody reads {} now; its community or file is out of date", self.destination),
        )
    }

    pub(super) fn caveats_not_held(&self, caveats: &Bits) -> ReleaseFinding {
        let (values, to) = (self.values(caveats), &self.destination);
        let says = format!(
            "the readers of {to} do not hold {values}; a destination whose readers all hold it would let it flow"
        );
        finding(agreement::CAVEAT_NOT_HELD, says)
    }

    pub(super) fn nobody(&self, group: &Group) -> ReleaseFinding {
        finding(
            agreement::RELEASABLE_TO_NOBODY,
            format!("{} leaves nobody to whom it may be released", group.name),
        )
    }

    pub(super) fn undecided(&self, group: &Group) -> ReleaseFinding {
        let (name, to) = (&group.name, &self.destination);
        let says = format!("the label has no {name}; one that names every reader of {to} would let it flow");
        finding(agreement::RELEASE_UNDECIDED, says)
    }

    pub(super) fn not_releasable(&self, group: &Group, without: &ReaderSet) -> ReleaseFinding {
        let readers = self.readers.parties(without);
        let (who, name) = (names(&readers), &group.name);
        let says = format!(
            "{who} may read {} but not this: {name} does not name or include {who}",
            self.destination
        );
        ReleaseFinding { readers, ..finding(agreement::NOT_RELEASABLE, says) }
    }

    pub(super) fn explain_agreements(
        &self,
        rank: u16,
        values: &Bits,
        category: Option<usize>,
        readers: &ReaderSet,
        now: Time,
        out: &mut Vec<ReleaseFinding>,
    ) {
        let who = names(&self.readers.parties(readers));
        let name = category.and_then(|at| self.categories.get(at));
        if name.is_none() {
            out.push(finding(agreement::NO_CATEGORY, String::from(agreement::NO_CATEGORY.says())));
        }
        if self.agreements.is_empty() {
            let what = name.map_or("it", String::as_str);
            let says = format!(
                "the lane has no agreement; an agreement that covers {what} for {who} would let it flow"
            );
            out.push(finding(agreement::AGREEMENT_MISSING, says));
        }
        for terms in &self.agreements {
            let of = &terms.name;
            if let Some(name) = name.filter(|_| category.is_none_or(|at| terms.covers.get(at) != Some(&true)))
            {
                let says = format!(
                    "{of} does not cover {name}; an agreement that covers {name} for {who} would let it flow"
                );
                out.push(of_agreement(terms, agreement::NO_AGREEMENT, says));
            }
            self.explain_dates(terms, now, out);
            if !terms.giver_entitled {
                let says = format!(
                    "{of} does not let the owner of the source give; an agreement that does would let it flow"
                );
                out.push(of_agreement(terms, agreement::GIVER_NOT_ENTITLED, says));
            }
            self.explain_terms(terms, rank, values, readers, out);
        }
    }

    /// What `terms` say against this label and these readers, whatever the object is.
    pub(super) fn explain_terms(
        &self,
        terms: &Terms,
        rank: u16,
        values: &Bits,
        readers: &ReaderSet,
        out: &mut Vec<ReleaseFinding>,
    ) {
        let of = &terms.name;
        let missing = self.readers.parties(&readers.minus(&terms.parties));
        if !missing.is_empty() {
            let who = names(&missing);
            let says = format!(
                "{who} may read {} but is no party to {of}; an agreement with {who} would let it flow",
                self.destination
            );
            let found = of_agreement(terms, agreement::PARTY_MISSING, says);
            out.push(ReleaseFinding { readers: missing, ..found });
        }
        if rank > terms.ceiling {
            let says = format!(
                "the label is above the ceiling of {of}; an agreement up to its level would let it flow"
            );
            out.push(of_agreement(terms, agreement::ABOVE_AGREEMENT, says));
        }
        let forbidden = values.and(&terms.forbids);
        if !forbidden.is_empty() {
            let says =
                format!("{of} does not cover {}; one that does would let it flow", self.values(&forbidden));
            out.push(of_agreement(terms, agreement::FORBIDDEN_CATEGORY, says));
        }
    }

    pub(super) fn explain_dates(&self, terms: &Terms, now: Time, out: &mut Vec<ReleaseFinding>) {
        let (of, from, until) = (&terms.name, terms.from, terms.until);
        if terms.periods.until(now).is_none() {
            let finding = super::not_in_force();
            out.push(ReleaseFinding { agreement: Some(Arc::clone(of)), ..self.plain(finding) });
        }
        if now < from {
            let says = format!("{of} begins at {from}; from then on it may flow");
            out.push(of_agreement(terms, agreement::AGREEMENT_NOT_BEGUN, says));
        }
        if now >= until {
            let says = format!("{of} ended at {until}; a renewed one would let it flow");
            out.push(of_agreement(terms, agreement::AGREEMENT_EXPIRED, says));
        }
    }
}

fn of_agreement(terms: &Terms, code: Code, says: String) -> ReleaseFinding {
    ReleaseFinding { agreement: Some(Arc::clone(&terms.name)), ..finding(code, says) }
}
