//! From the terms of a lane to its check.

use super::{ReaderTable, ReleaseCheck, ReleaseTerms, Terms};
use crate::bits::Bits;
use crate::{Agreement, CategoryRef, Domain, Fault, Kind, LevelRef, Party, PolicyIx};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

impl ReleaseCheck {
    /// Compiles the terms of a lane.
    ///
    /// # Errors
    /// `P062` to `P064` unknown names, `P072` a community mapped to one of other members, `P090` a ceiling without equivalent, `P091` readers that cannot be listed, `P092`
    /// no agreement and no authority for that, `P093` an agreement that is not whole, `P094` an unknown data category,
    /// `P095` a value without equivalent, `P096` a source without owner.
    pub fn compile(terms: &ReleaseTerms<'_>) -> Result<Self, Vec<Fault>> {
        let mut compiler = Compiler { terms, faults: Vec::new() };
        let check = compiler.check();
        match check {
            Some(check) if compiler.faults.is_empty() => Ok(check),
            _ => Err(compiler.faults),
        }
    }
}

struct Compiler<'t, 'a> {
    terms: &'t ReleaseTerms<'a>,
    faults: Vec<Fault>,
}

impl Compiler<'_, '_> {
    fn fault(&mut self, code: &'static str, name: &str, says: String) {
        self.faults.push(Fault::new(code, name, says));
    }

    fn check(&mut self) -> Option<ReleaseCheck> {
        let terms = self.terms;
        let policy = Arc::clone(terms.policies.shared(terms.policy)?);
        let from_ceiling = self.domain_ceiling(terms.from);
        let to_ceiling = self.domain_ceiling(terms.to);
        let held = self.held(terms.to);
        self.faults.extend(terms.mapping.wider_communities(terms.communities));
        let readers = match ReaderTable::compile(terms.to, &policy, terms.communities) {
            Ok(readers) => Some(readers),
            Err(fault) => {
                self.faults.push(fault);
                None
            }
        };
        if terms.agreements.is_empty()
            && terms.no_agreement.is_none_or(|none| none.authority.trim().is_empty())
        {
            self.fault(
                "P092",
                "",
                String::from("no agreement, and no authority that says that none is needed"),
            );
        }
        if terms.from.owner.is_none() && terms.no_agreement.is_none() {
            let name = terms.from.name.as_str();
            self.fault(
                "P096",
                name,
                format!("domain {name}: an agreement needs a giver, and the domain has no owner"),
            );
        }
        let readers = readers?;
        let periods = |domain: &Domain| Some(terms.mapping.periods(terms.policies.named(&domain.policy)?));
        let domains = [periods(terms.from)?, periods(terms.to)?];
        let agreements = terms.agreements.iter().filter_map(|text| self.agreement(text, &readers)).collect();
        Some(ReleaseCheck {
            policy,
            index: terms.policy,
            destination: terms.to.name.clone(),
            from_ceiling: from_ceiling?,
            to_ceiling: to_ceiling?,
            held: held?,
            readers,
            domains,
            agreements,
            none_needed: terms.no_agreement.is_some(),
            categories: terms.categories.to_vec(),
        })
    }

    fn policy_named(&mut self, name: &str, whose: &str) -> Option<PolicyIx> {
        let found = self.terms.policies.named(name);
        if found.is_none() {
            self.fault("P062", name, format!("{whose}: the bundle has no policy {name}"));
        }
        found
    }

    /// A level in the lane's policy.
    fn ceiling(&mut self, policy: &str, level: &str, whose: &str) -> Option<LevelRef> {
        let policy = self.policy_named(policy, whose)?;
        let Some(found) = self.terms.policies.level_in(policy, level) else {
            self.fault("P063", level, format!("{whose}: the policy has no level {level}"));
            return None;
        };
        let mapped = self.terms.mapping.map_level(found, self.terms.policies);
        if mapped.is_none() {
            self.fault(
                "P090",
                level,
                format!("{whose}: no equivalence maps its ceiling {level} into the lane's policy"),
            );
        }
        mapped
    }

    fn domain_ceiling(&mut self, domain: &Domain) -> Option<LevelRef> {
        self.ceiling(&domain.policy, &domain.ceiling, &format!("domain {}", domain.name))
    }

    /// A value of `policy`, in the lane's policy.
    fn category(&mut self, policy: PolicyIx, tag: &str, value: &str, whose: &str) -> Option<CategoryRef> {
        let Some(found) = self.terms.policies.category(policy, tag, value) else {
            self.fault("P064", value, format!("{whose}: the tag {tag} has no value {value}"));
            return None;
        };
        let mapped = self.terms.mapping.map_category(found);
        if mapped.is_none() {
            self.fault("P095", value, format!("{whose}: no equivalence maps {value} into the lane's policy"));
        }
        mapped
    }

