//! The decision on a label that ISM attributes carry: a report of the demonstration with a resource and two portions, whose
//! attributes were read before, as a warm lane has them.

use crate::formats::demonstration;
use lockgate_bytes::{Duration, Time};
use lockgate_core::Policy;
use lockgate_marking::{
    Carrier, CarrierIx, CarrierValue, Combined, Label, Mapping, PolicySet, Profile, ProfileText,
    ReleaseFinding, UsMarking, UsRead,
};
use lockgate_reason::Finding;
use lockgate_us::Edition;
use std::sync::Arc;

const ROLE: &str = "marking.ism";
const NATIONS: &str = "USA AUT HRV HUN SVK SVN";

/// Everything that the decision needs, and nothing that it has to make.
#[derive(Debug)]
pub struct IsmDecision {
    policy: Arc<Policy>,
    mapping: Mapping,
    profile: Profile,
    carrier: CarrierIx,
    /// What the resource says, and what the portions make together.
    wholes: [Label; 2],
    portions: [Label; 2],
    category: Option<usize>,
    observed: Time,
    now: Time,
    findings: Vec<Finding>,
    found: Vec<ReleaseFinding>,
}

impl IsmDecision {
    /// The demonstration's lane of reports, and the labels of a typical one.
    ///
    /// # Errors
    /// That the rules do not build, or do not have what a report needs.
    pub fn new() -> Result<Self, String> {
        let bundle = demonstration()?;
        let policy = bundle.lane("us-reports-down").cloned().ok_or("no lane us-reports-down")?;
        let policies = bundle.policies();
        let mission = policies.named("MISSION").ok_or("no policy MISSION")?;
        let profile = profile(policies)?;
        let carrier = profile.carrier(ROLE).ok_or("no carrier")?;
        let attributes = |level: &'static str, list: Option<&'static str>| {
            let mut all = vec![("classification", level), ("ownerProducer", "USA")];
            all.extend(
                list.into_iter().flat_map(|list| [("disseminationControls", "REL"), ("releasableTo", list)]),
            );
            read(&profile, carrier, &all)
        };
        let (whole, label) = attributes("C", Some(NATIONS))?;
        let parts = [attributes("C", Some(NATIONS))?, attributes("U", None)?];
        let together = UsMarking::roll_up(Some(&whole), parts.iter().map(|(marking, _)| marking))
            .and_then(|together| profile.us_label(carrier, &together, &mut Vec::new()))
            .ok_or("the portions make no label")?;
        let now = Time::parse(b"2026-03-01T10:05:00Z").map_err(|fault| format!("{fault:?}"))?;
        Ok(Self {
            mapping: Mapping::compile(policies, mission, bundle.equivalences())
                .map_err(|faults| format!("{faults:?}"))?,
            category: policy.release().category("intelligence-report"),
            policy,
            wholes: [label, together],
            portions: parts.map(|(_, label)| label),
            profile,
            carrier,
            observed: now.minus(Duration::from_secs(2_100)),
            now,
            findings: Vec::new(),
            found: Vec::new(),
        })
    }

    /// Validity, mapping and combination of all labels; the release of what they make together, and of each portion.
    pub fn decide(&mut self) -> bool {
        let Self { policy, mapping, findings, found, now, observed, .. } = self;
        let (policies, release): (&PolicySet, _) = (policy.policies(), policy.release());
        let mut mapped = |label: &Label| {
            policies.validate(label, *now, Duration::ZERO, findings);
            let mapped = mapping.map(label, *now).ok()?;
            Some(lockgate_marking::Mapped { label: mapped.label.made_within(*observed, *now), ..mapped })
        };
        let mut combined = Combined::default();
        for label in &self.wholes {
            match mapped(label) {
                Some(mapped) => combined.add(&mapped, policies),
                None => return false,
            }
        }
        for label in &self.portions {
            match mapped(label) {
                Some(mapped) => {
                    release.judge_part(&mapped.label, *now, found);
                }
                None => return false,
            }
        }
        let judged = combined.enforced().map(|label| release.judge(&label, self.category, *now, found));
        judged.is_some_and(|outcome| outcome.releasable && outcome.agreement.is_some())
            && self.found.is_empty()
    }

    /// Reads the attributes of the resource as if they were new: true where they are a label.
    pub fn read(&self) -> bool {
        let all = [
            ("classification", "C"),
            ("ownerProducer", "USA"),
            ("disseminationControls", "REL"),
            ("releasableTo", NATIONS),
        ];
        read(&self.profile, self.carrier, std::hint::black_box(&all)).is_ok()
    }
}

fn read(
    profile: &Profile,
    carrier: CarrierIx,
    attributes: &[(&str, &str)],
) -> Result<(UsMarking, Label), String> {
    let mut found = Vec::new();
    let UsRead { marking, label } = profile.us_attributes(carrier, attributes, &mut found);
    marking.zip(label).ok_or_else(|| format!("no label: {found:?}"))
}

/// What the attributes mean: a level and a release list.
fn profile(policies: &PolicySet) -> Result<Profile, String> {
    let level = |name: &str| CarrierValue {
        texts: vec![name.to_owned()],
        level: Some(name.to_owned()),
        categories: Vec::new(),
    };
    let carrier = Carrier {
        role: ROLE.to_owned(),
        values: ["UNCLASSIFIED", "CONFIDENTIAL", "SECRET"].map(level).into(),
        nations_of: Some("Releasable To".to_owned()),
        us: Edition::named("ism-2022"),
        ..Carrier::default()
    };
    let text = ProfileText { name: "bench".to_owned(), policy: "USA".to_owned(), carriers: vec![carrier] };
    Profile::compile(&text, policies).map_err(|faults| format!("{faults:?}"))
}
