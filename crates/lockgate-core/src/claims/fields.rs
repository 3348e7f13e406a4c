//! The format's own fields: words that a profile reads, and codes.

use super::{CarrierKind, Claim, Where};
use crate::Reason;
use crate::carriers::{Digits, MarkField};
use crate::policy::LaneType;
use crate::workspace::Pass;
use lockgate_bytes::Span;
use lockgate_marking::{Claim as FieldClaim, Claimed};
use lockgate_reason::{Finding, marking};
use lockgate_record::{Block, Place, Value};

/// The one claim that the format's own marking fields make together. A field that no profile reads must be empty.
pub(super) fn read(pass: &mut Pass, lane_type: &LaneType, bytes: &[u8]) {
    let profile = lane_type.parts.profile.as_ref();
    let Pass { inspection, claims, before, .. } = pass;
    before.begin(lane_type);
    let mut first: Option<(Place, Span)> = None;
    for marked in &lane_type.carriers.fields {
        let MarkField { field, carrier, .. } = marked;
        let cell = field.cell(&inspection.record, Block::ROOT);
        let text = marked.bytes(&inspection.record, bytes);
        if text.is_some() && (carrier.is_some() || !cell.span.is_empty()) {
            first.get_or_insert((field.place(), cell.span));
        }
        before.field(text);
    }
    if let (Some((place, span)), Some(label), []) = (first, before.label(), &*lane_type.carriers.marked_lists)
    {
        claims.push(Claim::new(CarrierKind::MarkingFields, Where::Field(place), span, Some(label)));
        return;
    }
    let mut claim = FieldClaim::default();
    claim.begin();
    let mut first: Option<(Place, Span)> = None;
    let mut faulty = false;
    for marked in &lane_type.carriers.fields {
        let MarkField { field, carrier, .. } = marked;
        let cell = field.cell(&inspection.record, Block::ROOT);
        if cell.value == Value::Absent {
            continue;
        }
        let text = marked.text(&inspection.record, bytes).unwrap_or("");
        let read = match (profile, carrier) {
            (Some(profile), Some(carrier)) => claim.read(profile, *carrier, text),
            _ if cell.span.is_empty() => continue,
            _ => Err(Finding::new(marking::UNREADABLE_CLAIM)
                .saying("the lane's profile does not read this marking")),
        };
        first.get_or_insert((field.place(), cell.span));
        if let Err(finding) = read {
            faulty = true;
            inspection.reasons.push(Reason::from(finding).at(field.place(), cell.span));
        }
    }
    for list in &lane_type.carriers.marked_lists {
        let cell = list.cell(&inspection.record, Block::ROOT);
        if cell.value != Value::Absent {
            faulty = true;
            first.get_or_insert((list.place(), cell.span));
            let finding = Finding::new(marking::UNREADABLE_CLAIM)
                .saying("markings of the parts of a list are not read");
            inspection.reasons.push(Reason::from(finding).at(list.place(), cell.span));
        }
    }
    let Some((place, span)) = first else { return };
    let label = match profile.map(|profile| claim.finish(profile)) {
        _ if faulty => None,
        Some(Ok(Claimed::Label(label))) => {
            before.keep(label);
            Some(label)
        }
        None | Some(Ok(Claimed::Unlabelled)) => return,
        Some(Err(finding)) => {
            inspection.reasons.push(Reason::from(finding).at(place, span));
            None
        }
    };
    claims.push(Claim::new(CarrierKind::MarkingFields, Where::Field(place), span, label));
}

/// The claims of the format's own codes, one each. A code that the profile does not read is never taken for none.
pub(super) fn read_natives(pass: &mut Pass, lane_type: &LaneType, bytes: &[u8]) {
    let profile = lane_type.parts.profile.as_ref();
    let mut digits = Digits::default();
    for native in &lane_type.carriers.natives {
        let record = &pass.inspection.record;
        let cell = native.field.cell(record, Block::ROOT);
        if cell.value == Value::Absent {
            continue;
        }
        let place = native.field.place();
        let text = native.code(record, bytes, &mut digits);
        let read =
            match (profile, native.carrier, text) {
                (Some(profile), Some(carrier), Some(text)) => {
                    let mut claim = FieldClaim::default();
                    claim.begin();
                    claim.read(profile, carrier, text).and_then(|()| claim.finish(profile))
                }
                _ => Err(Finding::new(marking::UNREADABLE_CLAIM)
                    .saying("the lane's profile does not read this code")),
            };
        let label = match read {
            Ok(Claimed::Label(label)) => Some(label),
            Ok(Claimed::Unlabelled) => continue,
            Err(finding) => {
                pass.inspection.reasons.push(Reason::from(finding).at(place, cell.span));
                None
            }
        };
        pass.claims.push(Claim::new(CarrierKind::NativeCode, Where::Field(place), cell.span, label));
    }
}
