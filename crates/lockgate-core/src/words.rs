//! The word scan over the open texts of an object.

use crate::policy::Policy;
use crate::workspace::Pass;
use crate::Reason;
use lockgate_bytes::{Budget, OverBudget};

/// Scans every open text; each hit is a reason.
pub(crate) fn scan(pass: &mut Pass, policy: &Policy, bytes: &[u8], budget: &mut Budget) -> Result<(), OverBudget> {
    pass.text.begin();
    for (index, open) in (0_u32..).zip(&pass.inspection.open_texts) {
        pass.text.push(pass.inspection.record.text(open.text, bytes), index, open.span, open.free);
    }
    policy.parts.words.scan(&mut pass.text, budget, &mut pass.hits)?;
    for hit in &pass.hits {
        let place = usize::try_from(hit.field).ok().and_then(|index| pass.inspection.open_texts.get(index));
        let mut reason = Reason::new(hit.code);
        reason.outcome = reason.outcome.max(policy.parts.word_hit);
        reason.rule = hit.list.and_then(|list| policy.parts.words.name(list).cloned());
        if let Some(open) = place {
            reason = reason.at(open.place, hit.span);
        }
        pass.inspection.reasons.push(reason);
    }
    Ok(())
}
