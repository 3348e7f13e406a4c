//! XML security policies: no file breaks the reader, and a policy that loads has no error to report.

use lockgate_bytes::{Duration, Time};
use lockgate_marking::spif::check;
use lockgate_marking::{
    Combined, Label, LabelBuilder, Mapped, Place, Policy, PolicySet, Review, Settings, Severity, TagClaim,
};

pub(crate) const WORDS: &[&str] = &[
    "hierarchy=\"",
    "lacv=\"",
    "tagType=\"permissive\"",
    "tagType=\"restrictive\"",
    "obsolete=\"true\"",
    "<spif:tagCategory ",
    "requiredCategory",
    "excludedCategory",
    "<!DOCTYPE x [",
    "&amp;",
    "&#0;",
    "<![CDATA[",
    "equivalentClassification",
    "<markingData phrase=\"LOW\"><code>pageTop</code></markingData>",
    "replacePolicy",
    "noNameDisplay",
    "suppressClassName",
    "portionMarking",
];

pub(crate) fn run(data: &[u8]) {
    let findings = check(data);
    let settings = Settings {
        name: "MISSION".into(),
        id: "1.3.6.1.4.1.99999.1".into(),
        edition: "2026-01".into(),
        absent: Vec::new(),
        everyone: Vec::new(),
        review: Some(Review::Optional),
    };
    match Policy::from_spif(data, &settings) {
        Ok(_) if findings.iter().any(|one| one.severity == Severity::Error) => {
            panic!("a policy loads although the check reports an error");
        }
        Ok(policy) => labels(policy, data),
        Err(reported) if reported.is_empty() => panic!("a policy is refused and no finding says why"),
        Err(_) => {}
    }
}

/// Labels of a policy that loads: their marking reads back as a label with that marking, and of two labels the
/// strictest is one, whichever comes first.
fn labels(policy: Policy, data: &[u8]) {
    let mut set = PolicySet::new();
    let Ok(index) = set.add(policy) else { return };
    let Some(policy) = set.policy(index) else { return };
    let made: Vec<Label> = (0..4).filter_map(|turn| label(&set, data, turn)).collect();
    for place in Place::ALL {
        let form = policy.marking_form(place, if data.len().is_multiple_of(2) { None } else { Some("fr") });
        for label in &made {
            let Some(text) = form.render(label) else { continue };
            if let Ok(read) = form.parse(&text, index)
                && form.render(&read) != Some(text)
            {
                panic!("a marking is read as a label that has another marking");
            }
        }
        let _ = form.parse(&String::from_utf8_lossy(data.get(..200.min(data.len())).unwrap_or(&[])), index);
    }
    for (a, b) in made.iter().zip(made.iter().skip(1)) {
        let join = |first: &Label, second: &Label| {
            let mut combined = Combined::default();
            for label in [first, second] {
                combined.add(&Mapped { label: *label, not_after: Time::MAX }, &set);
            }
            combined.enforced()
        };
        let (joined, other) = (join(a, b), join(b, a));
        if joined != other
            || !joined.is_some_and(|joined| joined.dominates(a, &set) && joined.dominates(b, &set))
        {
            panic!("the strictest of two labels depends on their order, or does not dominate both");
        }
        let _ = set.validate(a, Time::MIN, Duration::ZERO, &mut Vec::new());
    }
}

/// A label of the policy, picked by the bytes of the file.
fn label(set: &PolicySet, data: &[u8], turn: usize) -> Option<Label> {
    let (_, policy) = set.iter().next()?;
    let pick = |at: usize, of: usize| {
        let byte = data
            .get(at.wrapping_mul(37).wrapping_add(turn).checked_rem(data.len()).unwrap_or(0))
            .copied()
            .unwrap_or(0);
        usize::from(byte).checked_rem(of).unwrap_or(0)
    };
    let mut builder = LabelBuilder::new();
    builder.begin(set, policy.name(), None).ok()?;
    builder.level(set, policy.levels().nth(pick(0, policy.levels().count()))?).ok()?;
    for (at, tag) in policy.vocabulary().enumerate().filter(|(at, _)| pick(at.wrapping_add(1), 2) == 0) {
        let kind = tag.kind.name().to_ascii_uppercase();
        let value = tag.values.get(pick(at.wrapping_add(9), tag.values.len()))?;
        let claim = TagClaim { name: tag.name, kind: &kind, id: None };
        builder.tag(set, claim).ok()?;
        builder.value(set, value.name).ok()?;
    }
    builder.created(Time::MIN).ok()?;
    builder.finish().ok()
}
