//! Regrading by a delegation: the label is enforced as it was claimed in every check but that of release, and the object
//! leaves with a marking of the lower level, written anew and read again.

use crate::Reason;
use crate::carriers::Field;
use crate::claims::CarrierKind;
use crate::policy::{LaneType, Policy};
use crate::workspace::Pass;
use alloc::sync::Arc;
use lockgate_bytes::Time;
use lockgate_marking::{Label, Regrade};
use lockgate_reason::{Finding, agreement};
use lockgate_record::{Block, Record, Value};

/// What a delegation made of the label of an object.
#[derive(Clone, Debug)]
pub(crate) struct Regraded {
    /// The label that it leaves with.
    pub(crate) label: Label,
    /// The delegation.
    pub(crate) by: Arc<str>,
    /// The marking field that says the level, and its new value in the scratch memory of the record.
    field: Field,
    written: Value,
}

/// Regrades the label of an object as it arrived, where the lane names a delegation for it. One that is about the object
/// and cannot be applied leaves its reason: the object is held.
pub(crate) fn settle(pass: &mut Pass, lane_type: &LaneType, policy: &Policy, bytes: &[u8], now: Time) {
    let Some(label) = pass.label else { return };
    let about = lane_type.parts.regrades.iter().filter(|regrade| regrade.is_about(&label));
    let skew = lane_type.parts.validity.skew;
    // Of several in turn, each for its own time, the first that holds; where none does, the first one says why.
    let mut why = None;
    let mut found = None;
    for regrade in about {
        match regrade.apply(&label, policy.policies(), now, skew) {
            Ok(done) => {
                found = Some((regrade, done));
                break;
            }
            Err(finding) => why = why.or(Some(finding)),
        }
    }
    let Some((regrade, (label, until))) = found else {
        return why.into_iter().for_each(|finding| refuse(pass, finding));
    };
    match place(pass, lane_type, regrade, bytes) {
        Some((field, written)) => {
            pass.label_until = Some(pass.label_until.unwrap_or(Time::MAX).min(until));
            pass.regraded = Some(Regraded { label, by: regrade.name().clone(), field, written });
        }
        None => refuse(pass, Finding::new(agreement::REGRADE_NOT_WRITTEN)),
    }
}

fn refuse(pass: &mut Pass, finding: Finding) {
    let reason = Reason::from(finding);
    let reason = match pass.claims.first() {
        Some(claim) => claim.explains(reason),
        None => reason,
    };
    pass.inspection.reasons.push(reason);
}

/// The field that says the level and nothing else, where it is the only claim of the object, and its new value.
fn place(pass: &mut Pass, lane_type: &LaneType, regrade: &Regrade, bytes: &[u8]) -> Option<(Field, Value)> {
    let [claim] = pass.claims.as_slice() else { return None };
    let profile = lane_type.parts.profile.as_ref().filter(|_| claim.carrier == CarrierKind::MarkingFields)?;
    let (carrier, word) = regrade.word();
    let field = &lane_type.carriers.fields.iter().find(|marked| marked.carrier == Some(carrier))?.field;
    let record = &mut pass.inspection.record;
    let text = field.text(record, Block::ROOT, bytes)?;
    (profile.level_alone(carrier, text) == Some(regrade.lowers())).then_some(())?;
    let written = match record.value(Block::ROOT, field.slot) {
        Value::Text(_) => Value::Text(record.keep(word.as_bytes())),
        Value::Code(_) => Value::Code(record.keep(word.as_bytes())),
        _ => return None,
    };
    Some((*field, written))
}

impl Regraded {
    /// Does `work` with the record as it leaves; afterwards it says again what arrived.
    pub(crate) fn with<T>(&self, record: &mut Record, work: impl FnOnce(&Record) -> T) -> T {
        let arrived = record.cell(Block::ROOT, self.field.slot);
        record.fill(Block::ROOT, self.field.slot, self.written, arrived.span);
        let done = work(record);
        record.fill(Block::ROOT, self.field.slot, arrived.value, arrived.span);
        done
    }
}
