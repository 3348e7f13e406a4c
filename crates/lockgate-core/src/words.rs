//! The word scan over the open texts of an object.

use crate::Reason;
use crate::policy::Policy;
use crate::workspace::Pass;
use lockgate_bytes::{Budget, OverBudget, Span};
use lockgate_reason::Outcome;
use lockgate_record::TextRef;
use lockgate_words::Found;

/// Scans every open text; each hit is a reason.
pub(crate) fn scan(
    pass: &mut Pass,
    policy: &Policy,
    bytes: &[u8],
    budget: &mut Budget,
) -> Result<(), OverBudget> {
    pass.text.begin();
    for (index, open) in (0_u32..).zip(&pass.inspection.open_texts) {
        match open.text {
            TextRef::Source(text) => pass.text.push_from(bytes, text, index, open.span, open.free),
            decoded => {
                pass.text.push(pass.inspection.record.text(decoded, bytes), index, open.span, open.free);
            }
        }
    }
    policy.parts.words.scan(&mut pass.text, budget, &mut pass.hits)?;
    for hit in &pass.hits {
        let mut reason = Reason::new(hit.code);
        if let Found::Word { list, .. } = hit.found {
            reason.rule = policy.parts.words.name(list).cloned();
            reason.outcome =
                policy.parts.word_hits.get(usize::from(list)).copied().unwrap_or(Outcome::Refuse);
        }
        let open = usize::try_from(hit.field).ok().and_then(|index| pass.inspection.open_texts.get(index));
        if let Some(open) = open {
            reason = reason.at(open.place, hit.span);
        }
        pass.inspection.reasons.push(reason);
    }
    Ok(())
}

/// True where a part that no type declares says a word of a policy's markings.
pub(crate) fn has_marking(pass: &mut Pass, policy: &Policy, part: &[u8], budget: &mut Budget) -> bool {
    pass.text.begin();
    pass.text.push(part, 0, Span::new(0, part.len()), false);
    pass.hits.clear();
    // Beyond the budget nothing is known of the part, so it counts as marked.
    policy.parts.marking_words.scan(&mut pass.text, budget, &mut pass.hits).is_err() || !pass.hits.is_empty()
}
