//! Who reads a destination, which of them may read a label, and what each agreement says of it.

use super::{Checked, Says, said, tell};
use crate::exit::Fault;
use crate::{files, lane, names};
use lockgate_bundle::Bundle;
use lockgate_bytes::Time;
use lockgate_core::Json;
use lockgate_marking::{
    Agreement, Fault as PolicyFault, Label, LabelFile, Mapped, Mapping, NoAgreement, Party, ReleaseCheck,
    ReleaseFinding, ReleaseTerms,
};
use lockgate_reason::Finding;
use std::path::Path;

/// A domain with the bundle that it belongs to.
pub(super) struct Destination {
    bundle: Bundle,
    name: String,
}

/// What was found of a label at a destination.
pub(super) struct Answers {
    pub(super) domain: String,
    /// What the label is in the domain's policy, where it is of another one.
    pub(super) mapped: Option<MappedSays>,
    /// Everyone who reads it, in order of name, with what keeps each from reading this label.
    pub(super) readers: Vec<(String, Vec<Says>)>,
    /// The agreements of the bundle.
    pub(super) agreements: Vec<AgreementSays>,
}

/// A label in the policy of the domain.
pub(super) struct MappedSays {
    pub(super) label: String,
    /// The equivalence that makes it so.
    pub(super) equivalence: String,
    /// Its last instant is before this; `None` where nothing ends it.
    pub(super) until: Option<Time>,
}

/// What an agreement says of a label.
pub(super) struct AgreementSays {
    pub(super) name: String,
    /// Who alone may give under it.
    pub(super) giver: Option<String>,
    /// The data categories that it covers.
    pub(super) categories: Vec<String>,
    /// Why it lets nothing with this label cross to all readers now; empty where nothing stands against it.
    pub(super) reasons: Vec<Says>,
}

impl Destination {
    pub(super) fn open(file: &Path) -> Result<Self, Fault> {
        if !file.is_file() {
            return Err(Fault::new(names::no_file("domain", file, "give a file under rules/domains/")));
        }
        let folder = files::rules_folder(file.parent().unwrap_or(Path::new("."))).ok_or_else(|| {
            Fault::new(format!("{}: no bundle.kdl in this folder or any above it", file.display()))
        })?;
        let name = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let bundle = lane::compile_trial(&folder)?;
        if !bundle.domains().iter().any(|known| known.domain.name == name) {
            let known: Vec<&str> = bundle.domains().iter().map(|known| known.domain.name.as_str()).collect();
            return Err(Fault::new(names::unknown("domain", &name, &known)));
        }
        Ok(Self { bundle, name })
    }

    /// True where every reader of the domain may read the label at `now`: ceiling, caveats and release. Agreements are
    /// those of a lane, so they decide nothing here; what each says is told.
    pub(super) fn takes(&self, file: &LabelFile, now: Time, checked: &mut Checked) -> bool {
        let policies = self.bundle.policies();
        let Some((label, true)) = tell(file, policies, now, checked) else { return false };
        // The bundle's edition of the policy may be another one than that of `--policy`.
        if !super::validate(policies, &label, now, checked) {
            return false;
        }
        let Some((check, mapping)) = self.compile(&[], checked) else { return false };
        let mapped = match mapping.map(&label, now) {
            Ok(mapped) => mapped,
            Err(finding) => {
                self.nobody(&check, now, &finding, checked);
                return false;
            }
        };
        let mut found = Vec::new();
        let outcome = check.judge(&mapped.label, None, now, &mut found);
        found.iter().for_each(|found| checked.find(&found.finding));
        let answers = self.answers(&check, &mapped.label, now);
        checked.destination = Some(Answers { mapped: self.mapped(&label, &mapped, now), ..answers });
        outcome.releasable
    }

    /// What a label of another policy is in the domain's, and by which equivalence.
    fn mapped(&self, label: &Label, mapped: &Mapped, now: Time) -> Option<MappedSays> {
        let policies = self.bundle.policies();
        let (from, to) = (label.policy(), mapped.label.policy());
        if policies.present(from) == to {
            return None;
        }
        let leads = |name: &str, policy| policies.named(name) == Some(policy);
        let equivalence = self.bundle.equivalences().iter().find(|one| {
            let ends = leads(&one.from, policies.present(from)) && leads(&one.to, to);
            ends && one.valid_from <= now && now < one.valid_until
        })?;
        Some(MappedSays {
            label: mapped.label.text(policies).to_string(),
            equivalence: equivalence.name.clone(),
            until: (mapped.not_after != Time::MAX).then_some(mapped.not_after),
        })
    }

    /// Nobody may read what is no label of the domain's policy.
    fn nobody(&self, check: &ReleaseCheck, now: Time, finding: &Finding, checked: &mut Checked) {
        checked.find(finding);
        let reader = |party: &Party| (party.name().to_owned(), vec![said(finding)]);
        let readers = check.readers(now).iter().map(reader).collect();
        checked.destination =
            Some(Answers { domain: self.name.clone(), mapped: None, readers, agreements: Vec::new() });
    }