    fn held(&mut self, domain: &Domain) -> Option<Bits> {
        let whose = format!("domain {}", domain.name);
        let policy = self.policy_named(&domain.policy, &whose)?;
        let mut held = Bits::EMPTY;
        for entry in &domain.holds {
            for value in &entry.values {
                let Some(found) = self.category(policy, &entry.tag, value, &whose) else { continue };
                let kind = self
                    .terms
                    .policies
                    .policy(found.policy)
                    .and_then(|p| Some(p.tag_kind(p.value(found.value)?.tag)));
                if kind == Some(Kind::Restrictive) {
                    held.insert(found.value);
                } else {
                    self.fault(
                        "P064",
                        value,
                        format!("{whose}: `holds` needs a restrictive value, and {value} is not"),
                    );
                }
            }
        }
        Some(held)
    }

    fn agreement(&mut self, text: &Agreement, readers: &ReaderTable) -> Option<Terms> {
        let whose = format!("agreement {}", text.name);
        let name = text.name.as_str();
        if text.parties.is_empty() || text.covers.is_empty() || text.authority.trim().is_empty() {
            self.fault("P093", name, format!("{whose}: parties, covers and authority are needed"));
        }
        if text.from >= text.until {
            self.fault("P093", name, format!("{whose}: its validity ends before it begins"));
        }
        for category in text.covers.iter().filter(|category| !self.terms.categories.contains(category)) {
            let says = format!("{whose}: the bundle has no data category {category}");
            self.faults.push(Fault::new("P094", category.as_str(), says));
        }
        let ceiling = self.ceiling(&text.ceiling_policy, &text.ceiling_level, &whose);
        let forbids = self.forbids(text, &whose);
        let outside = self.outside(text, &whose);
        let owner = self.terms.from.owner;
        let is_party = |party: &Party| text.parties.contains(party);
        let entitled =
            |owner| is_party(&Party::Nation(owner)) && text.giver.is_none_or(|giver| giver == owner);
        Some(Terms {
            name: Arc::from(name),
            giver_entitled: owner.is_some_and(entitled),
            parties: readers.those(is_party),
            covers: self.terms.categories.iter().map(|category| text.covers.contains(category)).collect(),
            ceiling: self.terms.policies.rank(ceiling?)?,
            forbids: forbids?.or(&outside?),
            periods: self.terms.mapping.periods(self.terms.policies.named(&text.ceiling_policy)?),
            from: text.from,
            until: text.until,
        })
    }

    /// Every value that an agreement's `allows` leaves out: all of the tags of the lane's policy that the named tag is
    /// mapped into, less what is allowed.
    fn outside(&mut self, text: &Agreement, whose: &str) -> Option<Bits> {
        let policy = self.policy_named(&text.ceiling_policy, whose)?;
        let mut outside = Bits::EMPTY;
        for entry in &text.allows {
            let all = self.whole_tag(policy, &entry.tag, whose)?;
            let mut allowed = Bits::EMPTY;
            for value in &entry.values {
                let found = self.category(policy, &entry.tag, value, whose);
                found.into_iter().for_each(|found| allowed.insert(found.value));
            }
            outside = outside.or(&all.minus(&allowed));
        }
        Some(outside)
    }

    /// All values of the tags of the lane's policy that the named tag is mapped into: also of what no equivalence names, what is
    /// typed, and what has a name that another one has.
    fn whole_tag(&mut self, policy: PolicyIx, tag: &str, whose: &str) -> Option<Bits> {
        let of = self.terms.policies.policy(policy)?;
        let lane = self.terms.policies.policy(self.terms.policy)?;
        let named = of.tags_named(tag).flat_map(|tag| tag.values.iter());
        let mapped = |value| self.terms.mapping.map_category(CategoryRef { policy, value });
        let tags = named.filter_map(mapped).filter_map(|found| lane.tag(lane.value(found.value)?.tag));
        let all = tags.fold(Bits::EMPTY, |all, tag| all.or(&tag.values));
        if all.is_empty() {
            let says = format!("{whose}: no value of the tag {tag} is one of the lane's policy");
            self.fault("P064", tag, says);
        }
        Some(all)
    }

    fn forbids(&mut self, text: &Agreement, whose: &str) -> Option<Bits> {
        let policy = self.policy_named(&text.ceiling_policy, whose)?;
        let mut forbids = Bits::EMPTY;
        for entry in &text.forbids {
            if entry.values.is_empty() {
                forbids = forbids.or(&self.whole_tag(policy, &entry.tag, whose)?);
            }
            for value in &entry.values {
                if let Some(found) = self.category(policy, &entry.tag, value, whose) {
                    forbids.insert(found.value);
                }
            }
        }
        Some(forbids)
    }
}
