//! Markings as people read them: of the whole, and before each portion of a text. Read with the grammar of the profile's
//! policy; what is not exactly a marking is never taken for none.

use super::{CarrierKind, Claim, Where};
use crate::Reason;
use crate::policy::LaneType;
use crate::workspace::Pass;
use alloc::vec::Vec;
use lockgate_bytes::Span;
use lockgate_marking::{CarrierIx, Label, PolicySet, Profile};
use lockgate_reason::{Finding, marking};
use lockgate_record::{Block, Place};

/// Portions of one object, at most.
const PORTIONS_MAX: usize = 1024;

/// The claims of all fields that hold such markings.
pub(super) fn read(pass: &mut Pass, lane_type: &LaneType, policies: &PolicySet, bytes: &[u8]) {
    let reader = Reader { profile: lane_type.parts.profile.as_ref(), policies };
    for (field, carrier) in &lane_type.carriers.banners {
        let cell = field.cell(&pass.inspection.record, Block::ROOT);
        let Some(text) = field.text(&pass.inspection.record, Block::ROOT, bytes) else { continue };
        if text.trim().is_empty() {
            continue;
        }
        let read = reader.marking(*carrier, text.trim());
        claim(pass, CarrierKind::VisibleMarking, field.place(), cell.span, read);
    }
    for portion in &lane_type.carriers.portions {
        match portion.list {
            None => {
                let place = portion.text.place();
                if !reader.portions(pass, portion.carrier, Block::ROOT, portion.text, place, bytes) {
                    return;
                }
            }
            Some(list) => {
                // Reading a portion needs the pass, so its rows are noted first.
                let rows: Vec<Block> = pass.inspection.record.rows(Block::ROOT, list.slot).collect();
                for (number, row) in (0_u16..).zip(rows) {
                    let place = list.place().in_row(number).at(portion.text.node);
                    if !reader.portions(pass, portion.carrier, row, portion.text, place, bytes) {
                        return;
                    }
                }
            }
        }
    }
}

struct Reader<'p> {
    profile: Option<&'p Profile>,
    policies: &'p PolicySet,
}

impl Reader<'_> {
    fn marking(&self, carrier: Option<CarrierIx>, text: &str) -> Result<Label, Finding> {
        match (self.profile, carrier) {
            (Some(profile), Some(carrier)) => profile.display(carrier, text, self.policies),
            _ => Err(Finding::new(marking::UNREADABLE_CLAIM)
                .saying("the lane's profile does not read this marking")),
        }
    }

    /// Each line of the text that is not blank begins with a mark in round brackets. False, and its reason, where there are
    /// more claims than are read: nothing after it is read.
    fn portions(
        &self,
        pass: &mut Pass,
        carrier: Option<CarrierIx>,
        block: Block,
        field: crate::carriers::Field,
        place: Place,
        bytes: &[u8],
    ) -> bool {
        let cell = field.cell(&pass.inspection.record, block);
        let mut at = 0;
        while let Some(text) = field.text(&pass.inspection.record, block, bytes) {
            let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) else { break };
            let line = rest.split(['\n', '\r']).next().unwrap_or(rest);
            let read = (!line.trim().is_empty()).then(|| self.mark(carrier, line.trim()));
            at = at.saturating_add(line.len()).saturating_add(1);
            if let Some(read) = read {
                claim(pass, CarrierKind::PortionMark, place, cell.span, read);
            }
            if pass.claims.len() > PORTIONS_MAX {
                let finding = Finding::new(marking::UNREADABLE_CLAIM).saying("more portions than are read");
                pass.inspection.reasons.push(Reason::from(finding).at(place, cell.span));
                return false;
            }
        }
        true
    }

    fn mark(&self, carrier: Option<CarrierIx>, line: &str) -> Result<Label, Finding> {
        let mark = line.split_once(')').map(|(mark, _)| mark.len().saturating_add(1));
        let mark = mark.and_then(|end| line.get(..end)).filter(|mark| mark.starts_with('('));
        let Some(mark) = mark else {
            return Err(Finding::new(marking::UNREADABLE_CLAIM)
                .saying("a portion that does not begin with its mark in round brackets"));
        };
        // Some policies have the brackets in their words, others leave them to the writer.
        let inner = mark.strip_prefix('(').and_then(|mark| mark.strip_suffix(')')).unwrap_or(mark);
        match (self.marking(carrier, mark), self.marking(carrier, inner)) {
            (Ok(one), Ok(other)) if !one.says_the_same_as(&other) => {
                Err(Finding::new(marking::UNREADABLE_CLAIM).saying("a mark of a portion with two meanings"))
            }
            (Ok(label), _) | (Err(_), Ok(label)) => Ok(label),
            (Err(_), Err(finding)) => Err(finding),
        }
    }
}

fn claim(pass: &mut Pass, kind: CarrierKind, place: Place, span: Span, read: Result<Label, Finding>) {
    let label = match read {
        Ok(label) => Some(label),
        Err(finding) => {
            pass.inspection.reasons.push(Reason::from(finding).at(place, span));
            None
        }
    };
    let part = kind == CarrierKind::PortionMark;
    pass.claims.push(Claim { part, ..Claim::new(kind, Where::Field(place), span, label) });
}