    fn answers(&self, check: &ReleaseCheck, label: &Label, now: Time) -> Answers {
        let all = |findings: &[ReleaseFinding]| findings.iter().map(|found| said(&found.finding)).collect();
        let readers = check.each_reader(label, now);
        let readers =
            readers.iter().map(|answer| (answer.reader.name().to_owned(), all(&answer.findings))).collect();
        let files = self.bundle.agreements().iter().map(|file| &file.agreement);
        let agreements = files.map(|agreement| {
            let mut faults = Checked::default();
            let answer = self
                .compile(core::slice::from_ref(agreement), &mut faults)
                .and_then(|(check, _)| check.each_agreement(label, now).pop());
            AgreementSays {
                name: agreement.name.clone(),
                giver: agreement.giver.map(|giver| giver.code().to_owned()),
                categories: agreement.covers.clone(),
                reasons: answer.map_or(faults.reasons, |answer| all(&answer.findings)),
            }
        });
        Answers { domain: self.name.clone(), mapped: None, readers, agreements: agreements.collect() }
    }

    /// The release check into this domain with these agreements, and the mapping into its policy.
    fn compile(&self, agreements: &[Agreement], checked: &mut Checked) -> Option<(ReleaseCheck, Mapping)> {
        let domain = &self.bundle.domains().iter().find(|known| known.domain.name == self.name)?.domain;
        let policies = self.bundle.policies();
        let policy = policies.named(&domain.policy)?;
        let equivalences = self.bundle.equivalences();
        let categories: Vec<String> =
            self.bundle.categories().iter().map(|category| (**category).to_owned()).collect();
        let mut refuse = |faults: Vec<PolicyFault>| {
            faults.into_iter().for_each(|fault| checked.say((fault.code.to_owned(), fault.says)));
        };
        let mapping = Mapping::compile(policies, policy, equivalences).map_err(&mut refuse).ok()?;
        let terms = ReleaseTerms {
            policies,
            communities: self.bundle.communities(),
            policy,
            mapping: &mapping,
            from: domain,
            to: domain,
            agreements,
            no_agreement: Some(&NoAgreement {
                authority: "not asked: only a lane has agreements".to_owned(),
            }),
            categories: &categories,
        };
        let check = ReleaseCheck::compile(&terms).map_err(refuse).ok()?;
        Some((check, mapping))
    }
}

impl Answers {
    /// Joins the answers to two labels of one object: who may read has to be allowed by both.
    pub(super) fn join(&mut self, other: Self) {
        for (reader, reasons) in other.readers {
            match self.readers.iter_mut().find(|(known, _)| *known == reader) {
                Some((_, known)) => extend(known, reasons),
                None => self.readers.push((reader, reasons)),
            }
        }
        for agreement in other.agreements {
            match self.agreements.iter_mut().find(|known| known.name == agreement.name) {
                Some(known) => extend(&mut known.reasons, agreement.reasons),
                None => self.agreements.push(agreement),
            }
        }
    }

    /// Those who may read the label, or those who may not, in order of name.
    pub(super) fn those(&self, may_read: bool) -> Vec<&str> {
        let those = self.readers.iter().filter(|(_, reasons)| reasons.is_empty() == may_read);
        those.map(|(reader, _)| reader.as_str()).collect()
    }

    /// What would change the answer, in a sentence.
    pub(super) fn remedy(&self) -> String {
        let without = self.those(false);
        let open: Vec<&str> = self
            .agreements
            .iter()
            .filter(|agreement| agreement.reasons.is_empty())
            .map(|agreement| agreement.name.as_str())
            .collect();
        if self.readers.is_empty() {
            return format!("nobody reads {} now; no agreement changes that", self.domain);
        }
        if !without.is_empty() {
            return format!(
                "no agreement changes that {} may not read it: an agreement never widens a label; what would is \
                 said with each reason",
                without.join(", ")
            );
        }
        let all = self.those(true).join(", ");
        if open.is_empty() {
            return format!(
                "all may read it, and no agreement covers it: one in force with {all} up to its level would let it cross"
            );
        }
        format!("all may read it: a lane with {} lets it cross", open.join(" or "))
    }

    pub(super) fn write_json(&self, out: &mut String) {
        let mut json = Json::object(out);
        json.text("domain", &self.domain);
        if let Some(mapped) = &self.mapped {
            let mut json = Json::object(json.key("mapped"));
            json.text("label", &mapped.label);
            json.text("equivalence", &mapped.equivalence);
            json.text_or_null("until", mapped.until.map(|until| until.to_string()).as_deref());
            json.end();
        }
        let readers = json.key("readers");
        readers.push('[');
        for (at, (reader, reasons)) in self.readers.iter().enumerate() {
            if at > 0 {
                readers.push(',');
            }
            let mut json = Json::object(readers);
            json.text("reader", reader);
            json.boolean("may_read", reasons.is_empty());
            super::show::reasons(reasons, json.key("reasons"));
            json.end();
        }
        readers.push(']');
        let agreements = json.key("agreements");
        agreements.push('[');
        for (at, agreement) in self.agreements.iter().enumerate() {
            if at > 0 {
                agreements.push(',');
            }
            agreement.write_json(agreements);
        }
        agreements.push(']');
        json.text("remedy", &self.remedy());
        json.end();
    }
}

impl AgreementSays {
    fn write_json(&self, out: &mut String) {
        let mut json = Json::object(out);
        json.text("agreement", &self.name);
        json.boolean("covers_label", self.reasons.is_empty());
        json.text_or_null("giver", self.giver.as_deref());
        json.texts("categories", self.categories.iter().map(String::as_str));
        super::show::reasons(&self.reasons, json.key("reasons"));
        json.end();
    }
}

fn extend(known: &mut Vec<Says>, more: Vec<Says>) {
    for reason in more {
        if !known.contains(&reason) {
            known.push(reason);
        }
    }
}
